/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "server.h"

/*
 * The game's log lines, `L MM/DD/YYYY - HH:MM:SS: …`: on the console, and after the command
 * `log on` also in a file logs/LMMDDNNN.log below the game's directory.
 */

void log_line(const Server *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Begins a new log file. Returns 0 or a negative errno. */
int log_open(Server *s);
void log_close(Server *s);
