/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/look-alikes.h"

#include <string.h>

#include "base/look-alike.h"

static bool is_same_player(const ListedPlayer *a, const ListedPlayer *b) {
        if (a->is_here == b->is_here)
                return false;
        return a->steam_id64 > 0 && b->steam_id64 > 0 ? a->steam_id64 == b->steam_id64
                                                      : strcmp(a->name, b->name) == 0;
}

const char *look_alikes_find(const ListedPlayer *players, size_t n, size_t i) {
        const ListedPlayer *player = &players[i];

        for (size_t k = 0; k < n; k++)
                if (k != i && !is_same_player(player, &players[k]) &&
                    names_look_alike(player->name, players[k].name))
                        return players[k].name;
        return NULL;
}
