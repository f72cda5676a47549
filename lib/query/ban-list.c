/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "query/ban-list.h"

#include <string.h>

#include "base/array.h"
#include "query/game-log-time.h"
#include "query/piece.h"
#include "query/status-text.h"

/* It becomes a word of `removeid`. */
static bool is_id(Piece word) {
        static const char others[] = "_:[]";

        if (word.size == 0 || word.size > BAN_ID_MAX ||
            (!piece_starts_with(word, "STEAM_") && !piece_starts_with(word, "[U:")))
                return false;
        for (size_t i = 0; i < word.size; i++) {
                char c = word.text[i];

                if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') &&
                    (c == '\0' || !strchr(others, c)))
                        return false;
        }
        return true;
}

/* "1 STEAM_1:0:42 : permanent", also without the number, or "… : 30.000 min". */
static bool parse_ban(Piece line, Ban *ret) {
        Piece id = piece_take_word(&line), rest = id;
        uint64_t number;

        if (piece_take_number(&rest, &number) && rest.size == 0)
                id = piece_take_word(&line);
        if (!is_id(id) || !piece_equals(piece_take_word(&line), ":"))
                return false;
        piece_skip_blanks(&line);
        *ret = (Ban) { .is_permanent = piece_starts_with(line, "permanent") };
        if (!piece_take_number(&line, &ret->minutes))
                ret->minutes = 0;
        piece_copy(id, ret->steam_id, BAN_ID_MAX);
        ret->steam_id64 = steam_id64(ret->steam_id);
        return true;
}

/* Lines of the log may come with the answer, and an empty list may be nothing at all. */
static bool may_be_list(Piece line) {
        Piece time;

        return piece_starts_with(line, "ID filter list") || game_log_take_time(&line, &time) ||
               piece_take_word(&line).size == 0;
}

int ban_list_parse(const char *text, size_t size, BanList *ret) {
        Piece rest = { text, size };
        bool is_list = true;

        *ret = (BanList) {};
        while (rest.size > 0) {
                Piece line = piece_take_line(&rest);
                Ban ban, *grown;

                if (!parse_ban(line, &ban)) {
                        is_list = is_list && may_be_list(line);
                        continue;
                }
                if (ret->n_items == BAN_LIST_MAX)
                        continue;
                grown = array_for_one_more(ret->items, ret->n_items, sizeof(*grown));
                if (!grown)
                        return -ENOMEM;
                ret->items = grown;
                grown[ret->n_items++] = ban;
        }
        return is_list || ret->n_items > 0 ? 0 : -EBADMSG;
}

void ban_list_clear(BanList *list) {
        free(list->items);
        *list = (BanList) {};
}

const Ban *ban_list_find(const BanList *list, uint64_t id) {
        for (size_t i = 0; i < list->n_items; i++)
                if (id > 0 && list->items[i].steam_id64 == id)
                        return &list->items[i];
        return NULL;
}
