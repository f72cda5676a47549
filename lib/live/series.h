/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Samples over time, as points at equal distances, for charts and tables. A point keeps the
 * smallest and the largest value beside the mean, so that a spike of a minute stays visible in a
 * chart of a week; a point without samples stays empty, so that a chart shows a gap and not a line
 * over it. Nothing here touches the journal: live/samples.h reads it.
 */

#include "live/sample.h"

typedef enum LiveMetric {
        LIVE_PLAYERS,
        LIVE_FPS,
        LIVE_CPU,    /* percent of one core */
        LIVE_MEMORY, /* bytes */
        LIVE_IN,     /* bytes a second */
        LIVE_OUT,
        N_LIVE_METRICS,
} LiveMetric;

const char *live_metric_name(LiveMetric metric); /* "players", "fps", … */

typedef struct LiveRange {
        uint64_t n; /* answers it is from; 0: not measured, then the rest has no meaning */
        double min, mean, max;
} LiveRange;

typedef struct LivePoint {
        LiveRange of[N_LIVE_METRICS];
} LivePoint;

typedef struct LiveSeries {
        uint64_t since, step; /* CLOCK_REALTIME in µs: point i is about since + i × step, … */
        LivePoint *points;
        size_t n_points;
        LivePoint total; /* of all points */
} LiveSeries;

enum { LIVE_POINTS_MAX = 2000 };

/*
 * Makes empty points over a time, which grows to whole multiples of a point's length: samples that
 * begin at whole minutes then never fall on two points. -EINVAL: no points, more than
 * LIVE_POINTS_MAX, or shorter than a minute each; -ENOMEM.
 */
int live_series_new(uint64_t since, uint64_t until, size_t n_points, LiveSeries *ret) _must_check_;
void live_series_clear(LiveSeries *series);

/* The coarsest level whose intervals are not longer than a point. */
LiveLevel live_series_level(const LiveSeries *series);

/* Adds one server's sample about an interval of the level that began then. A time outside of the
 * series is passed over. */
void live_series_add(LiveSeries *series, LiveLevel level, uint64_t at, const LiveSample *sample);

/* Adds a sample to a point whose time doesn't matter. */
void live_point_add(LivePoint *sum, const LiveSample *sample);

/*
 * Servers together, in one interval: players, CPU, memory and traffic are added up, and FPS is the
 * mean. Their largest values need not be of one moment, so the sum's largest value is its mean.
 */
void live_point_add_server(LivePoint *sum, const LiveSample *sample);
void live_series_add_point(LiveSeries *series, LiveLevel level, uint64_t at, const LivePoint *sum);
