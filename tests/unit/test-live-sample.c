/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lines of samples, and sums of them. */

#include <criterion/criterion.h>
#include <string.h>

#include "live/sample.h"

static LiveSample parse(const char *line) {
        LiveSample sample;

        cr_assert_eq(live_sample_parse(line, strlen(line), &sample), 0, "%s", line);
        return sample;
}

static void expect_line(const LiveSample *sample, const char *expected) {
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        cr_assert_not_null(f);
        cr_assert_eq(live_sample_format(f, sample), 0);
        cr_assert_eq(fclose(f), 0);
        cr_expect_str_eq(text, expected);
        free(text);
}

/* One answer of a server with stats. */
static LiveSample answer(double humans, double fps, double cpu_percent) {
        LiveSample sample = {
                .name = "1",
                .n = 1,
                .n_looks = 1,
                .humans = humans,
                .slots = 8,
                .has_stats = true,
                .fps = fps,
                .has_cpu = true,
                .cpu_percent = cpu_percent,
                .in_bytes_per_sec = 100,
                .out_bytes_per_sec = 300,
                .memory_bytes = 1000,
                .tasks = 14,
        };
        return sample;
}

Test(live_sample, reads_each_field) {
        LiveSample sample = parse(
                "versus-1 6 3.50 4 0.25 8 30.02 29.41 12.5 18.75 10240 30720 734003200 14 7\n");

        cr_expect_str_eq(sample.name, "versus-1");
        cr_expect_eq(sample.n, 6);
        cr_expect_eq(sample.n_looks, 7);
        cr_expect(sample.has_cpu);
        cr_expect_float_eq(sample.humans, 3.5, 1e-9);
        cr_expect_eq(sample.humans_max, 4);
        cr_expect_float_eq(sample.bots, 0.25, 1e-9);
        cr_expect_eq(sample.slots, 8);
        cr_expect(sample.has_stats);
        cr_expect_float_eq(sample.fps, 30.02, 1e-9);
        cr_expect_float_eq(sample.fps_min, 29.41, 1e-9);
        cr_expect_float_eq(sample.cpu_percent, 12.5, 1e-9);
        cr_expect_float_eq(sample.cpu_max, 18.75, 1e-9);
        cr_expect_eq(sample.in_bytes_per_sec, 10240);
        cr_expect_eq(sample.out_bytes_per_sec, 30720);
        cr_expect_eq(sample.memory_bytes, 734003200);
        cr_expect_eq(sample.tasks, 14);
}

Test(live_sample, knows_what_was_not_measured) {
        LiveSample sample = parse("a 6 0 0 4 4 - - - - - - - 0");

        cr_expect_not(sample.has_stats);
        cr_expect_not(sample.has_cpu);
        cr_expect_eq(sample.memory_bytes, UINT64_MAX);
        expect_line(&sample, "a 6 0.00 0 4.00 4 - - - - - - - 0 6\n");
}

Test(live_sample, accepts_fields_of_later_versions) {
        cr_expect_eq(parse("a 6 0 0 4 4 - - - - - - - 3 6 later 1.5").tasks, 3);
}

Test(live_sample, refuses_other_lines) {
        static const char *const lines[] = {
                "",
                "\n",
                "a",
                "a 6 0 0 4 4 - - - - - - -",
                "a 6 0 0 4 4 - - - 1 - - - 0",
                "a 6 0 0 4 4 - - 1 1 - 1 - 0",
                "a 6 0 0 4 4 - - - - - - - 0 5",
                "a 6 0 0 4 4 - - - - - - - 0 later",
                "a 6 0 0 4 4 1 1 1 - 1 1 - 0",
                "A 6 0 0 4 4 - - - - - - - 0",
                "../a 6 0 0 4 4 - - - - - - - 0",
                " 6 0 0 4 4 - - - - - - - 0",
                "a  6 0 0 4 4 - - - - - - - 0",
                "a -6 0 0 4 4 - - - - - - - 0",
                "a 4294967296 0 0 4 4 - - - - - - - 0",
                "a 6 nan 0 4 4 - - - - - - - 0",
                "a 6 1e9 0 4 4 - - - - - - - 0",
                "a 6 1.234 0 4 4 - - - - - - - 0",
                "a 6 1. 0 4 4 - - - - - - - 0",
                "a 6 .5 0 4 4 - - - - - - - 0",
                "a 6 99999999999999 0 4 4 - - - - - - - 0",
                "a 6 0 0 4 4 - - - - - - 1000000000000000 0",
                "a234567890123456789012345678901234 6 0 0 4 4 - - - - - - - 0",
        };

        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                LiveSample sample;

                cr_expect_eq(
                        live_sample_parse(lines[i], strlen(lines[i]), &sample), -EBADMSG, "%s",
                        lines[i]);
        }
}

Test(live_sample, one_answer_is_its_own_largest) {
        LiveSample sample = answer(3, 30, 12.5);

        expect_line(&sample, "1 1 3.00 3 0.00 8 30.00 30.00 12.50 12.50 100 300 1000 14 1\n");
}

Test(live_sample, refuses_to_write_another_name) {
        LiveSample sample = answer(0, 30, 1);
        _cleanup_fclose_ FILE *f = fopen("/dev/null", "we");

        strcpy(sample.name, "a\nb");
        cr_expect_eq(live_sample_format(f, &sample), -EINVAL);
}

Test(live_sample, writes_numbers_that_can_be_read) {
        LiveSample sample = answer(1e300, 1e300, -5);

        sample.memory_bytes = UINT64_MAX - 1;
        sample.bots = 0.0 / 0.0;
        expect_line(
                &sample,
                "1 1 4294967295.00 4294967295 0.00 8 999999999999.00 999999999999.00 0.00 0.00 100 "
                "300 999999999999999 14 1\n");
}

Test(live_sample, adds_answers) {
        LiveSample sum = {}, a = answer(1, 30, 10), b = answer(4, 20, 40), c = answer(1, 31, 10);

        live_sample_add(&sum, &a);
        live_sample_add(&sum, &b);
        live_sample_add(&sum, &c);
        expect_line(&sum, "1 3 2.00 4 0.00 8 27.00 20.00 20.00 40.00 100 300 1000 14 3\n");
}

/* A minute with more answers counts for more. */
Test(live_sample, adds_sums_by_their_answers) {
        LiveSample minutes[2] = {}, sum = {}, a = answer(8, 30, 10), b = answer(2, 10, 70);

        for (size_t i = 0; i < 3; i++)
                live_sample_add(&minutes[0], &a);
        live_sample_add(&minutes[1], &b);
        live_sample_add(&sum, &minutes[0]);
        live_sample_add(&sum, &minutes[1]);
        expect_line(&sum, "1 4 6.50 8 0.00 8 25.00 10.00 25.00 70.00 100 300 1000 14 4\n");
}

Test(live_sample, adds_answers_without_stats) {
        LiveSample sum = {},
                   silent = { .name = "1",
                              .n = 1,
                              .n_looks = 1,
                              .humans = 2,
                              .slots = 8,
                              .memory_bytes = UINT64_MAX },
                   full = answer(2, 30, 10);

        live_sample_add(&sum, &silent);
        expect_line(&sum, "1 1 2.00 2 0.00 8 - - - - - - - 0 1\n");
        live_sample_add(&sum, &full);
        expect_line(&sum, "1 2 2.00 2 0.00 8 30.00 30.00 10.00 10.00 100 300 1000 14 2\n");
        live_sample_add(&sum, &(LiveSample) {});
        cr_expect_eq(sum.n, 2);
}

/* The control group counts also while the server does not answer, or answers without stats. */
Test(live_sample, adds_looks_without_an_answer) {
        LiveSample sum = {}, full = answer(2, 30, 10),
                   silent = { .name = "1",
                              .n_looks = 1,
                              .has_cpu = true,
                              .cpu_percent = 100,
                              .memory_bytes = 5000,
                              .tasks = 15 },
                   minute = {};

        live_sample_add(&sum, &silent);
        expect_line(&sum, "1 0 0.00 0 0.00 0 - - 100.00 100.00 - - 5000 15 1\n");
        cr_expect(parse("1 0 0.00 0 0.00 0 - - 100.00 100.00 - - 5000 15 1").has_cpu);
        live_sample_add(&sum, &full);
        live_sample_add(&sum, &silent);
        expect_line(&sum, "1 1 2.00 2 0.00 8 30.00 30.00 70.00 100.00 100 300 5000 15 3\n");
        live_sample_add(&minute, &sum);
        live_sample_add(&minute, &silent);
        expect_line(&minute, "1 1 2.00 2 0.00 8 30.00 30.00 77.50 100.00 100 300 5000 15 4\n");
}

Test(live_sample, takes_as_many_looks_as_answers_from_an_earlier_version) {
        LiveSample sample = parse("a 6 0 0 4 4 30 29 12.5 18 1 1 1000 14"), sum = {};

        cr_expect_eq(sample.n_looks, 6);
        live_sample_add(&sum, &sample);
        cr_expect_eq(sum.n, 6);
        cr_expect_float_eq(sum.cpu_percent, 12.5, 1e-9);
}

static const char two[] = "a 1 0 0 4 4 - - - - - - - 0\n"
                          "wrong\n"
                          "ab 2 0 0 4 4 - - - - - - - 0\n";

Test(live_sample, lists_lines) {
        LiveSampleLines lines = { two, strlen(two) };
        LiveSample sample;

        cr_expect(live_samples_next(&lines, &sample));
        cr_expect_str_eq(sample.name, "a");
        cr_expect(live_samples_next(&lines, &sample));
        cr_expect_str_eq(sample.name, "ab");
        cr_expect_not(live_samples_next(&lines, &sample));
}

Test(live_sample, finds_a_server) {
        LiveSampleLines lines = { two, strlen(two) };
        LiveSample sample;

        cr_expect(live_samples_find(lines, "ab", &sample));
        cr_expect_eq(sample.n, 2);
        cr_expect(live_samples_find(lines, "a", &sample));
        cr_expect_eq(sample.n, 1);
        cr_expect_not(live_samples_find(lines, "wrong", &sample));
        cr_expect_not(live_samples_find(lines, "b", &sample));
}

Test(live_sample, names_levels) {
        cr_expect_str_eq(live_level_name(LIVE_LEVEL_MINUTE), "minute");
        cr_expect_str_eq(live_level_name(LIVE_LEVEL_TEN_MINUTES), "ten-minutes");
        cr_expect_eq(live_level_usec(LIVE_LEVEL_TEN_MINUTES), 10 * 60 * UINT64_C(1000000));
}
