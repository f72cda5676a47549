/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "query/a2s-status.h"

#include <string.h>

static void copy(const char *text, char *ret, size_t max) {
        size_t size = strlen(text);

        if (size > max)
                size = max;
        memcpy(ret, text, size);
        ret[size] = '\0';
}

void a2s_to_status(const A2sInfo *info, const A2sPlayers *players, ServerStatus *ret) {
        memset(ret, 0, sizeof(*ret));
        copy(info->name, ret->hostname, STATUS_TEXT_MAX);
        copy(info->version, ret->version, STATUS_TEXT_MAX);
        copy(info->map, ret->map, STATUS_WORD_MAX);
        ret->bots = info->bots;
        /* The engine counts its bots as players; a server that does not has more bots than players.
         */
        ret->humans = info->players >= info->bots ? info->players - info->bots : info->players;
        ret->slots = info->slots;
        ret->is_secure = info->is_secure;

        for (size_t i = 0; players && i < players->n && i < STATUS_PLAYERS_MAX; i++) {
                StatusPlayer *player = &ret->players[ret->n_players++];

                copy(players->items[i].name, player->name, STATUS_NAME_MAX);
                player->connected_sec = players->items[i].connected_sec;
        }
}
