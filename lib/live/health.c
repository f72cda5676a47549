/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "live/health.h"

#include <string.h>
#include <strings.h>

static bool change(Health *health, LiveHealth to) {
        bool changed = health->health != to;

        health->health = to;
        return changed;
}

static void forget_failures(Health *health) {
        health->first_failure = 0;
        health->n_failures = 0;
}

bool health_answered(Health *health, LiveSource source) {
        forget_failures(health);
        if (source == LIVE_SOURCE_RCON)
                health->has_answered = true;
        return change(health, LIVE_OK);
}

static bool loads_map(const Health *health, const HealthLimits *limits, uint64_t now) {
        return health->map_change > 0 && now - health->map_change < limits->hang_after;
}

/* Without a time limit that passed, nothing tells that it hangs. */
static LiveHealth judge_error(
        const Health *health, const HealthLimits *limits, int error, uint64_t now) {
        if (error == -EACCES)
                return LIVE_UNKNOWN;
        if (health->health == LIVE_STARTING && now - health->started < limits->start_time)
                return LIVE_STARTING;
        return error == -ENOKEY ? LIVE_UNKNOWN : LIVE_SILENT;
}

static LiveHealth judge_silence(const Health *health, const HealthLimits *limits, uint64_t now) {
        if (health->has_answered && health->n_failures >= HEALTH_FAILURES_MIN &&
            now - health->first_failure > limits->hang_after)
                return LIVE_HUNG;
        if (health->health == LIVE_HUNG)
                return LIVE_HUNG;
        if (health->health == LIVE_STARTING && now - health->started < limits->start_time)
                return LIVE_STARTING;
        return LIVE_SILENT;
}

bool health_failed(Health *health, const HealthLimits *limits, int rcon_error, uint64_t now) {
        if (rcon_error != -ETIMEDOUT) {
                /* A server that refuses or ends a connection does something. */
                forget_failures(health);
                if (rcon_error == -ECONNREFUSED && loads_map(health, limits, now))
                        return change(health, LIVE_CHANGING_MAP);
                return change(health, judge_error(health, limits, rcon_error, now));
        }
        if (loads_map(health, limits, now)) {
                forget_failures(health);
                return change(health, LIVE_CHANGING_MAP);
        }
        if (health->n_failures++ == 0)
                health->first_failure = now;
        return change(health, judge_silence(health, limits, now));
}

bool health_map_changes(Health *health, uint64_t now) {
        health->map_change = now;
        health->fps_since = 0;
        forget_failures(health);
        /* The first map is part of the start; and a hung server is not believed to load one before
         * it answers. */
        if (health->health == LIVE_STARTING || health->health == LIVE_HUNG)
                return false;
        return change(health, LIVE_CHANGING_MAP);
}

void health_printed(Health *health, uint64_t now) {
        if (health->first_failure > 0 && now > health->first_failure)
                forget_failures(health);
}

/* FPS swing by some percent around the tick rate; between the two limits nothing changes. */
static bool is_opposite(const Health *health, double fps, uint32_t tick_rate) {
        return health->is_slow ? fps >= 0.95 * tick_rate : fps < 0.9 * tick_rate;
}

bool health_take_fps(
        Health *health, const HealthLimits *limits, double fps, uint32_t tick_rate, uint64_t now) {
        if (loads_map(health, limits, now) || !is_opposite(health, fps, tick_rate)) {
                health->fps_since = 0;
                return false;
        }
        if (health->fps_since == 0)
                health->fps_since = now;
        if (now - health->fps_since < limits->slow_after)
                return false;
        health->fps_since = 0;
        health->is_slow = !health->is_slow;
        return true;
}

/* A number, up to a blank or the end. */
static bool parse_rate(const char *text, uint32_t *ret) {
        uint32_t rate = 0;
        size_t n = 0;

        text += strspn(text, " =");
        for (; text[n] >= '0' && text[n] <= '9'; n++) {
                rate = 10 * rate + (uint32_t) (text[n] - '0');
                if (rate > TICK_RATE_MAX)
                        return false;
        }
        if (n == 0 || rate == 0 || (text[n] != '\0' && text[n] != ' '))
                return false;
        *ret = rate;
        return true;
}

uint32_t tick_rate_of(char *const *arguments) {
        static const char option[] = "-tickrate";
        uint32_t rate = TICK_RATE_DEFAULT;

        for (; arguments && *arguments; arguments++) {
                const char *rest = *arguments + strlen(option);

                if (strncasecmp(*arguments, option, strlen(option)) != 0)
                        continue;
                if (*rest == '\0' && arguments[1])
                        (void) parse_rate(arguments[1], &rate);
                else if (*rest == ' ' || *rest == '=')
                        (void) parse_rate(rest, &rate);
        }
        return rate;
}
