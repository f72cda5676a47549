/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Watches the games of all servers that run: asks each by RCON for its players and its speed, reads
 * what it prints, and tells by files, journal entries and events (lib/live) what it learned. It
 * changes nothing on a server but for what its spec wants: with `on_hang: restart`, one that hangs
 * is restarted by systemd, and with a `rotation` it sends the command for the next map.
 *
 * Exit status: 0 stopped by a signal, 1 failed and said why.
 */

#include "watch/watch.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <systemd/sd-daemon.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "base/timer.h"
#include "common/host-config.h"

enum { WATCHED_MAX = 4096 };

#define SLOW_AFTER  (30 * USEC_PER_SEC)
#define START_TIME  (300 * USEC_PER_SEC)
#define FORGET_TIME (600 * USEC_PER_SEC)

/* --- the table ----------------------------------------------------------------------------------
 */

Watched *watch_find(Watch *w, const char *name) {
        for (size_t i = 0; i < w->n_items; i++)
                if (strcmp(w->items[i]->name, name) == 0)
                        return w->items[i];
        return NULL;
}

Watched *watch_add(Watch *w, const char *name) {
        Watched *watched = watch_find(w, name), **items;

        if (watched)
                return watched;
        if (w->n_items >= WATCHED_MAX)
                return NULL;
        items = reallocarray(w->items, w->n_items + 1, sizeof(Watched *));
        if (!items)
                return NULL;
        w->items = items;
        watched = calloc(1, sizeof(*watched));
        if (!watched)
                return NULL;
        watched->watch = w;
        (void) snprintf(watched->name, sizeof(watched->name), "%s", name);
        unit_names(name, &watched->units);
        watched->tick_rate = TICK_RATE_DEFAULT;
        items[w->n_items++] = watched;
        return watched;
}

static void watched_free(Watched *watched) {
        watched_poll_stop(watched);
        watched_forget_traffic(watched);
        unit_fetch_free(watched->fetch);
        unit_state_clear(&watched->unit);
        free(watched->state);
        free(watched);
}

/* Servers that do not run, when nothing about them is left to be written. */
static void forget_stopped(Watch *w) {
        uint64_t now = now_monotonic();
        size_t n = 0;

        for (size_t i = 0; i < w->n_items; i++) {
                Watched *watched = w->items[i];

                if (watched->is_running || watched->fetch || watched->wants_fetch ||
                    watched->ten_minutes.n > 0 || watched->minute.n > 0 ||
                    watched->budget.n_out > 0 || now - watched->log_used < FORGET_TIME)
                        w->items[n++] = watched;
                else
                        watched_free(watched);
        }
        w->n_items = n;
}

void watch_limits(const Watch *w, HealthLimits *ret) {
        *ret = (HealthLimits) {
                .hang_after = w->config->hang_after_sec * USEC_PER_SEC,
                .slow_after = SLOW_AFTER,
                .start_time = START_TIME,
        };
}

/* --- runs ---------------------------------------------------------------------------------------
 */

/* From the file of an earlier watcher, when it is about this run. */
static void take_over_state(Watched *watched) {
        _cleanup_free_ LiveState *earlier = NULL;
        LiveState *state = watched->state;

        if (live_state_read(watched->watch->paths, watched->name, &earlier) < 0 ||
            !live_state_is_of(earlier, state->invocation_id))
                return;
        *state = *earlier;
        watched->hang_restarts = state->hang_restarts;
        /* The clock may have been set back since. */
        live_state_move(state, 0, now_realtime());
        watched_restore_played(watched);
        watched->health.health = state->health;
        watched->health.has_answered = state->source == LIVE_SOURCE_RCON;
        watched->health.is_slow = state->is_slow;
        watched->was_hung = state->health == LIVE_HUNG;
        if (state->at > 0 && state->tick_rate > 0) { /* with an answer it is not the default */
                watched->tick_rate = state->tick_rate;
                watched->has_tick_rate = true;
        }
}

static void begin_log(Watched *watched) {
        JournalPosition next = *journal_tail_position(watched->watch->tail);

        if (strcmp(watched->log.invocation_id, watched->state->invocation_id) == 0)
                return;
        next.number++;
        watched_log_begin(watched, watched->state->invocation_id, &next);
}

void watched_start(Watched *watched, UnitState *unit) {
        LiveState *state = calloc(1, sizeof(*state));

        if (!state) {
                (void) log_error_errno(-ENOMEM, "Failed to watch '%s'", watched->name);
                return;
        }
        unit_state_clear(&watched->unit);
        watched->unit = *unit;
        *unit = (UnitState) {};
        watched->state = state;
        watched->is_running = true;
        (void) snprintf(
                state->invocation_id, sizeof(state->invocation_id), "%s",
                watched->unit.invocation_id);
        state->health_since = now_realtime();
        state->memory_bytes = state->tasks = UINT64_MAX;
        state->ip_in_bytes = state->ip_out_bytes = UINT64_MAX;
        state->cpu_percent = -1;
        watched->health = (Health) { .started = now_monotonic() };
        watched->was_hung = false;
        watched->usage_at = 0;
        watched_forget_traffic(watched);
        watched->tick_rate = TICK_RATE_DEFAULT;
        watched->has_tick_rate = false;
        watched->played = (Played) {};
        take_over_state(watched);
        begin_log(watched);
        /* The lines that say so may be passed again only later. */
        watched->was_lan = state->is_lan;
        watched->log.is_lan = watched->log.is_lan || (state->is_lan && !watched->log.has_steam);
        watched->log.needs_update = watched->log.needs_update || state->needs_update;
        watched_check_steam(watched);
        watched_poll_start(watched);
        watched_write(watched);
}

void watched_stop(Watched *watched) {
        int r;

        watched_poll_stop(watched);
        watched_forget_traffic(watched);
        watched->is_running = false;
        free(TAKE_PTR(watched->state));
        unit_state_clear(&watched->unit);
        watched->log_used = now_monotonic();
        r = live_state_remove(watched->watch->states_fd, watched->name);
        if (r < 0)
                (void) log_error_errno(r, "Failed to remove the state of '%s'", watched->name);
}

void watched_write(Watched *watched) {
        LiveState *state = watched->state;
        int r;

        state->written = now_realtime();
        watched->written_at = now_monotonic();
        state->hang_restarts = watched->hang_restarts;
        state->lan_refusals = watched->log.lan_refusals;
        state->is_lan = watched->log.is_lan;
        state->needs_update = watched->log.needs_update;
        if (state->tick_rate == 0)
                state->tick_rate = watched->tick_rate;
        r = live_state_write(watched->watch->states_fd, watched->name, state);
        if (r < 0)
                (void) log_error_errno(r, "Failed to write the state of '%s'", watched->name);
}

/* The name of a file of states without its suffix; false: another file. */
static bool name_of_file(const char *file, char ret[static INSTANCE_NAME_MAX + 1]) {
        size_t length = strlen(file), n = length - strlen(".json");

        if (length <= strlen(".json") || n > INSTANCE_NAME_MAX || strcmp(file + n, ".json") != 0)
                return false;
        memcpy(ret, file, n);
        ret[n] = '\0';
        return instance_name_is_valid(ret);
}

/* States that an earlier watcher left, of servers that stopped meanwhile. */
static int remove_old_states(Watch *w) {
        _cleanup_(closedirp) DIR *dir = open_listing(w->states_fd);
        char name[INSTANCE_NAME_MAX + 1];
        const struct dirent *entry;
        int r;

        if (!dir)
                return -errno;
        while ((r = next_entry(dir, &entry)) > 0) {
                const Watched *watched;

                if (!name_of_file(entry->d_name, name))
                        continue;
                watched = watch_find(w, name);
                if (!watched || !watched->is_running)
                        r = live_state_remove(w->states_fd, name);
                if (r < 0)
                        break;
        }
        return r;
}

void watch_servers_known(Watch *w) {
        int r;

        if (w->is_known)
                return;
        w->is_known = true;
        r = remove_old_states(w);
        if (r < 0)
                (void) log_error_errno(r, "Failed to remove states in %s", w->paths->watch_dir);
        watch_log_settled(w);
}

/* --- time ---------------------------------------------------------------------------------------
 */

#define USEC_PER_MINUTE (60 * USEC_PER_SEC)

/* µs until the next minute. Not a time of the clock: that may be set back. */
static uint64_t until_next_minute(void) {
        return USEC_PER_MINUTE - now_realtime() % USEC_PER_MINUTE;
}

static size_t count_running(const Watch *w) {
        size_t n = 0;

        for (size_t i = 0; i < w->n_items; i++)
                n += w->items[i]->is_running;
        return n;
}

static int on_minute(sd_event_source *source, uint64_t now _unused_, void *userdata) {
        Watch *w = userdata;
        int r;

        watch_sample_minute(w);
        for (size_t i = 0; i < w->n_items; i++)
                watched_say_left_out(w->items[i]);
        forget_stopped(w);
        r = watch_log_save(w);
        if (r < 0)
                (void) log_error_errno(r, "Failed to write %s", CURSOR_FILE);
        (void) sd_notifyf(0, "WATCHDOG=1\nSTATUS=Watching %zu servers", count_running(w));
        return timer_start(source, until_next_minute());
}

/* --- beginning ----------------------------------------------------------------------------------
 */

void watch_reload_config(Watch *w) {
        HostConfig *config = NULL;

        if (host_config_use(w->paths, &config) < 0)
                return;
        host_config_free(w->config);
        w->config = config;
        w->specs.config = config;
}

static int open_directories(Watch *w) {
        const char *store = secure_getenv("STATE_DIRECTORY");
        int r;

        w->states_fd = open(w->paths->watch_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (w->states_fd < 0)
                return log_error_errno(-errno, "Failed to open %s", w->paths->watch_dir);
        if (store) {
                w->store_fd = open(store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (w->store_fd < 0)
                        return log_error_errno(-errno, "Failed to open %s", store);
        }
        r = spec_context_open(w->paths, w->config, &w->specs);
        return r < 0 ? log_error_errno(r, "Failed to open %s", w->paths->instances_dir) : 0;
}

static int open_events(Watch *w) {
        int r;

        r = sd_event_new(&w->event);
        if (r >= 0)
                r = sd_event_add_signal(
                        w->event, NULL, SIGTERM | SD_EVENT_SIGNAL_PROCMASK, NULL, NULL);
        if (r >= 0)
                r = sd_event_add_signal(
                        w->event, NULL, SIGINT | SD_EVENT_SIGNAL_PROCMASK, NULL, NULL);
        if (r >= 0)
                r = sd_event_add_time_relative(
                        w->event, &w->minute_timer, CLOCK_MONOTONIC, until_next_minute(), 0,
                        on_minute, w);
        return r < 0 ? log_error_errno(r, "Failed to make an event loop") : 0;
}

static int run(Watch *w) {
        int r;

        r = open_directories(w);
        if (r >= 0)
                r = open_events(w);
        if (r < 0)
                return r;
        r = watch_clock_open(w);
        if (r < 0)
                return log_error_errno(r, "Failed to watch the clock");
        r = watch_log_open(w);
        if (r < 0)
                return log_error_errno(r, "Failed to read the journal");
        watch_sample_begin(w);
        watch_bus_open(w);
        (void) sd_notify(0, "READY=1");
        r = sd_event_loop(w->event);
        if (r < 0)
                return log_error_errno(r, "Failed to run the event loop");
        r = watch_log_save(w);
        return r < 0 ? log_error_errno(r, "Failed to write %s", CURSOR_FILE) : 0;
}

static void watch_done(Watch *w) {
        watch_log_close(w);
        for (size_t i = 0; i < w->n_items; i++)
                watched_free(w->items[i]);
        free(w->items);
        watch_players_done(w);
        w->minute_timer = sd_event_source_disable_unref(w->minute_timer);
        watch_bus_close(w);
        watch_clock_close(w);
        sd_event_unref(w->event);
        if (w->specs.paths)
                spec_context_close(&w->specs);
        (void) safe_close(w->states_fd);
        (void) safe_close(w->store_fd);
        host_config_free(w->config);
}

static void seed(void) {
        unsigned value = (unsigned) now_monotonic();

        (void) !getrandom(&value, sizeof(value), 0);
        srandom(value);
}

int main(void) {
        _cleanup_(paths_freep) Paths *paths = NULL;
        _cleanup_(watch_done)
                Watch w = { .states_fd = -EBADF, .store_fd = -EBADF, .clock_fd = -EBADF };
        int r;

        text_setup();
        log_setup("left4me-watch", LOG_TARGET_STDERR);
        seed();
        r = paths_from_environment(&paths);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to use LEFT4ME_ROOT");
                return EXIT_FAILURE;
        }
        w.paths = paths;
        r = host_config_use(paths, &w.config);
        if (r >= 0)
                r = run(&w);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
