/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The players who were on a server, by the events that left4me-watch keeps, the latest first. */

#include <stdbool.h>
#include <stdint.h>

#include "live/event.h"

enum {
        RECENT_EVENTS_MAX = 20000, /* joins and leaves that are looked at */
        RECENT_PLAYERS_MAX = 50,   /* with a name; the others are counted */
};

typedef struct RecentPlayer {
        char name[LIVE_PLAYER_MAX + 1]; /* the latest one; visible text */
        uint64_t steam_id64;            /* never 0 */
        uint64_t last_seen;             /* CLOCK_REALTIME, µs */
} RecentPlayer;

typedef struct RecentPlayers {
        RecentPlayer items[RECENT_PLAYERS_MAX];
        size_t n_items;
        uint64_t *ids; /* SteamIDs of all, sorted, each once */
        size_t n_ids;
        bool has_more;  /* there may be others, who were last there … */
        uint64_t since; /* … at this time or earlier */
} RecentPlayers;

/* since: CLOCK_REALTIME in µs; UINT64_MAX: none. As live_events_read(). The caller clears ret, also
 * after an error. */
int recent_players_read(const char *instance, uint64_t since, RecentPlayers *ret) _must_check_;
void recent_players_clear(RecentPlayers *players);
