/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Lines of the engine's configuration files (server.cfg): which commands a line runs, and what may
 * stand between quotes. The rules are those of the engine's command buffer: a line is split at ';'
 * outside quotes, '//' outside quotes begins a comment, case does not matter, nothing escapes a
 * quote. It reads text and decides nothing; other modules say what they refuse.
 */

#include <stdbool.h>
#include <stddef.h>

/* Printable ASCII without '"' and '\': such a text stays one word between quotes. */
bool cfg_text_is_quotable(const char *text);

/* Whether one of the line's commands is this one (in lower case). */
bool cfg_line_runs(const char *line, size_t size, const char *command);

/* Whether one of the line's commands has this word (in lower case) in it, also within quotes. */
bool cfg_line_mentions(const char *line, size_t size, const char *word);

/*
 * The argument of the line's last command of this name, without quotes around it: a part of line of
 * *ret_size bytes. NULL when the line has no such command, or it has no argument.
 */
const char *cfg_line_argument(const char *line, size_t size, const char *command, size_t *ret_size);
