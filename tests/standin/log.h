/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "server.h"

/*
 * The game's log lines, `L MM/DD/YYYY - HH:MM:SS: …`. None are written before the command `log on`.
 * From then on they go into a file logs/LMMDDNNN.log below the game's directory (sv_logfile), and
 * to the console (sv_logecho). A remote console that has a command running gets them too, between
 * the lines of its answer. As with the game, a line of more than 1022 bytes is cut and loses its
 * end, so that the next one follows on the same line.
 */

void log_line(const Server *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* All variables that others may know, as at each map. */
void log_cvars(const Server *s);

/* Says the same on the console and to the remote console whose command caused it, as the game does
 * with what happens to its players. The text has no newline. */
void log_say(const Server *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Begins a new log file. Returns 0 or a negative errno. */
int log_open(Server *s);
void log_close(Server *s);
bool log_is_on(void);
