/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "view/model.h"

#define SECOND UINT64_C(1000000)
#define NOON   (UINT64_C(1700049600) * SECOND) /* 2023-11-15 12:00:00 UTC */

static const char *text_of(sd_json_variant *object, const char *key) {
        sd_json_variant *value = sd_json_variant_by_key(object, key);

        cr_assert_not_null(value, "%s", key);
        return sd_json_variant_string(value);
}

static void expect_relative(uint64_t usec, const char *expected) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *time = NULL;

        cr_assert_eq(model_time(usec, NOON, &time), 0);
        cr_expect_str_eq(text_of(time, "relative"), expected);
}

Test(model, time) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *time = NULL;

        cr_assert_eq(model_time(NOON, NOON, &time), 0);
        cr_expect_str_eq(text_of(time, "iso"), "2023-11-15T12:00:00Z");
        cr_expect(strstr(text_of(time, "local"), "2023-11-15"));
}

Test(model, relative_times) {
        expect_relative(NOON, "now");
        expect_relative(NOON - SECOND / 2, "now");
        expect_relative(NOON - 123 * SECOND, "2min 3s ago");
        expect_relative(NOON + 123 * SECOND, "in 2min 3s");
}

Test(model, never_is_null) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *time = NULL, *size = NULL;

        cr_assert_eq(model_time(0, NOON, &time), 0);
        cr_expect(sd_json_variant_is_null(time));
        cr_assert_eq(model_size(UINT64_MAX, &size), 0);
        cr_expect(sd_json_variant_is_null(size));
}

static void expect_size(uint64_t bytes, const char *expected) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *size = NULL;

        cr_assert_eq(model_size(bytes, &size), 0);
        cr_expect_eq(sd_json_variant_unsigned(sd_json_variant_by_key(size, "bytes")), bytes);
        cr_expect_str_eq(text_of(size, "text"), expected);
}

Test(model, sizes) {
        expect_size(0, "0 bytes");
        expect_size(1, "1 byte");
        expect_size(1023, "1023 bytes");
        expect_size(1024, "1.0 KiB");
        expect_size(1536, "1.5 KiB");
        expect_size((UINT64_C(1) << 20) - 1, "1.0 MiB");
        expect_size(UINT64_C(5) << 30, "5.0 GiB");
        expect_size(UINT64_MAX - 1, "16.0 EiB");
}
