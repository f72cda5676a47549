/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Writes metrics as text for Prometheus: its own format, or OpenMetrics for a client that asks for
 * it. The two differ in the name that a counter's description has, and in the end. This module
 * knows no metric.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/cleanup.h"

typedef enum MetricType {
        METRIC_GAUGE,
        METRIC_COUNTER, /* its values are written as NAME_total */
} MetricType;

typedef struct Metrics {
        FILE *f;
        bool is_open; /* OpenMetrics */
        /* The family that is being written: */
        const char *name, *help;
        MetricType type;
        bool is_begun;
} Metrics;

typedef struct MetricLabel {
        const char *name, *value; /* the value is any UTF-8; NULL: the label is left out */
} MetricLabel;

/* The next values are this family's. The description comes with its first value: a family without
 * any is left out. All three are literals; a counter's name has no "_total". */
void metrics_family(Metrics *metrics, const char *name, MetricType type, const char *help);

/* One value. labels ends with a name that is NULL, and may be NULL. */
void metrics_value(Metrics *metrics, const MetricLabel *labels, double value);

/* After the last family. 0; -ENOMEM. */
int metrics_end(Metrics *metrics) _must_check_;

/* Whether a client with this Accept header, or NULL, takes OpenMetrics. */
bool metrics_wants_open(const char *accept);

/* The type of the format that is written; static storage. */
const char *metrics_content_type(const Metrics *metrics);
