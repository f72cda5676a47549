/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/recent-players.h"

#include <string.h>

#include "base/array.h"

/* The place of the first id that is not smaller. */
static size_t find_place(const RecentPlayers *players, uint64_t steam_id64) {
        size_t low = 0, high = players->n_ids;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (players->ids[middle] < steam_id64)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

/* The first event of a player is the latest one. */
static bool is_known(uint64_t steam_id64, void *userdata) {
        const RecentPlayers *players = userdata;
        size_t place = find_place(players, steam_id64);

        return steam_id64 == 0 || (place < players->n_ids && players->ids[place] == steam_id64);
}

static int add_id(RecentPlayers *players, uint64_t steam_id64) {
        size_t place = find_place(players, steam_id64);
        uint64_t *ids = array_for_one_more(players->ids, players->n_ids, sizeof(*ids));

        if (!ids)
                return -ENOMEM;
        players->ids = ids;
        memmove(ids + place + 1, ids + place, (players->n_ids++ - place) * sizeof(*ids));
        ids[place] = steam_id64;
        return 0;
}

static int add(LiveEvent *event, void *userdata) {
        RecentPlayers *players = userdata;
        RecentPlayer *player;

        if (players->n_items < RECENT_PLAYERS_MAX) {
                player = &players->items[players->n_items++];
                player->steam_id64 = event->steam_id64;
                player->last_seen = event->at;
                memcpy(player->name, event->player, sizeof(event->player));
        }
        return add_id(players, event->steam_id64);
}

int recent_players_read(const char *instance, uint64_t since, RecentPlayers *ret) {
        const LiveEventQuery query = {
                .instance = instance,
                .kinds = 1U << LIVE_JOIN | 1U << LIVE_LEAVE,
                .since = since,
                .limit = RECENT_EVENTS_MAX,
                .leaves_out = is_known,
        };
        LiveEventsRest rest = {};
        int r;

        r = since == UINT64_MAX ? 0 : live_events_read(&query, add, ret, &rest);
        ret->has_more = rest.has_more;
        ret->since = rest.usec;
        return r;
}

void recent_players_clear(RecentPlayers *players) {
        free(players->ids);
        *players = (RecentPlayers) {};
}
