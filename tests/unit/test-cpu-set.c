/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>

#include "base/cpu-set.h"

static void assert_round_trip(const char *text, const char *expected) {
        _cleanup_free_ char *formatted = NULL;
        CpuSet set;

        cr_assert_eq(cpu_set_parse(text, &set), 0, "%s", text);
        cr_assert_eq(cpu_set_format(&set, &formatted), 0);
        cr_assert_str_eq(formatted, expected);
}

Test(cpu_set, parses_and_formats_the_shortest_text) {
        assert_round_trip("0", "0");
        assert_round_trip("2-3", "2-3");
        assert_round_trip("3,1,2", "1-3");
        assert_round_trip("0-3,2-8,10", "0-8,10");
        assert_round_trip("63-64", "63-64");
        assert_round_trip("1023", "1023");
        assert_round_trip("0-1023", "0-1023");
        assert_round_trip("007", "7");
}

Test(cpu_set, refuses_bad_syntax) {
        static const char *const texts[] = {
                "",   ",",  "1,", ",1",  "1-",   "-1", "3-2", "1 2",
                " 1", "1 ", "+1", "0x1", "1--2", "a",  "1;2",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                CpuSet set = { .bits = { 42 } };

                cr_assert_eq(cpu_set_parse(texts[i], &set), -EINVAL, "%s", texts[i]);
                cr_assert_eq(set.bits[0], 42, "a failed parse must leave the result alone");
        }
}

Test(cpu_set, refuses_numbers_past_the_end) {
        CpuSet set;

        cr_assert_eq(cpu_set_parse("1024", &set), -ERANGE);
        cr_assert_eq(cpu_set_parse("0-1024", &set), -ERANGE);
        cr_assert_eq(cpu_set_parse("99999999999999999999", &set), -ERANGE);
}

Test(cpu_set, empty_subset_and_subtract) {
        CpuSet all, some, rest, none = {};

        cr_assert_eq(cpu_set_parse("0-7", &all), 0);
        cr_assert_eq(cpu_set_parse("0,7", &some), 0);
        rest = cpu_set_subtract(&all, &some);

        cr_assert(cpu_set_is_empty(&none));
        cr_assert_not(cpu_set_is_empty(&some));
        cr_assert(cpu_set_is_subset(&some, &all));
        cr_assert_not(cpu_set_is_subset(&all, &some));
        cr_assert(cpu_set_is_subset(&none, &none));

        _cleanup_free_ char *text = NULL;

        cr_assert_eq(cpu_set_format(&rest, &text), 0);
        cr_assert_str_eq(text, "1-6");
}
