/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The commands that a user typed on the console of a server, kept for their next time: one a line
 * in ~/.local/state/left4me/console/SERVER, or below $XDG_STATE_HOME, for the user alone. Commands
 * with passwords are left out. Nothing is kept without a home of the user's own.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

enum {
        HISTORY_LINES_MAX = 500,
        HISTORY_LINE_MAX = 1000, /* bytes; longer ones are not kept */
};

typedef struct ConsoleHistory {
        char **lines; /* the oldest first */
        size_t n_lines;
        int dir_fd; /* negative: nothing is kept */
        char name[64];
} ConsoleHistory;

/* Reads what there is; -ENOMEM. To be closed in any case. */
int history_open(const char *server, ConsoleHistory *ret) _must_check_;

/* Whether a command may be kept: it has no password, is not blank, not too long, and differs from
 * the last one. */
bool history_accepts(const ConsoleHistory *history, const char *command);

/* Keeps an accepted command, in the file too as far as that can be written. -ENOMEM. */
int history_add(ConsoleHistory *history, const char *command) _must_check_;

void history_close(ConsoleHistory *history);
