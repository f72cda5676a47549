/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/player.h"

#include <inttypes.h>
#include <string.h>

#include "base/exit-code.h"
#include "base/log.h"
#include "base/utf8.h"
#include "base/visible-text.h"
#include "query/steam-id.h"

const StatusPlayer *player_with_id(const ServerStatus *status, uint64_t id) {
        for (size_t i = 0; i < status->n_players; i++)
                if (id > 0 && status->players[i].steam_id64 == id)
                        return &status->players[i];
        return NULL;
}

static const StatusPlayer *with_number(const ServerStatus *status, const char *who) {
        for (size_t i = 0; i < status->n_players; i++) {
                char number[16];

                (void) snprintf(number, sizeof(number), "%" PRIu32, status->players[i].user_id);
                if (strcmp(number, who) == 0)
                        return &status->players[i];
        }
        return NULL;
}

/* Compares the length too, so that a part of a name is not enough. */
static bool same_name(const char *name, const char *who) {
        return strlen(name) == strlen(who) && utf8_contains_folded(name, strlen(name), who);
}

static bool has_name(const StatusPlayer *player, const char *who) {
        char shown[VISIBLE_TEXT_MAX(STATUS_NAME_MAX)];

        (void) visible_text(player->name, strlen(player->name), shown);
        return same_name(player->name, who) || same_name(shown, who);
}

/* Returns how many have it; ret is the first. */
static size_t with_name(const ServerStatus *status, const char *who, const StatusPlayer **ret) {
        size_t n = 0;

        for (size_t i = 0; i < status->n_players && who[0] != '\0'; i++)
                if (has_name(&status->players[i], who) && n++ == 0)
                        *ret = &status->players[i];
        return n;
}

int player_find(
        const Console *console, const ServerStatus *status, const char *who,
        const StatusPlayer **ret) {
        const StatusPlayer *player = with_number(status, who);
        size_t n = 1;

        if (!player)
                player = player_with_id(status, steam_id_parse(who));
        if (!player)
                n = with_name(status, who, &player);
        if (n == 0) {
                log_error(
                        "No player '%s' on '%s': 'l4d2ctl players %s' lists them", who,
                        console->name, console->name);
                return CTL_FAILURE;
        }
        if (n > 1) {
                log_error(
                        "%zu players on '%s' are named '%s': use the number that 'l4d2ctl players "
                        "%s' shows",
                        n, console->name, who, console->name);
                return CTL_FAILURE;
        }
        *ret = player;
        return CTL_OK;
}
