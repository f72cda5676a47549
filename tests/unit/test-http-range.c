/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>

#include "content/http-range.h"

Test(http_range, ranges_and_what_cannot_be_satisfied) {
        HttpRange range;

        cr_assert_eq(http_range_parse("bytes 10-19/100", &range), 0);
        cr_assert(range.first == 10 && range.last == 19 && range.size == 100);
        cr_assert_eq(http_range_parse("Bytes  0-0/*", &range), 0);
        cr_assert(range.first == 0 && range.last == 0 && range.size == HTTP_SIZE_UNKNOWN);
        cr_assert_eq(http_range_parse("bytes */5000000000", &range), 0);
        cr_assert(range.first == HTTP_SIZE_UNKNOWN && range.size == 5000000000);
}

Test(http_range, anything_else_is_refused) {
        static const char *const bad[] = {
                "",
                "bytes",
                "bytes ",
                "bytes 1",
                "bytes 1-",
                "bytes 1-2",
                "bytes 1-2/",
                "bytes -2/3",
                "bytes 2-1/3",
                "bytes 0-3/3",
                "bytes 0-1/3 x",
                "bytes +0-1/3",
                "items 0-1/3",
                "bytes 0-1/18446744073709551616",
                "bytes 0-1/18446744073709551615",
                "bytes 0-18446744073709551615/*",
                "bytes 0--1/3",
                "bytes **/3",
        };
        HttpRange range = { 1, 2, 3 };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                cr_expect_eq(http_range_parse(bad[i], &range), -EINVAL, "%s", bad[i]);
        cr_assert(range.first == 1 && range.last == 2 && range.size == 3);
}
