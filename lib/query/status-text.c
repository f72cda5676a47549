/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "query/status-text.h"

#include <string.h>

#include "query/piece.h"

#define STEAM_ID64_BASE UINT64_C(76561197960265728)

/* A number that is followed by a word, "2 humans". */
static bool take_count(Piece *piece, const char *word, uint32_t *ret) {
        uint64_t value;

        piece_skip_blanks(piece);
        if (!piece_take_number(piece, &value) || value > UINT32_MAX)
                return false;
        piece_skip_blanks(piece);
        if (!piece_starts_with(*piece, word))
                return false;
        piece_skip(piece, strlen(word));
        *ret = (uint32_t) value;
        return true;
}

/* A word that is a number; 0: another word, or none. */
static uint32_t take_number_word(Piece *line) {
        Piece word = piece_take_word(line);
        uint64_t value;

        return piece_take_number(&word, &value) && word.size == 0 && value <= UINT32_MAX
                       ? (uint32_t) value
                       : 0;
}

/* --- players ------------------------------------------------------------------------------------
 */

/* Account 0 is what a LAN server gives to everybody. */
static uint64_t steam_id64_of(Piece text) {
        uint64_t universe, odd, number, account = 0;

        if (piece_skip_prefix(&text, "STEAM_")) {
                if (piece_take_number(&text, &universe) && piece_skip_prefix(&text, ":") &&
                    piece_take_number(&text, &odd) && odd <= 1 && piece_skip_prefix(&text, ":") &&
                    piece_take_number(&text, &number) && text.size == 0 && number <= INT32_MAX)
                        account = 2 * number + odd;
        } else if (piece_skip_prefix(&text, "[U:1:")) {
                if (piece_take_number(&text, &number) && piece_equals(text, "]") &&
                    number <= UINT32_MAX)
                        account = number;
        }
        return account > 0 ? STEAM_ID64_BASE + account : 0;
}

uint64_t steam_id64(const char *text) {
        return steam_id64_of((Piece) { text, strlen(text) });
}

/*
 * Splits the quoted name from the columns behind it. A name may have quotes and look like columns,
 * but no column has a quote, so the last one ends the name.
 */
static bool take_name(Piece *line, Piece *ret) {
        const char *end;

        if (!piece_skip_prefix(line, "\""))
                return false;
        end = memrchr(line->text, '"', line->size);
        if (!end)
                return false;

        *ret = (Piece) { line->text, (size_t) (end - line->text) };
        piece_skip(line, ret->size + 1);
        return piece_starts_with(*line, " ") || piece_starts_with(*line, "\t");
}

/* "48:29", "1:02:03" */
static uint64_t parse_duration(Piece word) {
        uint64_t seconds = 0, part;

        for (unsigned n = 0; n < 3 && piece_take_number(&word, &part) && part <= UINT32_MAX; n++) {
                seconds = 60 * seconds + part;
                if (word.size == 0)
                        return seconds;
                if (*word.text != ':')
                        return 0;
                piece_skip(&word, 1);
        }
        return 0;
}

static void parse_columns(Piece line, StatusPlayer *player) {
        Piece id = piece_take_word(&line), address;

        if (piece_equals(id, "BOT")) {
                player->is_bot = true;
                piece_copy(piece_take_word(&line), player->state, STATUS_WORD_MAX);
                return;
        }
        piece_copy(id, player->steam_id, STATUS_WORD_MAX);
        player->steam_id64 = steam_id64_of(id);
        player->connected_sec = parse_duration(piece_take_word(&line));
        player->ping_msec = take_number_word(&line);
        player->loss = take_number_word(&line);
        piece_copy(piece_take_word(&line), player->state, STATUS_WORD_MAX);
        player->rate = take_number_word(&line);
        address = piece_take_word(&line);
        if (piece_drop_suffix(&address, "]"))
                (void) piece_skip_prefix(&address, "[");
        piece_copy(address, player->address, STATUS_WORD_MAX);
}

/* "#  2 1 "Name" STEAM_1:0:1 00:48 …", "#27 "Coach" BOT active" */
static bool parse_player(Piece line, StatusPlayer *ret) {
        StatusPlayer player = {};
        uint64_t number;
        Piece name;

        piece_skip(&line, 1);
        piece_skip_blanks(&line);
        if (!piece_take_number(&line, &number) || number > UINT32_MAX)
                return false;
        player.user_id = (uint32_t) number;
        piece_skip_blanks(&line);
        /* The slot, which some servers print. */
        if (piece_take_number(&line, &number))
                piece_skip_blanks(&line);
        if (!take_name(&line, &name))
                return false;

        piece_copy(name, player.name, STATUS_NAME_MAX);
        parse_columns(line, &player);
        *ret = player;
        return true;
}

/* --- status -------------------------------------------------------------------------------------
 */

/* Whether the line is "KEY : VALUE", with the blanks that servers put before the colon. */
static bool has_key(Piece line, const char *key, Piece *ret_value) {
        if (!piece_starts_with(line, key))
                return false;
        piece_skip(&line, strlen(key));
        piece_skip_blanks(&line);
        if (!piece_starts_with(line, ":"))
                return false;
        piece_skip(&line, 1);
        piece_skip_blanks(&line);
        *ret_value = line;
        return true;
}

/* "1 humans, 0 bots (12 max) (not hibernating) (unreserved)" */
static bool parse_counts(Piece value, ServerStatus *status) {
        uint32_t humans, bots, slots;

        if (!take_count(&value, "humans,", &humans) || !take_count(&value, "bots", &bots))
                return false;
        piece_skip_blanks(&value);
        if (!piece_starts_with(value, "("))
                return false;
        piece_skip(&value, 1);
        if (!take_count(&value, "max)", &slots))
                return false;

        status->humans = humans;
        status->bots = bots;
        status->slots = slots;
        status->is_hibernating = piece_contains(value, "(hibernating)");
        return true;
}

/* A line above the table. The first of each kind counts: a chat line may look like a second one. */
static void parse_header(Piece line, ServerStatus *status, bool *has_counts) {
        Piece value;

        if (status->hostname[0] == '\0' && has_key(line, "hostname", &value))
                piece_copy(value, status->hostname, STATUS_TEXT_MAX);
        else if (status->version[0] == '\0' && has_key(line, "version", &value)) {
                piece_copy(value, status->version, STATUS_TEXT_MAX);
                status->is_secure = piece_contains(value, " secure");
        } else if (status->map[0] == '\0' && has_key(line, "map", &value))
                piece_copy(piece_take_word(&value), status->map, STATUS_WORD_MAX);
        else if (!*has_counts && has_key(line, "players", &value))
                *has_counts = parse_counts(value, status);
}

int status_parse(const char *text, size_t size, ServerStatus *ret) {
        Piece rest = { text, size };
        bool has_counts = false;
        ServerStatus *status = ret;

        memset(status, 0, sizeof(*status));
        while (rest.size > 0) {
                Piece line = piece_take_line(&rest);

                if (piece_starts_with(line, "#end"))
                        break;
                if (!piece_starts_with(line, "#"))
                        parse_header(line, status, &has_counts);
                else if (
                        status->n_players < STATUS_PLAYERS_MAX &&
                        parse_player(line, &status->players[status->n_players]))
                        status->n_players++;
        }
        return has_counts ? 0 : -EBADMSG;
}

bool status_is_empty(const ServerStatus *status) {
        for (size_t i = 0; i < status->n_players; i++)
                if (!status->players[i].is_bot)
                        return false;
        return status->humans == 0;
}

/* --- stats --------------------------------------------------------------------------------------
 */

static bool take_decimal(Piece *line, double *ret) {
        Piece word = piece_take_word(line);
        uint64_t whole, part;
        double value, scale = 1;
        size_t before;

        if (!piece_take_number(&word, &whole))
                return false;
        value = (double) whole;
        if (piece_starts_with(word, ".")) {
                piece_skip(&word, 1);
                before = word.size;
                if (!piece_take_number(&word, &part))
                        return false;
                for (size_t i = word.size; i < before; i++)
                        scale *= 10;
                value += (double) part / scale;
        }
        if (word.size > 0)
                return false;
        *ret = value;
        return true;
}

static bool parse_stats_row(Piece line, ServerStats *ret) {
        double values[7];

        for (size_t i = 0; i < ELEMENTSOF(values); i++)
                if (!take_decimal(&line, &values[i]))
                        return false;
        if (values[4] > UINT32_MAX || values[6] > UINT32_MAX)
                return false;

        *ret = (ServerStats) {
                .cpu_percent = values[0],
                .in_bytes_per_sec = values[1],
                .out_bytes_per_sec = values[2],
                .uptime_min = (uint64_t) values[3],
                .users = (uint32_t) values[4],
                .fps = values[5],
                .players = (uint32_t) values[6],
        };
        return true;
}

int stats_parse(const char *text, size_t size, ServerStats *ret) {
        Piece rest = { text, size };

        while (rest.size > 0) {
                Piece line = piece_take_line(&rest);

                piece_skip_blanks(&line);
                if (piece_starts_with(line, "CPU ") && piece_contains(line, "FPS"))
                        return parse_stats_row(piece_take_line(&rest), ret) ? 0 : -EBADMSG;
        }
        return -EBADMSG;
}
