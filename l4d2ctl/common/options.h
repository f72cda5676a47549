/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The options of all verbs, described once: the table in common/options.c is what getopt_long()
 * gets and what help prints.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "journal/cursor.h"

typedef struct Options {
        bool json;
        bool follow;
        bool all;
        const char *output; /* NULL: standard output */
        const char *file;
        uint64_t lines; /* UINT64_MAX: all */
        bool lines_given;
        const char *grep; /* NULL: not given */
        int priority;     /* of syslog, this and more urgent ones; -1: not given */
        uint64_t until;   /* as since */
        bool has_before;
        JournalCursor before;
        uint64_t since;   /* µs since the epoch, 0: not given */
        uint64_t timeout; /* µs */
        bool show_password;
        const char *if_match; /* the SHA-256 of what is to be replaced, in lower-case */
        bool must_be_new;
        const char *blueprint;
        uint16_t port; /* 0: not given */
        bool no_wait;
        bool boot;
        const char *role;
        bool generate;
        uint64_t minutes;
        const char *as_user; /* NULL: whoever runs us */
        bool help;
} Options;

/*
 * Reads the options in argv[1…]; allowed holds the letters that the verb takes. The operands end up
 * at *ret_operands. Says what is wrong and returns -EINVAL.
 */
int options_parse(
        int argc, char **argv, const char *allowed, bool options_first, Options *ret,
        char ***ret_operands, size_t *ret_n_operands) _must_check_;

/* Prints the options whose letters are in allowed, NULL: all. */
void options_print_help(const char *allowed, FILE *f);
