/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Lines of a server's log as people read them, "Nov 24 04:00:00 srcds_linux[12]: text" without
 * anything a terminal would obey, or as one JSON object a line.
 */

#include <stdio.h>
#include <systemd/sd-journal.h>

#include "common/ctl.h"

typedef struct LogLines {
        FILE *f;
        const char *instance; /* to name the system call that ended it; NULL: don't */
        bool json;
        bool colors;
        /* The last timestamp that was formatted: many lines have the same. */
        uint64_t second;
        char time_text[32];
} LogLines;

void log_lines_init(LogLines *lines, FILE *f, bool json);

/* A JournalHandler: prints the present entry, userdata is a LogLines. */
int log_lines_print(sd_journal *journal, void *userdata);

/* Says in the log's own place that entries are missing. */
void log_lines_print_gap(LogLines *lines, uint64_t n_lost);

/* Says why the journal can't be read, and who may. Returns CTL_FAILURE. */
int log_lines_complain(const char *name, int error);

/* The last lines of the last run of a unit of the server. Returns an ExitCode. */
int print_last_lines(const char *name, const char *unit, uint64_t lines, FILE *f) _must_check_;
