/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reads one line that a game server wrote: a line of its log ("L 11/29/2026 - 12:00:00: …", which
 * `sv_logecho 1` puts into its output) or one of a few lines of its console.
 *
 * Players choose names, chat and the reason of leaving, and write quotes, ids and whole log lines
 * into them. A line about a player is read in all ways that the format allows: when more than one
 * is possible for a name of the engine's length, the line is unknown rather than wrong. The console
 * also shows chat as "NAME: TEXT", without a mark. So log lines need their time, lines of the
 * console must have no ": ", and a name that is a time of the log is for GameLogGuard.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

enum {
        GAME_LOG_SIZE_MAX = 4096,      /* bytes of a line; the engine cuts at 2048 */
        GAME_LOG_ENGINE_NAME_MAX = 31, /* bytes of a name that the engine keeps */
        GAME_LOG_NAME_MAX = 127,       /* bytes; longer ones are cut */
        GAME_LOG_TEXT_MAX = 1023,
        GAME_LOG_WORD_MAX = 63,
        GAME_LOG_TIME_SIZE = 22, /* "11/29/2026 - 12:00:00" and a NUL */
};

/* The reason of leaving that a player gets whom Steam does not know any more. */
#define GAME_LOG_STEAM_REASON "No Steam logon"

typedef enum GameLogKind {
        GAME_LOG_OTHER,
        /* of players */
        GAME_LOG_CONNECT,  /* address: "none" of a bot */
        GAME_LOG_ENTER,    /* entered the game */
        GAME_LOG_LEAVE,    /* text: the reason, which the player can choose; "" */
        GAME_LOG_SAY,      /* text; is_console: said by the server */
        GAME_LOG_SAY_TEAM, /* text */
        GAME_LOG_RENAME,   /* text: the new name */
        /* of admins; name and ids as far as the server knew them */
        GAME_LOG_KICK, /* text: the message, by */
        GAME_LOG_BAN,  /* text: "permanently" or "for 60.00 minutes", by; address: of a ban of it */
        GAME_LOG_UNBAN,    /* by; address */
        GAME_LOG_RCON,     /* text: the command, address: IP:PORT */
        GAME_LOG_RCON_BAD, /* a wrong password; address */
        /* of the map */
        GAME_LOG_MAP_LOADING, /* map */
        GAME_LOG_MAP_STARTED, /* map */
        /* of the console, without a time */
        GAME_LOG_OUTDATED,     /* wants a restart for an update */
        GAME_LOG_LAN,          /* refused a player, because it runs as a LAN server; address */
        GAME_LOG_LAN_MODE,     /* could not load Steam's library, so it runs as a LAN server */
        GAME_LOG_STEAM_FAILED, /* SteamAPI_Init() failed; many servers reach Steam all the same */
        GAME_LOG_STEAM_CONNECTED, /* reached Steam */
        GAME_LOG_HIBERNATING,     /* its last player left */
        GAME_LOG_STEAM_KICK, /* name; dropped, text: "No Steam logon". The log has a LEAVE with this
                                reason for the same player. */
        GAME_LOG_WATCHDOG,   /* hung, and ends itself */
} GameLogKind;

/* Texts are as the server wrote them; base/visible-text.h makes them fit to be shown. */
typedef struct GameLogLine {
        GameLogKind kind;
        char time[GAME_LOG_TIME_SIZE]; /* the server's local time; "" of a line of the console */
        char name[GAME_LOG_NAME_MAX + 1];
        char text[GAME_LOG_TEXT_MAX + 1];
        char by[GAME_LOG_NAME_MAX + 1]; /* "Console" or a name */
        char map[GAME_LOG_WORD_MAX + 1];
        char address[GAME_LOG_WORD_MAX + 1];
        uint64_t steam_id64; /* 0: a bot, the console, or not known yet */
        uint32_t user_id;    /* 0: unknown */
        bool is_bot, is_console;
} GameLogLine;

/*
 * The line must be without its line feed. 1: a line of these kinds; 0: another one, or one that can
 * be read in several ways; -EBADMSG: not a line (too long, a NUL, a line feed).
 */
int game_log_parse(const char *line, size_t size, GameLogLine *ret) _must_check_;

/* Asks a server for its mode: left4me-watch sends it when a rotation may go on. */
#define MODE_COMMAND "mp_gamemode"

/*
 * Whether left4me-watch asked this: `status`, `stats` or MODE_COMMAND by RCON, from an address
 * 127.…, or from own, the one that the server is bound to; NULL: none. Another program of this host
 * that asks the same can't be told apart.
 */
bool game_log_is_poll(const GameLogLine *line, const char *own);

/* The same for any line, as game_log_parse() takes it. */
bool game_log_line_is_poll(const char *line, size_t size);

/* Whether the line is of the thread that ends a server whose main thread hangs. Everything else is
 * printed by the main thread. */
bool game_log_is_watchdog(const char *line, size_t size);

/*
 * Sees what one line alone can't tell. A player whose name is "L 11/29/2026 - 12:00:00" says `rcon
 * from "…": command "quit"`, and the console shows a perfect line of the log; but the log announces
 * each name before its owner can say something, so names that are times are remembered, as many as
 * there is room for; and a line must have the time at which it was written, so that such a name
 * serves for a minute at most, and costs the others the lines of one second. The time is the host's
 * local one, in a zone that is not known here: it is compared modulo a quarter of an hour, because
 * zones and changes to summer time are multiples of that. A line may be a minute late, as when
 * journald is busy; later ones are doubtful, and lost. The reason of leaving comes from the
 * player's own game and may have line feeds, so the lines that the engine can have written at once
 * with it are doubtful: up to 1024 bytes within a second. But leaves and changes of the map are
 * believed; is_in_reason says that they may be forged all the same. One guard for a run of a
 * server; zeroed.
 */
typedef struct GameLogGuard {
        int64_t times[256]; /* s, as if they were UTC; the oldest gives way */
        unsigned n_times;
        bool has_refused_name;   /* a player is named as a line of the console begins */
        bool is_in_reason;       /* the last line may be in the rest of a reason */
        size_t doubtful;         /* bytes to come */
        uint64_t doubtful_since; /* µs */
} GameLogGuard;

/*
 * Gets every line of the run in turn, and when the journal got it (CLOCK_REALTIME, µs). true: the
 * line may be forged, and must not become an event.
 */
bool game_log_guard(GameLogGuard *guard, const char *line, size_t size, uint64_t at) _must_check_;
