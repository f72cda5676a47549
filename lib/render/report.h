/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The file generator.errors: what the generator had to leave out at its last run, in the words of
 * spec_errors_print(). The generator has no terminal and its log scrolls away; this is where
 * l4d2ctl finds out. Bounded, however many errors there are.
 */

#include <stdio.h>

#include "base/errors.h"
#include "base/paths.h"

enum { GENERATOR_REPORT_MAX = 512 * 1024 }; /* bytes of the file */

typedef struct GeneratorReport {
        char *text;
        size_t size;
        FILE *stream;
        size_t n_left_out; /* errors that didn't fit */
} GeneratorReport;

int generator_report_open(GeneratorReport *report) _must_check_;
void generator_report_close(GeneratorReport *report);

/* Adds what is wrong in one file. */
void generator_report_errors(GeneratorReport *report, const SpecErrors *errors);

/* Adds a line for a failure that no file is to blame for. */
void generator_report_failure(GeneratorReport *report, const char *format, ...) _printf_(2, 3);

/*
 * Replaces generator.errors, or removes it when nothing was reported. It may quote specs, RCON
 * passwords perhaps: owner and group are those of the instances directory and others can't read it.
 */
int generator_report_publish(GeneratorReport *report, const Paths *paths) _must_check_;

/* The published text, from malloc; "" when the last run had no errors. */
int generator_report_read(const Paths *paths, char **ret) _must_check_;
