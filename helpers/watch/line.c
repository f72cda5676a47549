/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One line of a server: what it says about the run, and the events it becomes. */

#include "watch/watch.h"

#include <string.h>

#include "base/log.h"
#include "base/time-text.h"
#include "query/command-secret.h"
#include "systemd/unit-ports.h"

#define WRITE_PAUSE USEC_PER_SEC

/* A server that reaches Steam does so within seconds after its library has complained. */
#define STEAM_TIME (20 * USEC_PER_SEC)

/* A line being handled. */
typedef struct Line {
        Watched *watched;
        const GameLogLine *parsed;
        uint64_t at;
        const char *cursor; /* NULL: an earlier line of the run, which makes no events */
} Line;

/* --- events -------------------------------------------------------------------------------------
 */

#define COPY(from, to) live_text((from), strnlen((from), sizeof(from)), (to), sizeof(to))

/* An empty text is none. Without memory the event has none. */
static char *visible_copy(const char *text) {
        char visible[LIVE_EVENT_TEXT_MAX + 1];

        live_text(text, strlen(text), visible, sizeof(visible));
        return visible[0] != '\0' ? strdup(visible) : NULL;
}

static void write_event(const Line *line, LiveEventKind kind, char *text) {
        const GameLogLine *parsed = line->parsed;
        LiveEvent event = {
                .kind = kind,
                .at = line->at,
                .steam_id64 = parsed->steam_id64,
                .text = text,
        };

        COPY(parsed->name, event.player);
        COPY(parsed->map, event.map);
        COPY(parsed->address, event.address);
        if (line->cursor)
                watched_event(line->watched, &event, line->cursor);
        else
                live_event_clear(&event);
}

#define EMPTY_COMMAND "\"\""

static void take_rcon(const Line *line) {
        const Console *console = line->watched->console;
        const GameLogLine *parsed = line->parsed;
        char command[COMMAND_SHOWN_MAX], *text;

        /* They would drown all others. */
        if (game_log_is_poll(parsed, console ? console->address : NULL))
                return;
        command_hide_secrets(parsed->text, strlen(parsed->text), command);
        /* One without a text is a wrong password. */
        text = strdup(command[0] != '\0' ? command : EMPTY_COMMAND);
        if (text)
                write_event(line, LIVE_RCON, text);
}

static void take_chat(const Line *line) {
        GameLogLine named = *line->parsed;
        Line other = *line;

        if (named.is_console) {
                (void) snprintf(named.name, sizeof(named.name), "%s", "Console");
                other.parsed = &named;
        }
        write_event(&other, LIVE_CHAT, visible_copy(named.text));
}

/* Bots come and go with every map. */
static void take_player(const Line *line, LiveEventKind kind) {
        if (!line->parsed->is_bot)
                write_event(line, kind, visible_copy(line->parsed->text));
}

/* --- the run ------------------------------------------------------------------------------------
 */

/* When the line of the present run was printed, CLOCK_MONOTONIC in µs. It may be older than now:
 * the journal was read late, or again. false: before this boot, or in another run. */
static bool printed_at(const Watched *watched, uint64_t at, uint64_t *ret) {
        uint64_t now = now_realtime(), mono = now_monotonic();
        uint64_t age = now > at ? now - at : 0;

        if (!watched->state || age >= mono ||
            strcmp(watched->log.invocation_id, watched->state->invocation_id) != 0)
                return false;
        *ret = mono - age;
        return true;
}

/* Even a line that is forged by a player shows that the server does something. */
static void take_life(Watched *watched, const char *text, size_t size, uint64_t at) {
        uint64_t printed;

        if (!game_log_is_watchdog(text, size) && printed_at(watched, at, &printed))
                health_printed(&watched->health, printed);
}

static void suspend_health(const Line *line) {
        Watched *watched = line->watched;
        HealthLimits limits;
        uint64_t printed;

        watch_limits(watched->watch, &limits);
        if (!printed_at(watched, line->at, &printed) ||
            now_monotonic() - printed >= limits.hang_after)
                return;
        if (!health_map_changes(&watched->health, printed))
                return;
        watched->state->health = watched->health.health;
        watched->state->health_since = line->at;
        watched_write(watched);
}

static void end_map(const Line *line) {
        RunLog *log = &line->watched->log;
        GameLogLine ended = {};
        Line other = *line;

        if (log->map[0] == '\0')
                return;
        (void) snprintf(ended.map, sizeof(ended.map), "%s", log->map);
        log->map[0] = '\0';
        other.parsed = &ended;
        write_event(&other, LIVE_MAP_END, NULL);
}

static void take_map_loading(const Line *line) {
        end_map(line);
        suspend_health(line);
}

static void take_map_started(const Line *line) {
        RunLog *log = &line->watched->log;

        end_map(line);
        COPY(line->parsed->map, log->map);
        log->map_since = line->at;
        write_event(line, LIVE_MAP_START, NULL);
        if (line->cursor)
                watched_poll_soon(line->watched);
}

/* The state shows these at once. But it is not written for each of a thousand lines: the next poll
 * does that, which is soon. */
static void write_state(const Line *line) {
        Watched *watched = line->watched;

        if (!line->cursor || !watched->state)
                return;
        if (now_monotonic() - watched->written_at >= WRITE_PAUSE)
                watched_write(watched);
        else
                watched_poll_soon(watched);
}

static void take_lan_mode(const Line *line) {
        RunLog *log = &line->watched->log;

        if (log->is_lan)
                return;
        log->is_lan = true;
        write_event(line, LIVE_LAN, NULL);
        write_state(line);
}

static void take_lan(const Line *line) {
        line->watched->log.lan_refusals++;
        take_lan_mode(line);
        write_state(line);
}

static void take_steam_failed(const Line *line) {
        RunLog *log = &line->watched->log;

        if (!log->has_steam && log->steam_failed == 0)
                log->steam_failed = now_monotonic();
}

static void take_steam_connected(const Line *line) {
        RunLog *log = &line->watched->log;

        log->has_steam = true;
        log->steam_failed = 0;
        if (!log->is_lan)
                return;
        log->is_lan = false;
        write_state(line);
}

/* The last watcher has taken the line at which it ended. */
static bool is_taken(const Line *line) {
        const char *last = line->watched->watch->resume.cursor;

        return !line->cursor || (last && strcmp(line->cursor, last) == 0);
}

/* The game says so again and again. */
static void take_outdated(const Line *line) {
        RunLog *log = &line->watched->log;

        if (log->needs_update)
                return;
        log->needs_update = true;
        if (!is_taken(line))
                watched_needs_update(line->watched, line->at);
        write_state(line);
}

static void tell_kick(const Line *line) {
        if (!is_taken(line))
                watched_kicked(
                        line->watched, line->parsed, line->at,
                        line->watched->log.guard.is_in_reason);
}

static void take_steam_kick(const Line *line) {
        tell_kick(line);
        write_event(line, LIVE_STEAM_KICK, NULL);
        write_state(line);
}

static void wake(const Line *line) {
        if (line->cursor)
                watched_poll_soon(line->watched);
}

static void take_joined(const Line *line) {
        take_player(line, LIVE_JOIN);
        wake(line);
}

static void take_left(const Line *line) {
        if (strcmp(line->parsed->text, GAME_LOG_STEAM_REASON) == 0)
                tell_kick(line);
        take_player(line, LIVE_LEAVE);
        wake(line);
}

static void take_kick(const Line *line) {
        write_event(line, LIVE_KICK, visible_copy(line->parsed->text));
}

static void take_ban(const Line *line) {
        write_event(line, LIVE_BAN, visible_copy(line->parsed->text));
}

static void take_unban(const Line *line) {
        write_event(line, LIVE_UNBAN, NULL);
}

static void take_rcon_bad(const Line *line) {
        write_event(line, LIVE_RCON, NULL);
}

static void take_watchdog(const Line *line) {
        write_event(line, LIVE_HANG, NULL);
}

static void (*const handlers[])(const Line *line) = {
        [GAME_LOG_CONNECT] = wake,
        [GAME_LOG_ENTER] = take_joined,
        [GAME_LOG_LEAVE] = take_left,
        [GAME_LOG_SAY] = take_chat,
        [GAME_LOG_SAY_TEAM] = take_chat,
        [GAME_LOG_KICK] = take_kick,
        [GAME_LOG_BAN] = take_ban,
        [GAME_LOG_UNBAN] = take_unban,
        [GAME_LOG_RCON] = take_rcon,
        [GAME_LOG_RCON_BAD] = take_rcon_bad,
        [GAME_LOG_MAP_LOADING] = take_map_loading,
        [GAME_LOG_MAP_STARTED] = take_map_started,
        [GAME_LOG_OUTDATED] = take_outdated,
        [GAME_LOG_LAN] = take_lan,
        [GAME_LOG_LAN_MODE] = take_lan_mode,
        [GAME_LOG_STEAM_FAILED] = take_steam_failed,
        [GAME_LOG_STEAM_CONNECTED] = take_steam_connected,
        [GAME_LOG_HIBERNATING] = wake,
        [GAME_LOG_STEAM_KICK] = take_steam_kick,
        [GAME_LOG_WATCHDOG] = take_watchdog,
};

void watched_take_line(
        Watched *watched, const char *text, size_t size, uint64_t at, const char *cursor) {
        static GameLogLine parsed;
        const Line line = { watched, &parsed, at, cursor };
        /* Each line of the run, also those that are not parsed. */
        bool is_doubtful = game_log_guard(&watched->log.guard, text, size, at);

        watched->log_used = now_monotonic();
        take_life(watched, text, size, at);
        if (is_doubtful || game_log_parse(text, size, &parsed) <= 0)
                return;
        if ((size_t) parsed.kind < ELEMENTSOF(handlers) && handlers[parsed.kind])
                handlers[parsed.kind](&line);
}

void watched_check_steam(Watched *watched) {
        RunLog *log = &watched->log;
        LiveEvent event = { .kind = LIVE_LAN };

        if (log->is_lan || log->steam_failed == 0 ||
            now_monotonic() < log->steam_failed + STEAM_TIME ||
            strcmp(log->invocation_id, watched->state->invocation_id) != 0)
                return;
        log->is_lan = true;
        if (!watched->was_lan)
                watched_event(watched, &event, NULL);
        watched->was_lan = true;
}
