/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The times that charts are about, and their numbers for people and for scripts. */

#include <systemd/sd-json.h>

#include "live/series.h"

typedef struct ChartRange {
        const char *name, *label; /* "7d"; the label is translated by the caller */
        uint64_t usec;
        size_t n_points;
} ChartRange;

enum { CHART_RANGES = 3, CHART_POINTS_MAX = 168, CHART_TEXT_MAX = 64 };
extern const ChartRange chart_ranges[CHART_RANGES];

/* The range of this name; the shortest one for NULL and for an unknown one. */
const ChartRange *chart_range_find(const char *name);

/* Writes a value of a metric as people read it: "3.5", "12.5 %", "700.0 MiB", "1.2 KiB/s". */
void chart_value_format(LiveMetric metric, double value, char ret[static CHART_TEXT_MAX]);

/* [{metric, label, is_measured, min_text, mean_text, max_text}], one for each metric. */
int chart_totals_build(const LivePoint *total, sd_json_variant **ret) _must_check_;

/*
 * {since_usec, step_usec, metrics: [{metric, scale, min, mean, max}]}: each of the three a list of
 * integers, or nulls where nothing was measured; a value is the integer divided by scale.
 */
int chart_series_build(const LiveSeries *series, sd_json_variant **ret) _must_check_;
