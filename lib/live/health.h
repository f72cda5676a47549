/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tells from the results of polls whether a running server hangs or is slow, and errs on the side
 * of "it does not": a map that loads, a refused password or a second of silence does not count.
 * Only a server that has answered by RCON before, and then lets several polls in a row run into
 * their time limit without printing a line, hangs. Pure: times are CLOCK_MONOTONIC in µs and come
 * from the caller.
 */

#include <stdbool.h>
#include <stdint.h>

#include "live/state.h"

typedef struct HealthLimits {
        uint64_t hang_after; /* of failures in a row; also how long a map may take to load */
        uint64_t slow_after; /* of FPS below the tick rate */
        uint64_t start_time; /* that a server may need for its first answer */
} HealthLimits;

enum { HEALTH_FAILURES_MIN = 3 }; /* a hang has more than two failures, however far apart */

/* One run of a server; zeroed but for started. */
typedef struct Health {
        LiveHealth health;
        uint64_t started;
        bool has_answered;      /* by RCON */
        uint64_t first_failure; /* of those in a row; 0: the last poll was answered */
        unsigned n_failures;
        uint64_t map_change; /* when the log last said that a map is loaded; 0: never */
        bool is_slow;
        uint64_t fps_since; /* since when FPS say the opposite of is_slow; 0: they don't */
} Health;

/* Each returns whether the health changed. */
bool health_answered(Health *health, LiveSource source);
bool health_failed(Health *health, const HealthLimits *limits, int rcon_error, uint64_t now);
bool health_map_changes(Health *health, uint64_t now);

/* It printed a line then, other than those of game_log_is_watchdog(): failures before that were not
 * of a hang, as when a stranger uses up all connections to its RCON. One that was called hung
 * stays so until it answers. */
void health_printed(Health *health, uint64_t now);

/* Takes the FPS of an answer; returns whether is_slow changed. A server that hibernates, or has
 * just loaded a map, is not judged. */
bool health_take_fps(
        Health *health, const HealthLimits *limits, double fps, uint32_t tick_rate, uint64_t now);

/* The tick rate that a command line asks for with -tickrate, else the game's. */
enum { TICK_RATE_DEFAULT = 30, TICK_RATE_MAX = 1000 };
uint32_t tick_rate_of(char *const *arguments);
