/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "server.h"

/* The game's commands that the loop itself needs; the rest is in the table game_commands. */

/* Loads a map, "name" or "name mode", and runs server.cfg again as the game does then. Returns 0
 * or -ENOENT. */
int game_load_map(Server *s, const char *what, const char *mode);

void game_quit(Server *s, int status);
