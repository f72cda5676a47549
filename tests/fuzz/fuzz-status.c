/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fuzz.h"
#include "query/status-text.h"

/* Answers to `status` and `stats`: texts end within their room, and a bot has no SteamID. */

static bool ends(const char *text, size_t max) {
        return memchr(text, '\0', max + 1) != NULL;
}

static void check_player(const StatusPlayer *player) {
        FUZZ_CHECK(ends(player->name, STATUS_NAME_MAX));
        FUZZ_CHECK(ends(player->steam_id, STATUS_WORD_MAX));
        FUZZ_CHECK(ends(player->state, STATUS_WORD_MAX));
        FUZZ_CHECK(ends(player->address, STATUS_WORD_MAX));
        FUZZ_CHECK(!player->is_bot || (player->steam_id64 == 0 && player->steam_id[0] == '\0'));
        FUZZ_CHECK(player->steam_id64 == 0 || player->steam_id64 >= UINT64_C(76561197960265728));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static ServerStatus status;
        ServerStats stats;

        if (status_parse((const char *) data, size, &status) >= 0) {
                FUZZ_CHECK(status.n_players <= STATUS_PLAYERS_MAX);
                FUZZ_CHECK(ends(status.hostname, STATUS_TEXT_MAX));
                FUZZ_CHECK(ends(status.version, STATUS_TEXT_MAX));
                FUZZ_CHECK(ends(status.map, STATUS_WORD_MAX));
                FUZZ_CHECK(!status_is_empty(&status) || status.humans == 0);
                for (size_t i = 0; i < status.n_players; i++)
                        check_player(&status.players[i]);
        }
        (void) !stats_parse((const char *) data, size, &stats);
        return 0;
}
