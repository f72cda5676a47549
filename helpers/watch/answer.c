/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The result of a poll: the state, its health, samples and the events that follow from them. */

#include "watch/watch.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "base/time-text.h"

static void set_health(Watched *watched, bool has_changed) {
        LiveState *state = watched->state;

        state->health = watched->health.health;
        if (!has_changed)
                return;
        state->health_since = now_realtime();
        if (state->health == LIVE_HUNG)
                watched_hangs(watched);
        else if (state->health == LIVE_OK && watched->was_hung)
                watched_recovered(watched);
}

/* Processor time as a percentage of one core since the last look; negative: unknown. */
static double measure_cpu(const Watched *watched, const CgroupUsage *now, uint64_t now_usec) {
        const CgroupUsage *last = &watched->usage;

        if (last->cpu_nsec == UINT64_MAX || now->cpu_nsec == UINT64_MAX ||
            now->cpu_nsec < last->cpu_nsec || watched->usage_at == 0 ||
            now_usec - watched->usage_at < USEC_PER_SEC / 10)
                return -1;
        return (double) (now->cpu_nsec - last->cpu_nsec) / 10 /
               (double) (now_usec - watched->usage_at);
}

/* The control group knows better than the game what it uses, where the host counts it, and also
 * while the game does not answer. said: what `stats` says of the processor; negative: nothing. */
static void take_usage(Watched *watched, double said) {
        LiveState *state = watched->state;
        uint64_t now = now_monotonic();
        CgroupUsage usage;
        double cpu;

        cgroup_usage_read(watched->unit.control_group, &usage);
        cpu = measure_cpu(watched, &usage, now);
        state->cpu_percent = cpu >= 0 ? cpu : said;
        state->memory_bytes = usage.memory_bytes;
        state->tasks = usage.tasks;
        watched->usage = usage;
        watched->usage_at = now;
        watched_ask_traffic(watched);
}

/* The server can print any number. */
static double sane(double value) {
        return isfinite(value) && value >= 0 ? (value < 1e12 ? value : 1e12) : 0;
}

static void take_stats(Watched *watched, const ServerStats *stats) {
        LiveState *state = watched->state;
        LiveEvent event = { .kind = LIVE_SLOW };
        HealthLimits limits;

        state->has_stats = stats != NULL;
        if (!stats)
                return;
        state->fps = sane(stats->fps);
        state->in_bytes_per_sec = sane(stats->in_bytes_per_sec);
        state->out_bytes_per_sec = sane(stats->out_bytes_per_sec);
        watch_limits(watched->watch, &limits);
        /* One without players may sleep between frames. */
        if (state->status.is_hibernating || status_is_empty(&state->status)) {
                watched->health.fps_since = 0;
                return;
        }
        if (!health_take_fps(
                    &watched->health, &limits, state->fps, state->tick_rate, now_monotonic()))
                return;
        if (!watched->health.is_slow)
                event.kind = LIVE_FAST;
        else if (asprintf(&event.text, "%.0f of %u", state->fps, state->tick_rate) < 0)
                event.text = NULL;
        watched_event(watched, &event, NULL);
}

/* Since when it has this map, and has been empty. */
static void take_times(Watched *watched, uint64_t now) {
        LiveState *state = watched->state;
        bool is_empty = status_is_empty(&state->status);

        if (!is_empty)
                state->empty_since = 0;
        else if (state->empty_since == 0)
                state->empty_since = now;
        if (watched->log.map_since > 0)
                state->map_since = watched->log.map_since;
}

/* Once for each reason; a server that starts may take its time. */
static void say_error(Watched *watched) {
        int error = watched->rcon_error;

        if (error == watched->said_error ||
            (watched->health.health == LIVE_STARTING && error == -ECONNREFUSED))
                return;
        watched->said_error = error;
        if (error < 0 && error != -ENOKEY)
                log_warning(
                        "Failed to ask '%s' by RCON: %s", watched->name,
                        console_error_message(error));
}

void watched_answered(Watched *watched, LiveSource source, const ServerStats *stats) {
        LiveState *state = watched->state;
        uint64_t now = now_realtime();

        state->at = now;
        state->source = source;
        state->rcon_error = live_rcon_error(watched->rcon_error);
        state->tick_rate = watched->tick_rate;
        take_times(watched, now);
        set_health(watched, health_answered(&watched->health, source));
        say_error(watched);
        watched_check_steam(watched);
        take_stats(watched, stats);
        take_usage(watched, stats ? sane(stats->cpu_percent) : -1);
        state->is_slow = watched->health.is_slow;
        if (source == LIVE_SOURCE_RCON) {
                watched_check_kicks(watched);
                watched_see_players(watched);
        }
        watched_add_sample(watched, true);
        watched_write(watched);
        watched_note_players(watched);
}

void watched_failed(Watched *watched) {
        LiveState *state = watched->state;
        HealthLimits limits;

        watch_limits(watched->watch, &limits);
        state->rcon_error = live_rcon_error(watched->rcon_error);
        take_usage(watched, -1);
        set_health(
                watched,
                health_failed(&watched->health, &limits, watched->rcon_error, now_monotonic()));
        say_error(watched);
        watched_check_steam(watched);
        watched_add_sample(watched, false);
        watched_write(watched);
}
