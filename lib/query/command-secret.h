/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Keeps passwords out of a command of the game's console before it is written to a log: what
 * follows a word such as rcon_password, sv_password or sm_api_key is replaced. Any process that may
 * read the journal can read the log.
 */

#include <stddef.h>

#define COMMAND_SECRET "***"

enum { COMMAND_SHOWN_MAX = 400 }; /* bytes, with the NUL */

/*
 * Writes the command as one line of visible text (base/visible-text.h), cut at a character. Once a
 * word names a secret, nothing of the rest is kept, also of further commands: quotes and aliases
 * can hide where a value ends.
 */
void command_hide_secrets(const char *command, size_t size, char ret[static COMMAND_SHOWN_MAX]);
