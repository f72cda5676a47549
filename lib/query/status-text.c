/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "query/status-text.h"

#include <string.h>

/* Part of the answer, not NUL-terminated. */
typedef struct Piece {
        const char *text;
        size_t size;
} Piece;

enum { DIGITS_MAX = 18 };

#define STEAM_ID64_BASE UINT64_C(76561197960265728)

static bool is_blank(char c) {
        return c == ' ' || c == '\t' || c == '\r';
}

static void skip(Piece *piece, size_t n) {
        piece->text += n;
        piece->size -= n;
}

static void skip_blanks(Piece *piece) {
        while (piece->size > 0 && is_blank(*piece->text))
                skip(piece, 1);
}

static Piece take_line(Piece *text) {
        const char *end = memchr(text->text, '\n', text->size);
        Piece line = { text->text, end ? (size_t) (end - text->text) : text->size };

        skip(text, end ? line.size + 1 : line.size);
        return line;
}

/* The next word of a line, empty at its end. */
static Piece take_word(Piece *line) {
        Piece word;

        skip_blanks(line);
        word = (Piece) { line->text, 0 };
        while (line->size > 0 && !is_blank(*line->text)) {
                skip(line, 1);
                word.size++;
        }
        return word;
}

static bool starts_with(Piece piece, const char *prefix) {
        return piece.size >= strlen(prefix) && memcmp(piece.text, prefix, strlen(prefix)) == 0;
}

static bool equals(Piece piece, const char *text) {
        return piece.size == strlen(text) && starts_with(piece, text);
}

static bool contains(Piece piece, const char *text) {
        return memmem(piece.text, piece.size, text, strlen(text)) != NULL;
}

static void copy(Piece piece, char *ret, size_t max) {
        while (piece.size > 0 && is_blank(piece.text[piece.size - 1]))
                piece.size--;
        if (piece.size > max)
                piece.size = max;
        memcpy(ret, piece.text, piece.size);
        ret[piece.size] = '\0';
}

/* The digits at the beginning, which are left out of the piece. */
static bool take_number(Piece *piece, uint64_t *ret) {
        uint64_t value = 0;
        size_t n = 0;

        for (; n < piece->size && piece->text[n] >= '0' && piece->text[n] <= '9'; n++) {
                if (n == DIGITS_MAX)
                        return false;
                value = 10 * value + (uint64_t) (piece->text[n] - '0');
        }
        if (n == 0)
                return false;

        skip(piece, n);
        *ret = value;
        return true;
}

/* A number that is followed by a word, "2 humans". */
static bool take_count(Piece *piece, const char *word, uint32_t *ret) {
        uint64_t value;

        skip_blanks(piece);
        if (!take_number(piece, &value) || value > UINT32_MAX)
                return false;
        skip_blanks(piece);
        if (!starts_with(*piece, word))
                return false;
        skip(piece, strlen(word));
        *ret = (uint32_t) value;
        return true;
}

/* A word that is a number; 0: another word, or none. */
static uint32_t take_number_word(Piece *line) {
        Piece word = take_word(line);
        uint64_t value;

        return take_number(&word, &value) && word.size == 0 && value <= UINT32_MAX
                       ? (uint32_t) value
                       : 0;
}

/* --- players ------------------------------------------------------------------------------------
 */

static uint64_t steam_id64_of(Piece text) {
        uint64_t universe, odd, number;

        if (starts_with(text, "STEAM_")) {
                skip(&text, strlen("STEAM_"));
                if (take_number(&text, &universe) && starts_with(text, ":") &&
                    (skip(&text, 1), take_number(&text, &odd)) && odd <= 1 &&
                    starts_with(text, ":") && (skip(&text, 1), take_number(&text, &number)) &&
                    text.size == 0 && number <= INT32_MAX)
                        return STEAM_ID64_BASE + 2 * number + odd;
        } else if (starts_with(text, "[U:1:")) {
                skip(&text, strlen("[U:1:"));
                if (take_number(&text, &number) && equals(text, "]") && number <= UINT32_MAX)
                        return STEAM_ID64_BASE + number;
        }
        return 0;
}

uint64_t steam_id64(const char *text) {
        return steam_id64_of((Piece) { text, strlen(text) });
}

/* Where a text occurs last; NULL: nowhere. */
static const char *find_last(Piece piece, const char *text) {
        const char *found = NULL;
        Piece rest = piece;

        for (;;) {
                const char *p = memmem(rest.text, rest.size, text, strlen(text));

                if (!p)
                        return found;
                found = p;
                skip(&rest, (size_t) (p - rest.text) + 1);
        }
}

/*
 * Splits the quoted name from the columns behind it. A name may have quotes, but no column behind
 * it has, so the last quote that an id follows ends it.
 */
static bool take_name(Piece *line, Piece *ret) {
        static const char *const ids[] = { "\" STEAM_", "\" [U:", "\" BOT" };
        const char *end = NULL;

        if (!starts_with(*line, "\""))
                return false;
        skip(line, 1);
        for (size_t i = 0; i < ELEMENTSOF(ids) && !end; i++)
                end = find_last(*line, ids[i]);
        if (!end)
                end = find_last(*line, "\" ");
        if (!end)
                return false;

        *ret = (Piece) { line->text, (size_t) (end - line->text) };
        skip(line, ret->size + 1);
        return true;
}

/* "48:29", "1:02:03" */
static uint64_t parse_duration(Piece word) {
        uint64_t seconds = 0, part;

        for (unsigned n = 0; n < 3 && take_number(&word, &part) && part <= UINT32_MAX; n++) {
                seconds = 60 * seconds + part;
                if (word.size == 0)
                        return seconds;
                if (*word.text != ':')
                        return 0;
                skip(&word, 1);
        }
        return 0;
}

static void parse_columns(Piece line, StatusPlayer *player) {
        Piece id = take_word(&line);

        if (equals(id, "BOT")) {
                player->is_bot = true;
                copy(take_word(&line), player->state, STATUS_WORD_MAX);
                return;
        }
        copy(id, player->steam_id, STATUS_WORD_MAX);
        player->steam_id64 = steam_id64_of(id);
        player->connected_sec = parse_duration(take_word(&line));
        player->ping_msec = take_number_word(&line);
        player->loss = take_number_word(&line);
        copy(take_word(&line), player->state, STATUS_WORD_MAX);
        player->rate = take_number_word(&line);
        copy(take_word(&line), player->address, STATUS_WORD_MAX);
}

/* "#  2 1 "Name" STEAM_1:0:1 00:48 …", "#27 "Coach" BOT active" */
static bool parse_player(Piece line, StatusPlayer *ret) {
        StatusPlayer player = {};
        uint64_t number;
        Piece name;

        skip(&line, 1);
        skip_blanks(&line);
        if (!take_number(&line, &number) || number > UINT32_MAX)
                return false;
        player.user_id = (uint32_t) number;
        skip_blanks(&line);
        /* The slot, which some servers print. */
        if (take_number(&line, &number))
                skip_blanks(&line);
        if (!take_name(&line, &name))
                return false;

        copy(name, player.name, STATUS_NAME_MAX);
        parse_columns(line, &player);
        *ret = player;
        return true;
}

/* --- status -------------------------------------------------------------------------------------
 */

/* Whether the line is "KEY : VALUE", with the blanks that servers put before the colon. */
static bool has_key(Piece line, const char *key, Piece *ret_value) {
        if (!starts_with(line, key))
                return false;
        skip(&line, strlen(key));
        skip_blanks(&line);
        if (!starts_with(line, ":"))
                return false;
        skip(&line, 1);
        skip_blanks(&line);
        *ret_value = line;
        return true;
}

/* "1 humans, 0 bots (12 max) (not hibernating) (unreserved)" */
static bool parse_counts(Piece value, ServerStatus *status) {
        uint32_t humans, bots, slots;

        if (!take_count(&value, "humans,", &humans) || !take_count(&value, "bots", &bots))
                return false;
        skip_blanks(&value);
        if (!starts_with(value, "("))
                return false;
        skip(&value, 1);
        if (!take_count(&value, "max)", &slots))
                return false;

        status->humans = humans;
        status->bots = bots;
        status->slots = slots;
        status->is_hibernating = contains(value, "(hibernating)");
        return true;
}

/* A line above the table. The first of each kind counts: a chat line may look like a second one. */
static void parse_header(Piece line, ServerStatus *status, bool *has_counts) {
        Piece value;

        if (status->hostname[0] == '\0' && has_key(line, "hostname", &value))
                copy(value, status->hostname, STATUS_TEXT_MAX);
        else if (status->version[0] == '\0' && has_key(line, "version", &value)) {
                copy(value, status->version, STATUS_TEXT_MAX);
                status->is_secure = contains(value, " secure");
        } else if (status->map[0] == '\0' && has_key(line, "map", &value))
                copy(take_word(&value), status->map, STATUS_WORD_MAX);
        else if (!*has_counts && has_key(line, "players", &value))
                *has_counts = parse_counts(value, status);
}

int status_parse(const char *text, size_t size, ServerStatus *ret) {
        Piece rest = { text, size };
        bool has_counts = false;
        ServerStatus *status = ret;

        memset(status, 0, sizeof(*status));
        while (rest.size > 0) {
                Piece line = take_line(&rest);

                if (starts_with(line, "#end"))
                        break;
                if (!starts_with(line, "#"))
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
        Piece word = take_word(line);
        uint64_t whole, part;
        double value, scale = 1;
        size_t before;

        if (!take_number(&word, &whole))
                return false;
        value = (double) whole;
        if (starts_with(word, ".")) {
                skip(&word, 1);
                before = word.size;
                if (!take_number(&word, &part))
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
                Piece line = take_line(&rest);

                skip_blanks(&line);
                if (starts_with(line, "CPU ") && contains(line, "FPS"))
                        return parse_stats_row(take_line(&rest), ret) ? 0 : -EBADMSG;
        }
        return -EBADMSG;
}
