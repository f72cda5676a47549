/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Errors in a file that a person wrote and must fix: spec files and the host configuration. A
 * reader collects all errors of a file before it gives up; the caller prints them with
 * spec_errors_print(), as a compiler would:
 *
 *     /var/lib/left4me/instances/1/spec.yaml:3:7: error: port must be between 1 and 65535
 *         3 | port: 70000
 *           |       ^
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/cleanup.h"

/* More errors than this of one file are counted and not kept. */
enum { SPEC_ERRORS_MAX = 64 };

typedef struct SpecError {
        char *file;
        unsigned line;    /* from 1; 0: the file as a whole */
        unsigned column;  /* from 1, in characters; 0: the line as a whole */
        char *message;    /* one line of printable text, no full stop */
        char *code;       /* the format of message, as the source has it */
        char **arguments; /* what printf made of its places (base/text-places.h) */
        char *source;   /* the line of the file, without its end, of a long one the part around the
                           column; NULL when there is none */
        unsigned caret; /* the column in source */
} SpecError;

typedef struct SpecErrors {
        SpecError *items;
        size_t n_items;
        size_t n_dropped; /* beyond SPEC_ERRORS_MAX, or for want of memory */
} SpecErrors;

/* Where an error stands. text is the whole file, from which the source line is cut; NULL: none. */
typedef struct SpecPlace {
        const char *file;
        const char *text;
        size_t text_size;
        unsigned line, column;
} SpecPlace;

/*
 * Adds one error, with the format translated (base/text.h). Never fails: what can't be kept is
 * counted in n_dropped, so that a caller who checks spec_errors_any() can't miss it. Control bytes
 * in message and source line are made visible as \xNN when the error is printed.
 */
void spec_errors_add(SpecErrors *errors, const SpecPlace *place, const char *format, ...)
        _printf_(3, 4);

/* The same for a text that has no places, from a table: marked N_() there, translated here. */
void spec_errors_add_text(SpecErrors *errors, const SpecPlace *place, const char *text);

bool spec_errors_any(const SpecErrors *errors);

/* Prints one to f, with source line and caret; code and arguments are not used. */
void spec_error_print(const SpecError *error, FILE *f);

/* Prints all, in the order they were added. */
void spec_errors_print(const SpecErrors *errors, FILE *f);

/* Prints one as a single line, "file:line:column: message", for a log. */
void spec_error_print_line(const SpecError *error, FILE *f);

/* Frees the items and leaves an empty collection. */
void spec_errors_clear(SpecErrors *errors);
