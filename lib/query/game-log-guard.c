/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <time.h>

#include "base/time-text.h"
#include "query/game-log-time.h"
#include "query/game-log.h"
#include "query/piece.h"

enum {
        ENTRY_MAX = 1024,             /* bytes that the engine writes at once */
        ENTRY_USEC = 1 * 1000 * 1000, /* longer than it takes until they are in the journal */

        /* Seconds. journald may take a line late; a clock that is set back makes it early. */
        LATE_MAX = 60,
        EARLY_MAX = 5,
        QUARTER = 15 * 60, /* zones, and changes to summer time, are multiples of this */
        ZONE_MAX = 15 * 3600,
};

/* --- times --------------------------------------------------------------------------------------
 */

static int number_at(Piece time, size_t i) {
        return 10 * (time.text[i] - '0') + (time.text[i + 1] - '0');
}

/* "11/29/2026 - 12:00:00" as seconds, as if it were UTC. false: not a time of any clock. */
static bool read_seconds(Piece time, int64_t *ret) {
        struct tm tm = {
                .tm_mon = number_at(time, 0) - 1,
                .tm_mday = number_at(time, 3),
                .tm_year = 100 * number_at(time, 6) + number_at(time, 8) - 1900,
                .tm_hour = number_at(time, 13),
                .tm_min = number_at(time, 16),
                .tm_sec = number_at(time, 19),
        };

        if (tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
            tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
                return false;
        *ret = timegm(&tm);
        return true;
}

/* Whether the server's clock, in any zone, can have shown this time when the line was written. */
static bool is_present(int64_t seconds, uint64_t at) {
        int64_t late = (int64_t) (at / USEC_PER_SEC) - seconds;

        if (late > ZONE_MAX || late < -ZONE_MAX)
                return false;
        late = (late % QUARTER + QUARTER) % QUARTER;
        return late <= LATE_MAX || late >= QUARTER - EARLY_MAX;
}

/* --- names --------------------------------------------------------------------------------------
 */

static bool was_a_name(const GameLogGuard *guard, int64_t seconds) {
        for (size_t i = 0; i < ELEMENTSOF(guard->times) && i < guard->n_times; i++)
                if (guard->times[i] == seconds)
                        return true;
        return false;
}

/* Once: else two players could fill the table with a few names. */
static void remember(GameLogGuard *guard, Piece time) {
        int64_t seconds;

        if (read_seconds(time, &seconds) && !was_a_name(guard, seconds))
                guard->times[guard->n_times++ % ELEMENTSOF(guard->times)] = seconds;
}

/* A name, up to its end by "<" or by a quote. */
static void check_name(GameLogGuard *guard, Piece name) {
        Piece time;

        if (piece_starts_with(name, GAME_LOG_REFUSED_NAME "<") ||
            piece_starts_with(name, GAME_LOG_REFUSED_NAME "\""))
                guard->has_refused_name = true;
        if (game_log_take_time(&name, &time))
                remember(guard, time);
}

static bool is_chat(Piece line) {
        GameLogLine parsed = {};

        return game_log_parse(line.text, line.size, &parsed) > 0 &&
               (parsed.kind == GAME_LOG_SAY || parsed.kind == GAME_LOG_SAY_TEAM);
}

/* body: of the line, behind its time. A name that a player only says is none. */
static void check_names(GameLogGuard *guard, Piece line, Piece body) {
        static const char rename[] = "\" changed name to \"";
        const char *p;

        if (piece_skip_prefix(&body, "\""))
                check_name(guard, body);
        if (!piece_contains(body, rename) || is_chat(line))
                return;
        while ((p = memmem(body.text, body.size, rename, strlen(rename)))) {
                piece_skip(&body, (size_t) (p - body.text) + strlen(rename));
                check_name(guard, body);
        }
}

/* --- reasons ------------------------------------------------------------------------------------
 */

/* Whether the line has the form of one with a reason. */
static bool may_have_reason(Piece line) {
        return piece_contains(line, ">\" disconnected (reason \"") ||
               (piece_starts_with(line, "Dropped ") && piece_contains(line, " from server ("));
}

/* Whether the line ends with a text that a player's own game sent, which may go on on more lines.
 * Its end can't be seen: the player may write it, too. */
static bool has_reason(Piece line, const GameLogLine *parsed) {
        return !parsed->is_bot && may_have_reason(line) &&
               (parsed->kind == GAME_LOG_LEAVE || parsed->kind == GAME_LOG_OTHER ||
                parsed->kind == GAME_LOG_STEAM_KICK);
}

/* When a map ends, these come at once, and forged they do little harm. */
static bool is_harmless(GameLogKind kind) {
        return kind == GAME_LOG_LEAVE || kind == GAME_LOG_STEAM_KICK ||
               kind == GAME_LOG_MAP_LOADING || kind == GAME_LOG_MAP_STARTED ||
               kind == GAME_LOG_HIBERNATING;
}

/* Whether it may be in the rest of a reason. */
static bool check_reason(GameLogGuard *guard, Piece line, uint64_t at) {
        GameLogLine parsed = {};
        bool is_doubtful;

        if (at > guard->doubtful_since + ENTRY_USEC)
                guard->doubtful = 0;
        is_doubtful = guard->is_in_reason = guard->doubtful > 0;
        guard->doubtful -= line.size < guard->doubtful ? line.size + 1 : guard->doubtful;

        /* Most lines need not be read for this. */
        if (!is_doubtful && !may_have_reason(line))
                return false;
        (void) !game_log_parse(line.text, line.size, &parsed);
        if (has_reason(line, &parsed)) {
                guard->doubtful = ENTRY_MAX;
                guard->doubtful_since = at;
        }
        return is_doubtful && !is_harmless(parsed.kind);
}

bool game_log_guard(GameLogGuard *guard, const char *line, size_t size, uint64_t at) {
        const Piece whole = { line, size };
        bool is_doubtful = check_reason(guard, whole, at);
        Piece rest = whole, time;
        int64_t seconds;

        if (piece_starts_with(rest, GAME_LOG_REFUSAL))
                return is_doubtful || guard->has_refused_name;
        if (!game_log_take_time(&rest, &time) || !piece_skip_prefix(&rest, ": "))
                return is_doubtful;
        if (!read_seconds(time, &seconds) || !is_present(seconds, at))
                return true;
        if (was_a_name(guard, seconds))
                is_doubtful = true;
        /* Also of a doubtful line: a player may take a name at such a time. */
        check_names(guard, whole, rest);
        return is_doubtful;
}
