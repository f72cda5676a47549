/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Asks a server: `status` and `stats` by RCON, and where that fails A2S. All of it without waiting,
 * within a time limit and a number of rounds, because a hostile server answers byte by byte, or
 * sends whatever it likes for as long as it is listened to.
 */

#include "watch/watch.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/log.h"
#include "base/time-text.h"
#include "live/age.h"
#include "query/a2s-status.h"
#include "systemd/unit-ports.h"

enum {
        ROUNDS_MAX = 60, /* of one poll; an answer of a full server comes in a few */
        ROUNDS_WITHOUT_PAUSE = 20,
        HIBERNATION_FACTOR = LIVE_SLOW_POLLS, /* readers allow for it */
        AUTH_PAUSE_FACTOR = 6,
};

#define ANSWER_TIME  (5 * USEC_PER_SEC)
#define A2S_TIME     (3 * USEC_PER_SEC)
#define FIRST_SPREAD (2 * USEC_PER_SEC)
#define SOON         USEC_PER_SEC
#define LATE         USEC_PER_SEC
/* After the first rounds, so that a server that sends without end has its share only. */
#define ROUND_PAUSE (USEC_PER_SEC / 10)

static void step(Watched *watched);
static void step_failed(Watched *watched, int error);

/* --- when ---------------------------------------------------------------------------------------
 */

static uint64_t random_below(uint64_t limit) {
        return limit > 0 ? (uint64_t) random() % limit : 0;
}

static uint64_t interval_of(const Watched *watched) {
        uint64_t interval = watched->watch->config->watch_interval_sec * USEC_PER_SEC;
        const LiveState *state = watched->state;

        if (state->health == LIVE_OK && state->status.is_hibernating)
                return HIBERNATION_FACTOR * interval;
        /* One that sends nonsense is asked less and less often. */
        return interval * (watched->n_broken < HIBERNATION_FACTOR ? watched->n_broken + 1
                                                                  : HIBERNATION_FACTOR);
}

static int on_poll(sd_event_source *source, uint64_t now, void *userdata);

static void poll_after(Watched *watched, uint64_t usec) {
        int r = 0;

        if (!watched->poll_timer)
                r = sd_event_add_time_relative(
                        watched->watch->event, &watched->poll_timer, CLOCK_MONOTONIC, usec, 0,
                        on_poll, watched);
        else
                r = sd_event_source_set_time_relative(watched->poll_timer, usec);
        if (r >= 0)
                r = sd_event_source_set_enabled(watched->poll_timer, SD_EVENT_ONESHOT);
        if (r < 0)
                (void) log_error_errno(r, "Failed to set a timer for '%s'", watched->name);
}

/* Spread over time: fifty servers that started at boot are not all asked at once. */
static void poll_again(Watched *watched) {
        uint64_t interval = interval_of(watched);

        poll_after(watched, interval - interval / 10 + random_below(interval / 5));
}

void watched_poll_soon(Watched *watched) {
        uint64_t due;

        if (!watched->poll_timer || watched->step != POLL_IDLE ||
            sd_event_source_get_time(watched->poll_timer, &due) < 0)
                return;
        if (due > now_monotonic() + SOON)
                poll_after(watched, SOON);
}

/* --- one poll -----------------------------------------------------------------------------------
 */

static void forget_sources(Watched *watched) {
        watched->io = sd_event_source_disable_unref(watched->io);
        watched->limit = sd_event_source_disable_unref(watched->limit);
}

static void finish(Watched *watched) {
        forget_sources(watched);
        watched->step = POLL_IDLE;
        poll_again(watched);
}

static void fail(Watched *watched) {
        watched->a2s = a2s_free(watched->a2s);
        watched_failed(watched);
        finish(watched);
}

/* A server that was bound to one address answers there alone. */
static int open_a2s(Watched *watched) {
        uint16_t port = watched->unit.tree_port;
        char address[INET_ADDRSTRLEN];

        game_address(port, address);
        return a2s_new(address, port, &watched->a2s);
}

static void begin_a2s(Watched *watched, A2sQuery query, PollStep next) {
        uint64_t deadline = now_monotonic() + A2S_TIME;
        int r = 0;

        forget_sources(watched);
        watched->n_rounds = 0;
        if (!watched->a2s)
                r = open_a2s(watched);
        if (r >= 0)
                r = a2s_begin(watched->a2s, query, deadline);
        if (r < 0) {
                fail(watched);
                return;
        }
        watched->step = next;
        step(watched);
}

/* RCON did not work, for this reason. */
static void fall_back(Watched *watched, int error) {
        watched->rcon_error = error;
        if (watched->console)
                console_note(watched->console, error);
        /* Never again, until the spec or the run changes: the game would ban this host. */
        if (error == -EACCES)
                watched->console = console_free(watched->console);
        watched->n_broken = error == -EBADMSG || error == -EFBIG ? watched->n_broken + 1 : 0;
        if (watched->unit.tree_port > 0)
                begin_a2s(watched, A2S_INFO, POLL_A2S_INFO);
        else
                fail(watched);
}

/* When this process itself was kept from running, an answer may be waiting to be read: once, the
 * server gets a moment more. due: CLOCK_MONOTONIC, µs. */
static int on_limit(sd_event_source *source, uint64_t due, void *userdata) {
        Watched *watched = userdata;

        if (!watched->was_late && now_monotonic() - due > LATE &&
            sd_event_source_set_time_relative(source, LATE) >= 0 &&
            sd_event_source_set_enabled(source, SD_EVENT_ONESHOT) >= 0)
                watched->was_late = true;
        else
                step_failed(watched, -ETIMEDOUT);
        return 0;
}

static void begin_rcon(Watched *watched, const char *command, PollStep next) {
        int r;

        forget_sources(watched);
        watched->was_late = false;
        r = rcon_begin(watched->console->rcon, command, next != POLL_ROTATE);
        if (r >= 0)
                r = sd_event_add_time_relative(
                        watched->watch->event, &watched->limit, CLOCK_MONOTONIC, ANSWER_TIME, 0,
                        on_limit, watched);
        if (r < 0) {
                fall_back(watched, r);
                return;
        }
        watched->step = next;
        step(watched);
}

static int on_poll(sd_event_source *source _unused_, uint64_t now _unused_, void *userdata) {
        Watched *watched = userdata;

        watched->n_rounds = 0;
        watched->asked_at = now_monotonic();
        watched_read_spec(watched);
        if (watched->console &&
            console_may_begin(watched->console, AUTH_PAUSE_FACTOR * interval_of(watched)))
                begin_rcon(watched, "status", POLL_STATUS);
        else
                fall_back(watched, watched->rcon_error);
        return 0;
}

/* --- answers ------------------------------------------------------------------------------------
 */

static void take_status(Watched *watched) {
        static ServerStatus status;
        const char *text;
        size_t size;

        text = rcon_answer(watched->console->rcon, &size);
        if (status_parse(text, size, &status) < 0) {
                fall_back(watched, -EBADMSG);
                return;
        }
        live_status_copy(&status, &watched->state->status);
        begin_rcon(watched, "stats", POLL_STATS);
}

static void take_stats(Watched *watched) {
        ServerStats stats;
        const char *text;
        size_t size;
        bool is_good;

        text = rcon_answer(watched->console->rcon, &size);
        console_note(watched->console, 0);
        is_good = stats_parse(text, size, &stats) >= 0;
        watched->rcon_error = 0;
        watched->n_broken = 0;
        watched_answered(watched, LIVE_SOURCE_RCON, is_good ? &stats : NULL);
        if (watched->console && watched_rotation_is_due(watched)) {
                begin_rcon(watched, MODE_COMMAND, POLL_MODE);
                return;
        }
        finish(watched);
        if (watched->played_step == PLAYED_LOOK_AGAIN)
                watched_poll_soon(watched);
}

static void take_mode(Watched *watched) {
        char command[WATCH_COMMAND_MAX];
        const char *text;
        size_t size;

        text = rcon_answer(watched->console->rcon, &size);
        console_note(watched->console, 0);
        if (watched_rotate(watched, text, size, command) > 0)
                begin_rcon(watched, command, POLL_ROTATE);
        else
                finish(watched);
}

static void take_info(Watched *watched) {
        const uint8_t *data;
        size_t size;

        data = a2s_answer(watched->a2s, &size);
        if (a2s_info_parse(data, size, &watched->info) < 0)
                fail(watched);
        else
                begin_a2s(watched, A2S_PLAYERS, POLL_A2S_PLAYERS);
}

/* players: NULL when the server does not tell them. */
static void answered_by_a2s(Watched *watched, const A2sPlayers *players) {
        static ServerStatus status;

        a2s_to_status(&watched->info, players, &status);
        live_status_copy(&status, &watched->state->status);
        watched_answered(watched, LIVE_SOURCE_A2S, NULL);
        finish(watched);
}

static void take_players(Watched *watched) {
        static A2sPlayers players;
        const uint8_t *data;
        size_t size;

        data = a2s_answer(watched->a2s, &size);
        answered_by_a2s(watched, a2s_players_parse(data, size, &players) < 0 ? NULL : &players);
}

/* --- steps --------------------------------------------------------------------------------------
 */

static bool is_a2s(const Watched *watched) {
        return watched->step == POLL_A2S_INFO || watched->step == POLL_A2S_PLAYERS;
}

static int on_io(
        sd_event_source *source _unused_, int fd _unused_, uint32_t events _unused_,
        void *userdata) {
        step(userdata);
        return 0;
}

static int on_time(sd_event_source *source _unused_, uint64_t now _unused_, void *userdata) {
        step(userdata);
        return 0;
}

static uint32_t epoll_events(short events) {
        return (events & POLLIN ? (uint32_t) EPOLLIN : 0) |
               (events & POLLOUT ? (uint32_t) EPOLLOUT : 0);
}

static int wait_a2s(Watched *watched) {
        sd_event *event = watched->watch->event;
        int r;

        watched->limit = sd_event_source_disable_unref(watched->limit);
        r = sd_event_add_time(
                event, &watched->limit, CLOCK_MONOTONIC, a2s_wakeup(watched->a2s), 0, on_time,
                watched);
        return r < 0 ? r
                     : sd_event_add_io(
                               event, &watched->io, a2s_fd(watched->a2s),
                               epoll_events(a2s_events(watched->a2s)), on_io, watched);
}

static int wait_rcon(Watched *watched) {
        const Rcon *rcon = watched->console->rcon;
        sd_event *event = watched->watch->event;

        if (watched->n_rounds > ROUNDS_WITHOUT_PAUSE)
                return sd_event_add_time_relative(
                        event, &watched->io, CLOCK_MONOTONIC, ROUND_PAUSE, 0, on_time, watched);
        return sd_event_add_io(
                event, &watched->io, rcon_fd(rcon), epoll_events(rcon_events(rcon)), on_io,
                watched);
}

static void step_failed(Watched *watched, int error) {
        if (watched->step == POLL_A2S_PLAYERS) {
                /* It may be busy with this query still. */
                watched->a2s = a2s_free(watched->a2s);
                answered_by_a2s(watched, NULL);
        } else if (
                (watched->step == POLL_MODE || watched->step == POLL_ROTATE) && error != -EACCES) {
                /* A server may answer after the map is loaded; the next poll shows it, or asks for
                 * the mode again. */
                if (watched->console)
                        console_note(watched->console, error);
                finish(watched);
        } else if (is_a2s(watched))
                fail(watched);
        else
                fall_back(watched, error);
}

static void step_done(Watched *watched) {
        switch (watched->step) {
        case POLL_STATUS:
                take_status(watched);
                break;
        case POLL_STATS:
                take_stats(watched);
                break;
        case POLL_MODE:
                take_mode(watched);
                break;
        case POLL_ROTATE:
                finish(watched);
                break;
        case POLL_A2S_INFO:
                take_info(watched);
                break;
        case POLL_A2S_PLAYERS:
                take_players(watched);
                break;
        case POLL_IDLE:
                break;
        }
}

static void step(Watched *watched) {
        int r;

        /* The client may open another descriptor of the same number, which epoll would confuse. */
        watched->io = sd_event_source_disable_unref(watched->io);
        if (is_a2s(watched))
                r = a2s_step(watched->a2s);
        else
                r = watched->console ? rcon_step(watched->console->rcon) : -ENOTCONN;
        if (r == 0 && ++watched->n_rounds > ROUNDS_MAX) {
                r = -EBADMSG;
                if (!is_a2s(watched))
                        rcon_close(watched->console->rcon);
        }
        if (r == 0) {
                r = is_a2s(watched) ? wait_a2s(watched) : wait_rcon(watched);
                if (r >= 0)
                        return;
        }
        if (r < 0)
                step_failed(watched, r);
        else
                step_done(watched);
}

/* --- beginning and ending -----------------------------------------------------------------------
 */

void watched_poll_start(Watched *watched) {
        watched->step = POLL_IDLE;
        watched->n_broken = 0;
        watched->rcon_error = -ENOKEY;
        watched->said_error = 0;
        watched->may_ask = true;
        poll_after(watched, random_below(FIRST_SPREAD));
}

void watched_poll_stop(Watched *watched) {
        forget_sources(watched);
        watched->poll_timer = sd_event_source_disable_unref(watched->poll_timer);
        watched->console = console_free(watched->console);
        watched->a2s = a2s_free(watched->a2s);
        watched->step = POLL_IDLE;
}
