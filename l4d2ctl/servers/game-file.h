/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Files of the game as it is installed: what is there, and what its absence or age means. */

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/paths.h"

/*
 * srcds_linux below installation/current: 0, -ENOENT, -ENOEXEC (no i386 file) or another -errno.
 * The directory belongs to steamcmd's user, who could have the caller open a device by a link
 * there.
 */
int game_check_program(const Paths *paths) _must_check_;

/*
 * The library by which the game logs in to Steam, as left4me-launch looks for it: 0, and whether it
 * is the copy kept of steamcmd's rather than the game's own; or as steam_client_check().
 */
int game_find_steamclient(const Paths *paths, bool *ret_kept) _must_check_;

/* Says so when the game is there and the library by which it logs in to Steam is not. */
void game_warn_steamclient(const Paths *paths);

/* Says so when Steam had another build of the game at the last check than is installed. */
void game_warn_update(const Paths *paths);
