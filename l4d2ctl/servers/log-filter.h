/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Selects the lines of a log that the user wants to see: those with a text in them, or urgent
 * ones. */

#include <stdbool.h>
#include <systemd/sd-journal.h>

#include "base/cleanup.h"

typedef struct LogFilter {
        const char *text; /* in capitals or small letters; NULL: any */
        int priority;     /* of syslog, this and more urgent ones; -1: any */
        bool polls;       /* also lines of journal/poll.h */
} LogFilter;

/* A JournalHandler: 1 when the present entry is wanted, 0 when not, or -errno. */
int log_filter_entry(sd_journal *journal, void *userdata);
