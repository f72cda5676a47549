/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

#include "base/time-text.h"

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
        assert_parses("24-02-29", 1709161200);
}

static void assert_parses_usec(const char *text, uint64_t usec) {
        uint64_t time = 0;

        cr_assert_eq(time_parse(text, noon, &time), 0, "%s", text);
        cr_assert_eq(time, usec, "%s", text);
}

Test(time_text, fractions) {
        assert_parses_usec("2025-03-30 12:34:56.25", noon + 250000);
        assert_parses_usec("2025-03-30T10:34:56.123456Z", noon + 123456);
        assert_parses_usec("@1700000000.5", UINT64_C(1700000000500000));
        assert_parses_usec("-1.5h", noon - 5400 * USEC_PER_SEC);
        assert_parses_usec("20ms ago", noon - 20000);
        assert_parses_usec("20us ago", noon - 20);
        assert_parses_usec("20µs ago", noon - 20);
}

Test(time_text, zones) {
        const uint64_t now = noon / USEC_PER_SEC;

        /* RFC 3339, and as l4d2ctl list prints it for programs */
        assert_parses("2025-03-30T10:34:56Z", now);
        assert_parses("2025-03-30T12:34:56+02:00", now);
        assert_parses("2025-03-30T12:34:56+0200", now);
        assert_parses("2025-03-30T07:04:56-03:30", now);
        assert_parses("2025-03-30 10:34:56 UTC", now);
        assert_parses("2025-03-30 05:34:56 -05", now);
        assert_parses("10:34:56 UTC", now);
        assert_parses("2025-03-30 UTC", now - 10 * 3600 - 34 * 60 - 56);
        /* Which day it is depends on where. */
        assert_parses("00:34:56 +14:00", now);
        /* as status prints it */
        assert_parses("Sun 2025-03-30 12:34:56 CEST", now);
        assert_parses("2025-03-30 01:30:00 CET", 1743294600);
        /* the hour that comes twice */
        assert_parses("2024-10-27 02:30:00 CEST", 1729989000);
        assert_parses("2024-10-27 02:30:00 CET", 1729992600);
}

Test(time_text, as_in_lines_of_logs) {
        const uint64_t now = noon / USEC_PER_SEC;

        assert_parses("Mar 30 12:34:56", now);
        assert_parses("Mar  9 12:34:56", 1741520096);
        /* not in the future */
        assert_parses("Dec 24 18:00:00", 1735059600);
        assert_parses("Feb 29 00:00:00", 1709161200);
}

Test(time_text, days_of_the_week_must_fit) {
        uint64_t time = 42;

        assert_parses("Sunday 2025-03-30", 1743289200);
        assert_parses("sun, 2025-03-30", 1743289200);
        cr_assert_eq(time_parse("Mon 2025-03-30", noon, &time), -EINVAL);
        cr_assert_eq(time_parse("Sunk 2025-03-30", noon, &time), -EINVAL);
        cr_assert_eq(time_parse("Sun", noon, &time), -EINVAL);
        cr_assert_eq(time, 42);
}

Test(time_text, the_future) {
        const uint64_t now = noon / USEC_PER_SEC;

        assert_parses("tomorrow", 1743289200 + 23 * 3600);
        assert_parses("+2h", now + 7200);
        assert_parses("2h left", now + 7200);
}

/* UINT64_MAX microseconds, divided by the units. */
Test(time_text, more_than_time_has_is_no_time) {
        static const char *const texts[] = {
                "-30500569w",           "30500569w ago",           "999999999w ago",
                "-18446744073710s",     "@18446744073710",         "+18446744073709s",
                "99999999999999999999", "-99999999999999999999us", "-18446744073709s 1000000",
                "1000000y ago",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                uint64_t time = 42;

                cr_assert_eq(time_parse(texts[i], noon, &time), -EINVAL, "'%s'", texts[i]);
                cr_assert_eq(time, 42, "'%s'", texts[i]);
        }
        assert_parses("-30500568w", 0);
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
        assert_parses("2 weeks ago", now - 14 * 86400);
        assert_parses("2weeks 1hr 3seconds ago", now - 14 * 86400 - 3603);
        assert_parses("1month ago", now - 2629800);
        assert_parses("1M ago", now - 2629800);
        assert_parses("1y ago", now - 31557600);
        assert_parses("9999999 ago", now - 9999999);
        /* A time before the epoch counts as the epoch, which is before any log. */
        assert_parses("3000w ago", 0);
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
                "@",
                "@-1",
                "@1.",
                "1.h ago",
                ".5h ago",
                "1h .5 ago",
                "2025-03-30 12:34:56 CES",
                "2025-03-30 12:34:56 PST",
                "2025-03-30 12:34:56CEST",
                /* not in summer */
                "2025-03-30 12:34:56 CET",
                "2025-03-30T12:34:56+2",
                "2025-03-30T12:34:56+02:60",
                "2025-03-30T12:34:56+25:00",
                "2025-03-30T12:34:56+",
                "2025-03-30T12:34Z Z",
                "1969-12-31",
                "Z",
                " UTC",
                "Mar 32 12:34:56",
                "@12x",
                "25:00",
                "12:60",
                "2025-02-30",
                "2025-13-1",
                "2025-03-30 12:34:56x",
                "2025-03-30 ",
                "TODAY",
                "1h\n",
                "-1h\n",
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

/* Every printed time is read back as the same; also in the hour that comes twice. */
Test(time_text, round_trip) {
        for (uint64_t t = 1700000000; t < 1800000000; t += 1234567) {
                char text[TIME_TEXT_MAX];

                assert_parses(time_format(t * USEC_PER_SEC, text), t);
        }
        for (uint64_t t = 1729980000; t < 1730010000; t += 600) {
                char text[TIME_TEXT_MAX];

                assert_parses(time_format(t * USEC_PER_SEC, text), t);
        }
}
