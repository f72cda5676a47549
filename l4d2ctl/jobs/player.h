/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The player whom a user names: by the number of `players`, a SteamID, or the name. */

#include "query/status-text.h"
#include "server/console.h"

/*
 * A number or a SteamID counts before a name that looks like one, because players choose their
 * names. A name is compared as a whole, in capitals or small letters, as it is or as `players`
 * shows it. Returns an ExitCode and has said when there is none, or more than one. Borrowed.
 */
int player_find(
        const Console *console, const ServerStatus *status, const char *who,
        const StatusPlayer **ret) _must_check_;

/* The player with this SteamID, NULL: none. */
const StatusPlayer *player_with_id(const ServerStatus *status, uint64_t steam_id64);
