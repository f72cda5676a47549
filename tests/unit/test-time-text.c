/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

#include "time-text.h"

/* 2025-03-30 12:34:56 CEST, the day the clocks went forward; rules instead of a zone's name, which
 * would need a data base. */
static const uint64_t noon = UINT64_C(1743330896) * USEC_PER_SEC;

static void use_central_europe(void) {
        (void) setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
        tzset();
}

TestSuite(time_text, .init = use_central_europe);

static void assert_parses(const char *text, uint64_t seconds) {
        uint64_t time = 0;

        cr_assert_eq(time_parse(text, noon, &time), 0, "%s", text);
        cr_assert_eq(
                time, seconds * USEC_PER_SEC, "%s: %llu", text,
                (unsigned long long) (time / USEC_PER_SEC));
}

Test(time_text, times_people_write) {
        const uint64_t now = noon / USEC_PER_SEC;

        assert_parses("now", now);
        assert_parses("@1700000000", 1700000000);
        assert_parses("@0", 0);
        assert_parses("12:34:56", now);
        assert_parses("12:34", now - 56);
        assert_parses("2025-03-30 12:34:56", now);
        assert_parses("2025-03-30T12:34:56", now);
        assert_parses("2025-03-30 12:34", now - 56);
        assert_parses("2025-03-29T23:00", 1743285600);
        assert_parses("2024-02-29", 1709161200);
}

Test(time_text, the_day_begins_at_midnight_and_may_have_23_hours) {
        assert_parses("today", 1743289200);
        assert_parses("2025-03-30", 1743289200);
        assert_parses("yesterday", 1743289200 - 86400);
        assert_parses("-12h", 1743330896 - 12 * 3600);
}

Test(time_text, spans) {
        const uint64_t now = noon / USEC_PER_SEC;

        assert_parses("-90", now - 90);
        assert_parses("-90s", now - 90);
        assert_parses("-2h", now - 7200);
        assert_parses("10min ago", now - 600);
        assert_parses("10 min ago", now - 600);
        assert_parses("1h 30min ago", now - 5400);
        assert_parses("1h30m ago", now - 5400);
        assert_parses("2d ago", now - 2 * 86400);
        assert_parses("3 days ago", now - 3 * 86400);
        assert_parses("1w ago", now - 7 * 86400);
        /* Before there was time there was no log. */
        assert_parses("999999999w ago", 0);
}

Test(time_text, what_is_no_time) {
        static const char *const texts[] = {
                "",
                " ",
                "ago",
                " ago",
                "-",
                "min ago",
                "10",
                "10min",
                "10x ago",
                "-1h-",
                "--1h",
                "1.5h ago",
                "@",
                "@-1",
                "@12x",
                "25:00",
                "12:60",
                "2025-02-30",
                "2025-13-1",
                "2025-03-30 12:34:56x",
                "2025-03-30 ",
                "tomorrow",
                "TODAY",
                "1h\n",
                "-1h\n",
                "9999999999 ago",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                uint64_t time = 42;

                cr_assert_eq(time_parse(texts[i], noon, &time), -EINVAL, "'%s'", texts[i]);
                cr_assert_eq(time, 42, "'%s'", texts[i]);
        }
}

Test(time_text, formats) {
        char buffer[TIME_TEXT_MAX];

        cr_assert_str_eq(time_format(noon, buffer), "Sun 2025-03-30 12:34:56 CEST");
        cr_assert_str_eq(time_format(0, buffer), "n/a");
        cr_assert_str_eq(span_format(0, buffer), "0s");
        cr_assert_str_eq(span_format(59 * USEC_PER_SEC + 999999, buffer), "59s");
        cr_assert_str_eq(span_format(60 * USEC_PER_SEC, buffer), "1min 0s");
        cr_assert_str_eq(span_format(3599 * USEC_PER_SEC, buffer), "59min 59s");
        cr_assert_str_eq(span_format(7320 * USEC_PER_SEC, buffer), "2h 2min");
        cr_assert_str_eq(span_format(90000 * USEC_PER_SEC, buffer), "1d 1h");
}

/* Whatever a time is written as, it is read back. */
Test(time_text, round_trip) {
        for (uint64_t t = 1700000000; t < 1800000000; t += 1234567) {
                time_t seconds = (time_t) t;
                char text[32];
                struct tm tm;

                cr_assert(localtime_r(&seconds, &tm));
                /* In the hour that comes twice the text does not say which one. */
                if (tm.tm_mon == 9 && tm.tm_hour == 2)
                        continue;
                cr_assert(strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm) > 0);
                assert_parses(text, t);
        }
}
