/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The commands that an admin wants to run at an alert: the executable files of
 * /etc/left4me/alerts.d, in the order of their names. Only root may own them and write to them and
 * to their directory. A link is followed: what it leads to is checked, by the descriptor that is
 * executed.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

/* Files beyond that are refused. */
enum { ALERT_COMMANDS_MAX = 16 };

typedef struct AlertCommand {
        char *name;
        int fd; /* to read and execute; -EBADF with a problem */
        const char
                *problem; /* why it must not run, in static storage, not translated; NULL: fine */
} AlertCommand;

typedef struct AlertCommands {
        AlertCommand *items;
        size_t n_items;
} AlertCommands;

/*
 * Opens the commands in a directory; names that start with "." or end with "~" are not commands.
 * Descriptors stay open in programs that are executed, as scripts need. A directory that is missing
 * has none. -EPERM: another user than root may write to the directory; or -errno. Clear in any
 * case.
 */
int alert_commands_open(const char *directory, AlertCommands *ret) _must_check_;
void alert_commands_clear(AlertCommands *commands);
