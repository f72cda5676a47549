/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Players of one page whose names look the same, for a hint beside them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ListedPlayer {
        const char *name;
        uint64_t steam_id64; /* 0: unknown, as by A2S or before Steam has answered */
        bool is_here;        /* of the list of current players; else of the recent ones */
} ListedPlayer;

/*
 * The name of another player that looks like the one at i, of the first such player; NULL: none.
 * A player can be in both lists: an entry with the same SteamID is the same player, and so is one
 * of the other list with the very same name when either SteamID is unknown. Each entry of one list
 * is another player.
 */
const char *look_alikes_find(const ListedPlayer *players, size_t n, size_t i);
