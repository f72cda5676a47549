/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Points of charts: which samples they hold, their spikes and their gaps. */

#include <criterion/criterion.h>

#include "live/series.h"

#define MINUTE UINT64_C(60000000)
#define HOUR   (60 * MINUTE)

/* A whole hour. */
static const uint64_t noon = 496956 * HOUR;

static LiveSample sample(double humans, double fps) {
        LiveSample one = {
                .name = "1",
                .n = 6,
                .n_looks = 6,
                .humans = humans,
                .humans_max = (uint32_t) humans,
                .slots = 8,
                .has_stats = true,
                .fps = fps,
                .fps_min = fps,
                .has_cpu = true,
                .cpu_percent = 10,
                .cpu_max = 20,
                .in_bytes_per_sec = 100,
                .out_bytes_per_sec = 300,
                .memory_bytes = 1000,
                .tasks = 14,
        };
        return one;
}

Test(live_series, has_whole_steps_and_ends_now) {
        LiveSeries series;

        cr_assert_eq(live_series_new(noon - HOUR + 5, noon + 5, 60, &series), 0);
        cr_expect_eq(series.step, MINUTE);
        cr_expect_eq(series.since, noon - 59 * MINUTE);
        cr_expect_eq(live_series_level(&series), LIVE_LEVEL_MINUTE);
        live_series_clear(&series);

        cr_assert_eq(live_series_new(noon - 24 * HOUR, noon, 144, &series), 0);
        cr_expect_eq(series.step, 10 * MINUTE);
        cr_expect_eq(series.since, noon - 24 * HOUR);
        cr_expect_eq(live_series_level(&series), LIVE_LEVEL_TEN_MINUTES);
        live_series_clear(&series);
}

Test(live_series, refuses_points_without_length) {
        LiveSeries series;

        cr_expect_eq(live_series_new(noon, noon, 60, &series), -EINVAL);
        cr_expect_eq(live_series_new(noon, noon - 1, 60, &series), -EINVAL);
        cr_expect_eq(live_series_new(noon - HOUR, noon, 61, &series), -EINVAL);
        cr_expect_eq(live_series_new(noon - HOUR, noon, 0, &series), -EINVAL);
        cr_expect_eq(live_series_new(0, noon, LIVE_POINTS_MAX + 1, &series), -EINVAL);
        cr_expect_eq(live_series_new(0, 2 * MINUTE, 3, &series), -EINVAL);
}

Test(live_series, keeps_a_spike_and_a_gap) {
        LiveSample quiet = sample(1, 30), spike = sample(8, 3);
        LiveSeries series;

        cr_assert_eq(live_series_new(noon - 7 * 24 * HOUR, noon, 168, &series), 0);
        for (size_t i = 0; i < 6; i++)
                live_series_add(
                        &series, LIVE_LEVEL_TEN_MINUTES, noon - 2 * HOUR + i * 10 * MINUTE,
                        i == 3 ? &spike : &quiet);
        cr_expect_eq(series.points[165].of[LIVE_PLAYERS].n, 0);
        cr_expect_eq(series.points[166].of[LIVE_PLAYERS].n, 36);
        cr_expect_eq(series.points[167].of[LIVE_PLAYERS].n, 0);
        cr_expect_float_eq(series.points[166].of[LIVE_PLAYERS].mean, 13.0 / 6, 1e-9);
        cr_expect_float_eq(series.points[166].of[LIVE_PLAYERS].max, 8, 1e-9);
        cr_expect_float_eq(series.points[166].of[LIVE_FPS].min, 3, 1e-9);
        cr_expect_float_eq(series.total.of[LIVE_CPU].max, 20, 1e-9);
        live_series_clear(&series);
}

Test(live_series, passes_over_other_times) {
        LiveSample one = sample(1, 30);
        LiveSeries series;

        cr_assert_eq(live_series_new(noon - HOUR, noon, 60, &series), 0);
        live_series_add(&series, LIVE_LEVEL_MINUTE, 0, &one);
        live_series_add(&series, LIVE_LEVEL_MINUTE, UINT64_MAX, &one);
        live_series_add(&series, LIVE_LEVEL_MINUTE, noon - HOUR - MINUTE, &one);
        live_series_add(&series, LIVE_LEVEL_MINUTE, noon, &one);
        cr_expect_eq(series.total.of[LIVE_PLAYERS].n, 0);
        live_series_add(&series, LIVE_LEVEL_MINUTE, noon - MINUTE, &one);
        live_series_add(&series, LIVE_LEVEL_MINUTE, noon - HOUR, &one);
        cr_expect_eq(series.total.of[LIVE_PLAYERS].n, 12);
        live_series_clear(&series);
}

/* A writer that is some seconds late doesn't leave one point empty and fill the next one twice. */
Test(live_series, takes_a_sample_by_its_middle) {
        LiveSample one = sample(1, 30);
        LiveSeries series;

        cr_assert_eq(live_series_new(noon - HOUR, noon, 60, &series), 0);
        for (size_t i = 0; i < 60; i++)
                live_series_add(
                        &series, LIVE_LEVEL_MINUTE,
                        noon - HOUR + i * MINUTE + (i % 2 ? MINUTE / 4 : 0) -
                                (i % 3 ? MINUTE / 5 : 0),
                        &one);
        for (size_t i = 0; i < 60; i++)
                cr_expect_eq(series.points[i].of[LIVE_PLAYERS].n, 6, "%zu", i);
        live_series_clear(&series);
}

/* A server that hangs at 100 % has no players and no FPS, but no gap of CPU and memory either. */
Test(live_series, has_cpu_and_memory_of_a_server_that_does_not_answer) {
        const LiveSample one = {
                .name = "1",
                .n_looks = 6,
                .has_cpu = true,
                .cpu_percent = 100,
                .cpu_max = 101,
                .memory_bytes = 1000,
        };
        LiveSeries series;
        LivePoint all = {};

        cr_assert_eq(live_series_new(noon - HOUR, noon, 60, &series), 0);
        live_series_add(&series, LIVE_LEVEL_MINUTE, noon - MINUTE, &one);
        cr_expect_eq(series.total.of[LIVE_PLAYERS].n, 0);
        cr_expect_eq(series.total.of[LIVE_FPS].n, 0);
        cr_expect_eq(series.total.of[LIVE_IN].n, 0);
        cr_expect_eq(series.total.of[LIVE_CPU].n, 6);
        cr_expect_float_eq(series.total.of[LIVE_CPU].mean, 100, 1e-9);
        cr_expect_float_eq(series.total.of[LIVE_CPU].max, 101, 1e-9);
        cr_expect_eq(series.total.of[LIVE_MEMORY].n, 6);
        live_series_clear(&series);
        live_point_add_server(&all, &one);
        live_point_add_server(&all, &one);
        cr_expect_float_eq(all.of[LIVE_CPU].mean, 200, 1e-9);
        cr_expect_eq(all.of[LIVE_PLAYERS].n, 0);
}

Test(live_series, has_no_values_of_what_was_not_measured) {
        LiveSample one = { .name = "1", .n = 6, .n_looks = 6, .memory_bytes = UINT64_MAX };
        LiveSeries series;

        cr_assert_eq(live_series_new(noon - HOUR, noon, 60, &series), 0);
        live_series_add(&series, LIVE_LEVEL_MINUTE, noon - MINUTE, &one);
        cr_expect_eq(series.total.of[LIVE_PLAYERS].n, 6);
        cr_expect_eq(series.total.of[LIVE_FPS].n, 0);
        cr_expect_eq(series.total.of[LIVE_MEMORY].n, 0);
        live_series_clear(&series);
}

Test(live_series, adds_servers_up) {
        LiveSample a = sample(3, 30), b = sample(5, 20),
                   c = { .name = "3", .n = 6, .memory_bytes = UINT64_MAX };
        LivePoint sum = {};

        live_point_add_server(&sum, &a);
        live_point_add_server(&sum, &b);
        live_point_add_server(&sum, &c);
        cr_expect_float_eq(sum.of[LIVE_PLAYERS].mean, 8, 1e-9);
        cr_expect_eq(sum.of[LIVE_PLAYERS].n, 6);
        cr_expect_float_eq(sum.of[LIVE_FPS].mean, 25, 1e-9);
        cr_expect_float_eq(sum.of[LIVE_FPS].min, 20, 1e-9);
        cr_expect_float_eq(sum.of[LIVE_CPU].mean, 20, 1e-9);
        cr_expect_float_eq(sum.of[LIVE_MEMORY].mean, 2000, 1e-9);
        cr_expect_float_eq(sum.of[LIVE_OUT].mean, 600, 1e-9);
}
