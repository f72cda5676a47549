/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/charts-model.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "base/time-text.h"
#include "view/model.h"

#define HOUR (3600 * USEC_PER_SEC)

const ChartRange chart_ranges[CHART_RANGES] = {
        { "1h", N_("1 hour"), HOUR, 60 },
        { "24h", N_("24 hours"), 24 * HOUR, 144 },
        { "7d", N_("7 days"), 7 * 24 * HOUR, CHART_POINTS_MAX },
};

const ChartRange *chart_range_find(const char *name) {
        for (size_t i = 0; name && i < CHART_RANGES; i++)
                if (strcmp(chart_ranges[i].name, name) == 0)
                        return &chart_ranges[i];
        return &chart_ranges[0];
}

static const char *metric_label(LiveMetric metric) {
        static const char *const labels[N_LIVE_METRICS] = {
                [LIVE_PLAYERS] = N_("Players"), [LIVE_FPS] = N_("Server FPS"),
                [LIVE_CPU] = N_("CPU"),         [LIVE_MEMORY] = N_("Memory"),
                [LIVE_IN] = N_("Network in"),   [LIVE_OUT] = N_("Network out"),
        };

        return _(labels[metric]);
}

static bool is_bytes(LiveMetric metric) {
        return metric == LIVE_MEMORY || metric == LIVE_IN || metric == LIVE_OUT;
}

/* --- for people ---------------------------------------------------------------------------------
 */

void chart_value_format(LiveMetric metric, double value, char ret[static CHART_TEXT_MAX]) {
        _cleanup_json_ sd_json_variant *size = NULL;

        ret[0] = '\0';
        if (!is_bytes(metric))
                (void) snprintf(
                        ret, CHART_TEXT_MAX, metric == LIVE_CPU ? "%.1f %%" : "%.1f", value);
        else if (model_size((uint64_t) value, &size) >= 0)
                (void) snprintf(
                        ret, CHART_TEXT_MAX, metric == LIVE_MEMORY ? "%s" : "%s/s",
                        json_text(size, "text"));
}

static int append_total(LiveMetric metric, const LiveRange *range, sd_json_variant **list) {
        char min[CHART_TEXT_MAX], mean[CHART_TEXT_MAX], max[CHART_TEXT_MAX];

        chart_value_format(metric, range->min, min);
        chart_value_format(metric, range->mean, mean);
        chart_value_format(metric, range->max, max);
        return sd_json_variant_append_arraybo(
                list, SD_JSON_BUILD_PAIR_STRING("metric", live_metric_name(metric)),
                SD_JSON_BUILD_PAIR_STRING("label", metric_label(metric)),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_measured", range->n > 0),
                SD_JSON_BUILD_PAIR_STRING("min_text", range->n > 0 ? min : NULL),
                SD_JSON_BUILD_PAIR_STRING("mean_text", range->n > 0 ? mean : NULL),
                SD_JSON_BUILD_PAIR_STRING("max_text", range->n > 0 ? max : NULL));
}

int chart_totals_build(const LivePoint *total, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *list = NULL;

        for (size_t i = 0; i < N_LIVE_METRICS; i++) {
                int r = append_total((LiveMetric) i, &total->of[i], &list);

                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(list);
        return 0;
}

/* --- for scripts --------------------------------------------------------------------------------
 */

/* Integers, because sd-json writes each other number with 17 digits. */
static unsigned scale_of(LiveMetric metric) {
        return is_bytes(metric) ? 1 : 100;
}

static double value_of(const LiveRange *range, size_t which) {
        return which == 0 ? range->min : which == 1 ? range->mean : range->max;
}

static int build_values(
        const LiveSeries *series, LiveMetric metric, size_t which, sd_json_variant **ret) {
        sd_json_variant *items[CHART_POINTS_MAX];
        size_t n = 0;
        int r = 0;

        for (; n < series->n_points && n < CHART_POINTS_MAX; n++) {
                const LiveRange *range = &series->points[n].of[metric];

                if (range->n == 0)
                        r = sd_json_variant_new_null(&items[n]);
                else
                        r = sd_json_variant_new_unsigned(
                                &items[n],
                                (uint64_t) (value_of(range, which) * scale_of(metric) + 0.5));
                if (r < 0)
                        break;
        }
        if (r >= 0)
                r = sd_json_variant_new_array(ret, items, n);
        /* sd_json_variant_unref_many() would free the array too. */
        for (size_t i = 0; i < n; i++)
                sd_json_variant_unref(items[i]);
        return r;
}

static int append_metric(const LiveSeries *series, LiveMetric metric, sd_json_variant **list) {
        sd_json_variant *values[3] = {};
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(values); i++)
                r = build_values(series, metric, i, &values[i]);
        if (r >= 0)
                r = sd_json_variant_append_arraybo(
                        list, SD_JSON_BUILD_PAIR_STRING("metric", live_metric_name(metric)),
                        SD_JSON_BUILD_PAIR_UNSIGNED("scale", scale_of(metric)),
                        SD_JSON_BUILD_PAIR_VARIANT("min", values[0]),
                        SD_JSON_BUILD_PAIR_VARIANT("mean", values[1]),
                        SD_JSON_BUILD_PAIR_VARIANT("max", values[2]));
        for (size_t i = 0; i < ELEMENTSOF(values); i++)
                sd_json_variant_unref(values[i]);
        return r;
}

int chart_series_build(const LiveSeries *series, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *list = NULL;

        for (size_t i = 0; i < N_LIVE_METRICS; i++) {
                int r = append_metric(series, (LiveMetric) i, &list);

                if (r < 0)
                        return r;
        }
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_UNSIGNED("since_usec", series->since),
                SD_JSON_BUILD_PAIR_UNSIGNED("step_usec", series->step),
                SD_JSON_BUILD_PAIR_VARIANT("metrics", list));
}
