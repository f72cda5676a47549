/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "query/game-log.h"

#include <string.h>

#include "query/game-log-time.h"
#include "query/piece.h"
#include "query/status-text.h"

enum {
        GROUPS_MAX = 12, /* "<2><STEAM_1:0:7><Survivor><Coach><ALIVE>…" */
        GROUP_SIZE_MAX = 128,
};

#define LAN_ONLY "LAN servers are restricted to local clients (class C)."

/* One way to read a line. */
typedef struct Reading {
        GameLogKind kind;
        Piece name, id, text, by, map, address;
        uint32_t user_id;
        bool has_id; /* of a form that the engine writes */
} Reading;

/* Reads what follows the player. false: not a line about them. */
typedef bool ReadAction(Piece rest, Reading *reading);

/* --- pieces -------------------------------------------------------------------------------------
 */

/* A quoted text without quotes in it. */
static bool take_quoted(Piece *piece, Piece *ret) {
        Piece rest = *piece;
        const char *end;

        if (!piece_skip_prefix(&rest, "\""))
                return false;
        end = memchr(rest.text, '"', rest.size);
        if (!end)
                return false;
        *ret = (Piece) { rest.text, (size_t) (end - rest.text) };
        piece_skip(&rest, ret->size + 1);
        *piece = rest;
        return true;
}

/* All of the piece is one quoted text, in which quotes may be. */
static bool is_quoted(Piece piece, Piece *ret) {
        if (!piece_skip_prefix(&piece, "\"") || !piece_drop_suffix(&piece, "\""))
                return false;
        *ret = piece;
        return true;
}

static bool is_number(Piece piece, uint32_t *ret) {
        uint64_t value;

        if (!piece_take_number(&piece, &value) || piece.size > 0 || value > UINT32_MAX)
                return false;
        *ret = (uint32_t) value;
        return true;
}

static bool is_steam_id(Piece id) {
        char text[GAME_LOG_WORD_MAX + 1];

        if (id.size > GAME_LOG_WORD_MAX)
                return false;
        piece_copy(id, text, GAME_LOG_WORD_MAX);
        return steam_id64(text) != 0;
}

static bool is_id(Piece id) {
        static const char *const words[] = {
                "BOT", "Console", "STEAM_ID_PENDING", "STEAM_ID_LAN", "STEAM_1:0:0", "UNKNOWN",
        };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (piece_equals(id, words[i]))
                        return true;
        return is_steam_id(id);
}

/* --- players ------------------------------------------------------------------------------------
 */

/* The group "<…>" at the end of the piece, which is left out of it. */
static bool take_last_group(Piece *piece, Piece *ret) {
        size_t start;

        if (piece->size < 2 || piece->text[piece->size - 1] != '>')
                return false;
        start = piece->size - 1;
        for (;;) {
                char c = piece->text[--start];

                if (c == '<')
                        break;
                if (start == 0 || c == '>' || c == '"' || piece->size - start > GROUP_SIZE_MAX)
                        return false;
        }
        *ret = (Piece) { piece->text + start + 1, piece->size - start - 2 };
        piece->size = start;
        return true;
}

/*
 * NAME<user id><id><team>…: the last pair of a number and an id counts, because only the engine
 * writes behind it. In lines of admins all groups may be empty, of a player who is not there. A
 * pair whose id has an unknown form is a way to read the line too.
 */
static bool read_player(Piece text, Reading *reading) {
        Piece groups[GROUPS_MAX], name = text;

        for (size_t n = 0; n < GROUPS_MAX && take_last_group(&name, &groups[n]); n++) {
                bool is_empty = groups[n].size == 0 && name.size == 0;
                uint32_t user_id = 0;

                if (n < 2 || (!is_number(groups[n], &user_id) && !is_empty))
                        continue;
                reading->name = name;
                reading->id = groups[n - 1];
                reading->user_id = user_id;
                reading->has_id = is_id(reading->id) || (is_empty && reading->id.size == 0);
                return true;
        }
        return false;
}

static bool read_reason(Piece rest, Reading *reading) {
        if (rest.size == 0)
                return true;
        if (!piece_skip_prefix(&rest, " (reason \""))
                return false;
        reading->text = rest;
        /* Some reasons end with a line feed: then the rest is on the next line. */
        return piece_drop_suffix(&reading->text, "\")") ||
               memchr(rest.text, '"', rest.size) == NULL;
}

static bool read_chat(Piece rest, Reading *reading) {
        (void) piece_drop_suffix(&rest, " (dead)");
        return is_quoted(rest, &reading->text);
}

/* GAME_LOG_OTHER: not one of these. */
static GameLogKind read_known_action(Piece rest, Reading *reading) {
        if (piece_equals(rest, "entered the game"))
                return GAME_LOG_ENTER;
        if (piece_skip_prefix(&rest, "disconnected"))
                return read_reason(rest, reading) ? GAME_LOG_LEAVE : GAME_LOG_OTHER;
        if (piece_skip_prefix(&rest, "say "))
                return read_chat(rest, reading) ? GAME_LOG_SAY : GAME_LOG_OTHER;
        if (piece_skip_prefix(&rest, "say_team "))
                return read_chat(rest, reading) ? GAME_LOG_SAY_TEAM : GAME_LOG_OTHER;
        if (piece_skip_prefix(&rest, "changed name to "))
                return is_quoted(rest, &reading->text) ? GAME_LOG_RENAME : GAME_LOG_OTHER;
        return GAME_LOG_OTHER;
}

/*
 * The engine has many more lines about players than these: each is a way to read it. But behind an
 * address, which the engine writes, a line ends.
 */
static bool read_action(Piece rest, Reading *reading) {
        if (!piece_skip_prefix(&rest, " "))
                return false;
        if (piece_skip_prefix(&rest, "connected, address ")) {
                reading->kind = GAME_LOG_CONNECT;
                return take_quoted(&rest, &reading->address) && rest.size == 0;
        }
        reading->kind = read_known_action(rest, reading);
        return true;
}

/* --- admins -------------------------------------------------------------------------------------
 */

static bool read_kick(Piece rest, Reading *reading) {
        reading->kind = GAME_LOG_KICK;
        if (!piece_skip_prefix(&rest, " was kicked by ") || !take_quoted(&rest, &reading->by))
                return false;
        if (rest.size == 0)
                return true;
        return piece_skip_prefix(&rest, " (message ") && piece_drop_suffix(&rest, ")") &&
               is_quoted(rest, &reading->text);
}

/* "by "Console"", and the address of a ban of it: " (IP "192.0.2.7")" */
static bool read_by(Piece rest, Reading *reading) {
        if (!piece_skip_prefix(&rest, "by ") || !take_quoted(&rest, &reading->by))
                return false;
        if (rest.size == 0)
                return true;
        return piece_skip_prefix(&rest, " (IP ") && piece_drop_suffix(&rest, ")") &&
               take_quoted(&rest, &reading->address) && rest.size == 0;
}

static bool read_ban(Piece rest, Reading *reading) {
        reading->kind = GAME_LOG_BAN;
        if (!piece_skip_prefix(&rest, " was "))
                return false;
        (void) piece_skip_prefix(&rest, "kicked and ");
        if (!piece_skip_prefix(&rest, "banned "))
                return false;
        (void) piece_skip_prefix(&rest, "by IP ");
        return take_quoted(&rest, &reading->text) && piece_skip_prefix(&rest, " ") &&
               read_by(rest, reading);
}

static bool read_unban(Piece rest, Reading *reading) {
        reading->kind = GAME_LOG_UNBAN;
        return piece_skip_prefix(&rest, " was unbanned ") && read_by(rest, reading);
}

/* --- the ways to read a line --------------------------------------------------------------------
 */

/*
 * Reads a line that starts with a quoted player, in all ways. The right one has a name that the
 * engine could keep; a single one is right even if the name is longer.
 */
static bool read_line_of_player(Piece body, ReadAction *action, Reading *ret) {
        unsigned n = 0, n_short = 0;
        Reading last = {}, last_short = {};

        if (!piece_skip_prefix(&body, "\""))
                return false;
        for (size_t i = 1; i < body.size; i++) {
                Reading reading = {};

                if (body.text[i] != '"' || body.text[i - 1] != '>' ||
                    !read_player((Piece) { body.text, i }, &reading) ||
                    !action((Piece) { body.text + i + 1, body.size - i - 1 }, &reading))
                        continue;
                last = reading;
                n++;
                if (reading.name.size > GAME_LOG_ENGINE_NAME_MAX)
                        continue;
                last_short = reading;
                n_short++;
        }
        if (n != 1 && n_short != 1)
                return false;
        *ret = n == 1 ? last : last_short;
        return ret->has_id && ret->kind != GAME_LOG_OTHER;
}

/* `rcon from "192.0.2.7:4711": command "status"` */
static bool read_rcon(Piece body, Reading *reading) {
        if (!piece_skip_prefix(&body, "rcon from ") || !take_quoted(&body, &reading->address))
                return false;
        if (piece_equals(body, ": Bad Password")) {
                reading->kind = GAME_LOG_RCON_BAD;
                return true;
        }
        reading->kind = GAME_LOG_RCON;
        return piece_skip_prefix(&body, ": command ") && is_quoted(body, &reading->text);
}

static bool read_map(Piece body, Reading *reading) {
        if (piece_skip_prefix(&body, "Loading map ")) {
                reading->kind = GAME_LOG_MAP_LOADING;
                return take_quoted(&body, &reading->map) && body.size == 0;
        }
        reading->kind = GAME_LOG_MAP_STARTED;
        return piece_skip_prefix(&body, "Started map ") && take_quoted(&body, &reading->map) &&
               (body.size == 0 || piece_starts_with(body, " (CRC "));
}

static bool read_log_line(Piece body, Reading *reading) {
        static const struct {
                const char *prefix;
                ReadAction *action;
        } lines[] = {
                { "", read_action },          { "Kick: ", read_kick },
                { "Banid: ", read_ban },      { "Addip: ", read_ban },
                { "Removeid: ", read_unban }, { "Unbanid: ", read_unban },
                { "Removeip: ", read_unban },
        };

        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                Piece rest = body;

                if (piece_skip_prefix(&rest, lines[i].prefix) && piece_starts_with(rest, "\""))
                        return read_line_of_player(rest, lines[i].action, reading);
        }
        return read_rcon(body, reading) || (*reading = (Reading) {}, read_map(body, reading));
}

/* --- the console --------------------------------------------------------------------------------
 */

static bool read_steam_kick(Piece line, Reading *reading) {
        if (!piece_skip_prefix(&line, "Dropped "))
                return false;
        /* The reason ends with a line feed: the parenthesis may be on the next line. */
        (void) piece_drop_suffix(&line, ")");
        reading->text = (Piece) { line.text + line.size, 0 };
        if (!piece_drop_suffix(&line, " from server (" GAME_LOG_STEAM_REASON))
                return false;
        reading->text = (Piece) { line.text + line.size + strlen(" from server ("),
                                  strlen(GAME_LOG_STEAM_REASON) };
        reading->name = line;
        reading->kind = GAME_LOG_STEAM_KICK;
        return true;
}

/* The engine draws a frame of asterisks around it. */
static bool is_lan_mode(Piece line) {
        static const char frame[] = "* \t";

        while (line.size > 0 && strchr(frame, line.text[0]))
                piece_skip(&line, 1);
        while (line.size > 0 && strchr(frame, line.text[line.size - 1]))
                line.size--;
        return piece_equals(line, "This server will operate in LAN mode only.");
}

static bool read_steam_line(Piece line, Reading *reading) {
        if (is_lan_mode(line))
                reading->kind = GAME_LOG_LAN_MODE;
        else if (piece_skip_prefix(&line, "[S_API FAIL] SteamAPI_Init() failed"))
                reading->kind = GAME_LOG_STEAM_FAILED;
        else
                return read_steam_kick(line, reading);
        return true;
}

static bool read_console_line(Piece line, Reading *reading) {
        static const struct {
                const char *line;
                GameLogKind kind;
        } lines[] = {
                { "Your server needs to be restarted in order to receive the latest update.",
                  GAME_LOG_OUTDATED },
                { LAN_ONLY, GAME_LOG_LAN },
                { "Connection to Steam servers successful.", GAME_LOG_STEAM_CONNECTED },
                { "Server is hibernating", GAME_LOG_HIBERNATING },
                { "WatchDog! Server took too long to process (probably infinite loop).",
                  GAME_LOG_WATCHDOG },
                { "WatchDog! Server took too long to process (probably infinite loop)",
                  GAME_LOG_WATCHDOG },
        };

        /* "NAME: TEXT" is chat, which could end like one of these. The guard knows that name. */
        if (piece_skip_prefix(&line, GAME_LOG_REFUSAL)) {
                reading->address = piece_take_word(&line);
                (void) piece_skip_prefix(&line, " - ");
                reading->kind = GAME_LOG_LAN;
                return piece_equals(line, LAN_ONLY);
        }
        if (piece_contains(line, ": "))
                return false;
        for (size_t i = 0; i < ELEMENTSOF(lines); i++)
                if (piece_equals(line, lines[i].line)) {
                        reading->kind = lines[i].kind;
                        return true;
                }
        return read_steam_line(line, reading);
}

/* --- lines --------------------------------------------------------------------------------------
 */

bool game_log_take_time(Piece *line, Piece *ret_time) {
        static const char form[] = "L 00/00/0000 - 00:00:00";
        const size_t size = sizeof(form) - 1;

        if (line->size < size)
                return false;
        for (size_t i = 0; i < size; i++) {
                char c = line->text[i];

                if (form[i] == '0' ? c < '0' || c > '9' : c != form[i])
                        return false;
        }
        *ret_time = (Piece) { line->text + 2, size - 2 };
        piece_skip(line, size);
        return true;
}

static void fill(const Reading *reading, Piece time, GameLogLine *ret) {
        char id[GAME_LOG_WORD_MAX + 1];

        *ret = (GameLogLine) { .kind = reading->kind, .user_id = reading->user_id };
        piece_copy(time, ret->time, sizeof(ret->time) - 1);
        piece_copy(reading->name, ret->name, GAME_LOG_NAME_MAX);
        piece_copy(reading->text, ret->text, GAME_LOG_TEXT_MAX);
        piece_copy(reading->by, ret->by, GAME_LOG_NAME_MAX);
        piece_copy(reading->map, ret->map, GAME_LOG_WORD_MAX);
        piece_copy(reading->address, ret->address, GAME_LOG_WORD_MAX);
        ret->is_bot = piece_equals(reading->id, "BOT");
        ret->is_console = piece_equals(reading->id, "Console");
        if (is_steam_id(reading->id)) {
                piece_copy(reading->id, id, GAME_LOG_WORD_MAX);
                ret->steam_id64 = steam_id64(id);
        }
}

bool game_log_is_watchdog(const char *line, size_t size) {
        return piece_starts_with((Piece) { line, size }, "WatchDog!");
}

int game_log_parse(const char *line, size_t size, GameLogLine *ret) {
        Piece rest = { line, size }, time = { "", 0 };
        Reading reading = {};
        bool is_known;

        if (size > GAME_LOG_SIZE_MAX || memchr(line, '\0', size) || memchr(line, '\n', size))
                return -EBADMSG;
        while (rest.size > 0 &&
               (rest.text[rest.size - 1] == ' ' || rest.text[rest.size - 1] == '\r'))
                rest.size--;

        if (game_log_take_time(&rest, &time))
                is_known = piece_skip_prefix(&rest, ": ") && read_log_line(rest, &reading);
        else
                is_known = read_console_line(rest, &reading);
        if (!is_known)
                return 0;

        fill(&reading, time, ret);
        return 1;
}

bool game_log_is_poll(const GameLogLine *line, const char *own) {
        size_t n = own ? strlen(own) : 0;

        if (line->kind != GAME_LOG_RCON ||
            (strcmp(line->text, "status") != 0 && strcmp(line->text, "stats") != 0 &&
             strcmp(line->text, MODE_COMMAND) != 0))
                return false;
        return strncmp(line->address, "127.", 4) == 0 ||
               (n > 0 && strncmp(line->address, own, n) == 0 && line->address[n] == ':');
}

bool game_log_line_is_poll(const char *line, size_t size) {
        Piece rest = { line, size }, time;
        GameLogLine parsed;

        /* Most lines are others, and to read one wholly takes longer. */
        return game_log_take_time(&rest, &time) && piece_starts_with(rest, ": rcon from \"127.") &&
               game_log_parse(line, size, &parsed) > 0 && game_log_is_poll(&parsed, NULL);
}
