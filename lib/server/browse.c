/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/browse.h"

#include <string.h>

#include "base/time-text.h"
#include "query/a2s-status.h"
#include "query/a2s.h"
#include "systemd/unit-ports.h"

enum { QUERY_USEC = 1500 * 1000 };

static int run(A2s *a2s, A2sQuery query, const uint8_t **ret_answer, size_t *ret_size) {
        int r;

        r = a2s_run(a2s, query, now_monotonic() + QUERY_USEC);
        if (r < 0)
                return r;
        *ret_answer = a2s_answer(a2s, ret_size);
        return 0;
}

static int ask(const char *address, uint16_t port, ServerStatus *ret, bool *ret_has_players) {
        _cleanup_(a2s_freep) A2s *a2s = NULL;
        const uint8_t *answer;
        A2sPlayers players;
        A2sInfo info;
        size_t size;
        int r;

        r = a2s_new(address, port, &a2s);
        if (r < 0)
                return r;
        r = run(a2s, A2S_INFO, &answer, &size);
        if (r < 0)
                return r;
        r = a2s_info_parse(answer, size, &info);
        if (r < 0)
                return r;
        *ret_has_players = run(a2s, A2S_PLAYERS, &answer, &size) >= 0 &&
                           a2s_players_parse(answer, size, &players) >= 0;
        a2s_to_status(&info, *ret_has_players ? &players : NULL, ret);
        return 0;
}

int server_browse(const UnitState *unit, ServerStatus *ret, bool *ret_has_players) {
        char address[INET_ADDRSTRLEN];
        int r;

        if (unit->tree_port == 0)
                return -ENOTCONN;
        game_address(unit->tree_port, address);
        if (strcmp(address, GAME_ADDRESS_DEFAULT) != 0)
                return ask(address, unit->tree_port, ret, ret_has_players);
        /* Real servers may be silent on 127.0.0.1, and a firewall may stop the other one. */
        r = ask(a2s_own_address(address), unit->tree_port, ret, ret_has_players);
        if (r < 0 && strcmp(address, GAME_ADDRESS_DEFAULT) != 0)
                r = ask(GAME_ADDRESS_DEFAULT, unit->tree_port, ret, ret_has_players);
        return r;
}
