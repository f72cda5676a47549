/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "live/series.h"

const char *live_metric_name(LiveMetric metric) {
        static const char *const names[N_LIVE_METRICS] = {
                [LIVE_PLAYERS] = "players",     [LIVE_FPS] = "fps",
                [LIVE_CPU] = "cpu_percent",     [LIVE_MEMORY] = "memory_bytes",
                [LIVE_IN] = "in_bytes_per_sec", [LIVE_OUT] = "out_bytes_per_sec",
        };

        return names[metric];
}

/* --- ranges -------------------------------------------------------------------------------------
 */

static void range_add(LiveRange *sum, const LiveRange *other) {
        if (other->n == 0)
                return;
        if (sum->n == 0) {
                *sum = *other;
                return;
        }
        sum->min = other->min < sum->min ? other->min : sum->min;
        sum->max = other->max > sum->max ? other->max : sum->max;
        sum->mean = (sum->mean * (double) sum->n + other->mean * (double) other->n) /
                    ((double) sum->n + (double) other->n);
        sum->n += other->n;
}

static void point_add_point(LivePoint *sum, const LivePoint *other) {
        for (size_t i = 0; i < N_LIVE_METRICS; i++)
                range_add(&sum->of[i], &other->of[i]);
}

static LiveRange even(uint64_t n, double value) {
        return (LiveRange) { n, value, value, value };
}

/* A value that a sample doesn't have, as the fewest players, is its mean. */
static void point_of(const LiveSample *sample, LivePoint *ret) {
        uint64_t n = sample->n, n_stats = sample->has_stats ? n : 0;
        uint64_t n_cpu = sample->has_cpu ? sample->n_looks : 0;
        uint64_t n_memory = sample->memory_bytes == UINT64_MAX ? 0 : sample->n_looks;

        *ret = (LivePoint) { .of = {
                                     [LIVE_PLAYERS] = { n, sample->humans, sample->humans,
                                                        sample->humans_max },
                                     [LIVE_FPS] = { n_stats, sample->fps_min, sample->fps,
                                                    sample->fps },
                                     [LIVE_CPU] = { n_cpu, sample->cpu_percent, sample->cpu_percent,
                                                    sample->cpu_max },
                                     [LIVE_MEMORY] = even(n_memory, (double) sample->memory_bytes),
                                     [LIVE_IN] = even(n_stats, (double) sample->in_bytes_per_sec),
                                     [LIVE_OUT] = even(n_stats, (double) sample->out_bytes_per_sec),
                             } };
}

void live_point_add(LivePoint *sum, const LiveSample *sample) {
        LivePoint point;

        point_of(sample, &point);
        point_add_point(sum, &point);
}

void live_point_add_server(LivePoint *sum, const LiveSample *sample) {
        LivePoint point;

        point_of(sample, &point);
        for (size_t i = 0; i < N_LIVE_METRICS; i++) {
                LiveRange *to = &sum->of[i];
                const LiveRange *from = &point.of[i];

                if (i == LIVE_FPS) {
                        range_add(to, from);
                        continue;
                }
                if (from->n == 0)
                        continue;
                *to = even(from->n > to->n ? from->n : to->n, to->mean + from->mean);
        }
}

/* --- points -------------------------------------------------------------------------------------
 */

int live_series_new(uint64_t since, uint64_t until, size_t n_points, LiveSeries *ret) {
        uint64_t minute = live_level_usec(LIVE_LEVEL_MINUTE), step, begin;
        LivePoint *points;

        if (n_points == 0 || n_points > LIVE_POINTS_MAX || until <= since)
                return -EINVAL;
        step = (until - since) / n_points / minute * minute;
        if (step == 0)
                return -EINVAL;
        /* The last point is the one that the end falls on, so that the newest sample is in it. */
        begin = (until - 1) / step - (n_points - 1);
        if (begin > (until - 1) / step)
                return -EINVAL;
        points = calloc(n_points, sizeof(*points));
        if (!points)
                return -ENOMEM;

        *ret = (LiveSeries) {
                .since = begin * step,
                .step = step,
                .points = points,
                .n_points = n_points,
        };
        return 0;
}

void live_series_clear(LiveSeries *series) {
        free(series->points);
        *series = (LiveSeries) {};
}

LiveLevel live_series_level(const LiveSeries *series) {
        return series->step >= live_level_usec(LIVE_LEVEL_TEN_MINUTES) ? LIVE_LEVEL_TEN_MINUTES
                                                                       : LIVE_LEVEL_MINUTE;
}

void live_series_add_point(LiveSeries *series, LiveLevel level, uint64_t at, const LivePoint *sum) {
        uint64_t middle, i;

        /* A writer whose clock is a little off, or that began between two minutes. */
        if (__builtin_add_overflow(at, live_level_usec(level) / 2, &middle) ||
            middle < series->since)
                return;
        i = (middle - series->since) / series->step;
        if (i >= series->n_points)
                return;
        point_add_point(&series->points[i], sum);
        point_add_point(&series->total, sum);
}

void live_series_add(LiveSeries *series, LiveLevel level, uint64_t at, const LiveSample *sample) {
        LivePoint point;

        point_of(sample, &point);
        live_series_add_point(series, level, at, &point);
}
