/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "query/steam-id.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "query/piece.h"
#include "query/status-text.h"

#define BASE UINT64_C(76561197960265728)

uint64_t steam_id_parse(const char *text) {
        Piece piece = { text, strlen(text) };
        uint64_t number;

        if (!piece_take_number(&piece, &number))
                return steam_id64(text);
        return piece.size == 0 && number > BASE && number - BASE <= UINT32_MAX ? number : 0;
}

void steam_id_format(uint64_t id, char ret[static STEAM_ID_TEXT_MAX]) {
        uint64_t account = id - BASE;

        (void) snprintf(
                ret, STEAM_ID_TEXT_MAX, "STEAM_1:%" PRIu64 ":%" PRIu64, account & 1, account >> 1);
}
