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

/* The options, to be put together to the set that a verb takes. */
typedef uint64_t OptionSet;
enum {
        OPTIONS_NONE = 0,
        OPTION_KIND = INT64_C(1) << 40,
        OPTION_RESULT = INT64_C(1) << 41,
        OPTION_SERVER = INT64_C(1) << 33,
        OPTION_ENTRIES = INT64_C(1) << 42,
        OPTION_KINDS = INT64_C(1) << 55,
        OPTION_LIMIT = INT64_C(1) << 56,
        OPTION_LIST = INT64_C(1) << 50,
        OPTION_MODE = INT64_C(1) << 46,
        OPTION_FORCE = INT64_C(1) << 51,
        OPTION_REASON = INT64_C(1) << 52,
        OPTION_ITERATIONS = INT64_C(1) << 53,
        OPTION_DELAY = INT64_C(1) << 54,
        OPTION_BATCH = INT64_C(1) << 57,
        OPTION_CVARS = INT64_C(1) << 58,
        OPTION_VERSION = INT64_C(1) << 59,
        OPTION_DESCRIPTION = INT64_C(1) << 60,
        OPTION_RECURSIVE = INT64_C(1) << 61,
        OPTION_POLLS = INT64_C(1) << 34,
        OPTION_FILE = 1 << 0,
        OPTION_LINES = 1 << 1,
        OPTION_FOLLOW = 1 << 2,
        OPTION_NO_FOLLOW = 1 << 3,
        OPTION_SINCE = 1 << 4,
        OPTION_UNTIL = 1 << 5,
        OPTION_BEFORE = 1 << 6,
        OPTION_GREP = 1 << 7,
        OPTION_PRIORITY = 1 << 8,
        OPTION_ALL = 1 << 9,
        OPTION_TIMEOUT = 1 << 10,
        OPTION_JSON = 1 << 11,
        OPTION_OUTPUT = 1 << 12,
        OPTION_SHOW_PASSWORD = 1 << 13,
        OPTION_IF_MATCH = 1 << 14,
        OPTION_NEW = 1 << 15,
        OPTION_BLUEPRINT = 1 << 16,
        OPTION_PORT = 1 << 17,
        OPTION_NO_WAIT = 1 << 18,
        OPTION_BOOT = 1 << 19,
        OPTION_ROLE = 1 << 20,
        OPTION_GENERATE = 1 << 21,
        OPTION_AS_USER = 1 << 22,
        OPTION_MINUTES = 1 << 23,
        OPTION_HELP = 1 << 24,
        OPTION_ERRORS = 1 << 25,
        OPTION_VALIDATE = 1 << 26,
        OPTION_EMPTY = 1 << 27,
        OPTION_UNPACK = 1 << 28,
        OPTION_WHEN_EMPTY = 1 << 29,
        OPTION_DEADLINE = 1 << 30,
        OPTION_CANCEL = INT64_C(1) << 31,
        OPTION_CHECK = INT64_C(1) << 32,
        OPTION_THEN_RESTART = INT64_C(1) << 43,
        OPTION_KEEP_EARLIER = INT64_C(1) << 44,
        OPTION_FROM = INT64_C(1) << 45,
};
#define OPTIONS_ALL UINT64_MAX

/* When a build restarts the servers that use the overlay. */
typedef enum ThenRestart {
        RESTART_NEVER,
        RESTART_NOW,
        RESTART_WHEN_EMPTY,
        _THEN_RESTART_MAX,
} ThenRestart;

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
        bool polls;       /* also lines about questions of left4me-watch */
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
        ThenRestart then_restart;
        bool empty;
        bool unpack;
        bool boot;
        const char *role;
        const char *server;      /* NULL: not given */
        unsigned kinds, results; /* of jobs: 1 << JobKind, 1 << JobResult; 0: all */
        uint32_t event_kinds;    /* 1 << LiveEventKind; 0: all */
        uint64_t limit;          /* 0: not given */
        bool generate;
        uint64_t minutes;
        bool when_empty;
        uint64_t deadline;          /* µs since the epoch, 0: not given */
        uint64_t deadline_boottime; /* CLOCK_BOOTTIME µs; 0: it is a time of the clock */
        bool keep_earlier;
        bool cancel;
        const char *as_user; /* NULL: the user who runs l4d2ctl */
        bool validate;
        bool check;
        bool list;
        const char *mode; /* of maps; NULL: not given */
        bool force;
        bool recursive;
        const char *reason;      /* NULL: not given */
        const char *description; /* of a new overlay; NULL: not given */
        uint64_t iterations;     /* 0: not given */
        uint64_t delay;          /* µs */
        bool batch;
        bool cvars;
        const char *version; /* NULL: the current one */
        const char *from;    /* an archive; NULL: none */
        bool help;
} Options;

/*
 * Reads the options in argv[1…]; allowed holds those that the verb takes beside --help,
 * --as-user and --errors, which all take. The operands end up at *ret_operands. Reports a wrong
 * option and returns -EINVAL.
 */
int options_parse(
        int argc, char **argv, OptionSet allowed, bool options_first, Options *ret,
        char ***ret_operands, size_t *ret_n_operands) _must_check_;

/* Prints the options of a verb that takes these. */
void options_print_help(OptionSet allowed, FILE *f);
