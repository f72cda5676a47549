/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Metrics as text, in both formats. */

#include <criterion/criterion.h>
#include <string.h>

#include "app/this-host.h"
#include "view/metrics.h"

static void write_some(Metrics *metrics) {
        const MetricLabel labels[] = { { "server", "a" }, { "map", NULL }, {} };

        metrics_family(metrics, "left4me_x", METRIC_GAUGE, "What x is.");
        metrics_value(metrics, labels, 1.5);
        metrics_value(metrics, NULL, 9007199254740991);
        metrics_family(metrics, "left4me_none", METRIC_GAUGE, "Nothing.");
        metrics_family(metrics, "left4me_y", METRIC_COUNTER, "What y is.");
        metrics_value(metrics, &(MetricLabel) {}, 0);
        cr_expect_eq(metrics_end(metrics), 0);
}

static void expect_text(bool is_open, const char *expected) {
        Metrics metrics = { .is_open = is_open };
        char *text = NULL;
        size_t size = 0;

        metrics.f = open_memstream(&text, &size);
        cr_assert_not_null(metrics.f);
        write_some(&metrics);
        cr_assert_eq(fclose(metrics.f), 0);
        cr_expect_str_eq(text, expected);
        free(text);
}

Test(metrics, text_of_prometheus) {
        expect_text(
                false,
                "# HELP left4me_x What x is.\n# TYPE left4me_x gauge\nleft4me_x{server=\"a\"} 1.5\n"
                "left4me_x 9007199254740991\n"
                "# HELP left4me_y_total What y is.\n# TYPE left4me_y_total counter\n"
                "left4me_y_total 0\n");
}

Test(metrics, text_of_openmetrics) {
        expect_text(
                true,
                "# HELP left4me_x What x is.\n# TYPE left4me_x gauge\nleft4me_x{server=\"a\"} 1.5\n"
                "left4me_x 9007199254740991\n"
                "# HELP left4me_y What y is.\n# TYPE left4me_y counter\n"
                "left4me_y_total 0\n# EOF\n");
}

Test(metrics, values_of_labels_are_escaped) {
        const MetricLabel labels[] = { { "name", "a \"b\" \\ c\nd é" }, {} };
        Metrics metrics = {};
        char *text = NULL;
        size_t size = 0;

        metrics.f = open_memstream(&text, &size);
        cr_assert_not_null(metrics.f);
        metrics_family(&metrics, "x", METRIC_GAUGE, "X.");
        metrics_value(&metrics, labels, -1);
        cr_assert_eq(fclose(metrics.f), 0);
        cr_expect_not_null(strstr(text, "\nx{name=\"a \\\"b\\\" \\\\ c\\nd é\"} -1\n"), "%s", text);
        free(text);
}

Test(metrics, openmetrics_only_when_asked_for) {
        cr_expect_not(metrics_wants_open(NULL));
        cr_expect_not(metrics_wants_open("*/*"));
        cr_expect_not(metrics_wants_open("text/plain;version=0.0.4"));
        cr_expect(metrics_wants_open(
                "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3"));
}

Test(metrics, names_of_loopback) {
        static const char *const good[] = {
                "localhost",   "LocalHost:8080", "127.0.0.1",  "127.0.0.1:8080",
                "127.1.2.3:1", "[::1]",          "[::1]:8080",
        };
        static const char *const bad[] = {
                "",
                ":",
                ":8080",
                "example.org",
                "localhost.example.org",
                "127.0.0.1.nip.io",
                "10.0.0.1",
                "128.0.0.1:8080",
                "127.0.0.1:x",
                "127.0.0.1:80:80",
                "[::1",
                "::1",
                "[::2]",
                "[127.0.0.1]",
                "[::1]x",
                "localhost,example.org",
                "127.0.0.1@example.org",
                "2130706433",
        };

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                cr_expect(host_is_loopback(good[i]), "%s", good[i]);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                cr_expect_not(host_is_loopback(bad[i]), "%s", bad[i]);
}
