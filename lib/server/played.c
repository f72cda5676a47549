/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/played.h"

#include <stdio.h>
#include <string.h>

static bool is_map(const char *a, const char *b) {
        return strcasecmp(a, b) == 0;
}

static void copy_map(char ret[static STATUS_WORD_MAX + 1], const char *map) {
        (void) snprintf(ret, STATUS_WORD_MAX + 1, "%s", map);
}

static void remember_players(Played *played, const ServerStatus *status) {
        played->n_players = 0;
        for (size_t i = 0; i < status->n_players; i++)
                if (!status->players[i].is_bot)
                        played->players[played->n_players++] = (PlayedBy) {
                                .steam_id64 = status->players[i].steam_id64,
                                .user_id = status->players[i].user_id,
                        };
}

static void remember(Played *played, const ServerStatus *status, uint64_t now) {
        copy_map(played->map, status->map);
        played->at = now;
        played->next[0] = '\0';
        remember_players(played, status);
}

static void forget(Played *played) {
        played->map[0] = played->next[0] = '\0';
        played->at = 0;
        played->n_players = 0;
}

static bool was_there(const Played *played, const StatusPlayer *player) {
        for (size_t i = 0; i < played->n_players; i++)
                if (played->players[i].user_id == player->user_id &&
                    played->players[i].steam_id64 == player->steam_id64)
                        return true;
        return false;
}

/* Whether a player of the answer was on the map; n_rows 0: the answer does not say who is there. */
static bool some_were_there(const Played *played, const ServerStatus *status, size_t *ret_n_rows) {
        bool is_found = false;

        *ret_n_rows = 0;
        for (size_t i = 0; i < status->n_players; i++) {
                if (status->players[i].is_bot)
                        continue;
                (*ret_n_rows)++;
                is_found = is_found || was_there(played, &status->players[i]);
        }
        return is_found;
}

static PlayedStep see_elsewhere(
        Played *played, const ServerStatus *status, const PlayedTimes *times) {
        size_t n_rows;
        bool have_come = some_were_there(played, status, &n_rows);

        played->sent[0] = '\0';
        if (n_rows == 0)
                return PLAYED_NOTHING;
        if (!have_come || times->now > played->at + times->lately) {
                remember(played, status, times->now);
                return PLAYED_NOTHING;
        }
        if (is_map(played->next, status->map))
                return PLAYED_WENT_ON;
        copy_map(played->next, status->map);
        return PLAYED_LOOK_AGAIN;
}

static PlayedStep see_players(
        Played *played, const ServerStatus *status, const PlayedTimes *times) {
        bool is_sent = played->sent[0] != '\0' && is_map(played->sent, status->map);

        if (!is_sent && played->map[0] != '\0' && !is_map(played->map, status->map))
                return see_elsewhere(played, status, times);
        if (is_sent)
                played->sent[0] = '\0';
        remember(played, status, times->now);
        return PLAYED_NOTHING;
}

PlayedStep played_see(Played *played, const ServerStatus *status, const PlayedTimes *times) {
        if (!status_is_empty(status))
                return see_players(played, status, times);
        played->next[0] = '\0';
        if (played->map[0] == '\0' || times->empty_since == 0 ||
            times->now < times->empty_since + times->empty_time)
                return PLAYED_NOTHING;
        if (is_map(played->map, status->map))
                return PLAYED_LEFT;
        forget(played);
        return PLAYED_NOTHING;
}

void played_settle(Played *played, const ServerStatus *status, uint64_t now) {
        if (status_is_empty(status))
                forget(played);
        else
                remember(played, status, now);
}

void played_send(Played *played, const char *map) {
        forget(played);
        copy_map(played->sent, map);
}

void played_restore(Played *played, const char *map, uint64_t at, const ServerStatus *status) {
        *played = (Played) { .at = at };
        copy_map(played->map, map);
        remember_players(played, status);
}
