/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http/form.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect(const char *text, const char *name, const char *value) {
        Form form = {};

        cr_assert_eq(form_parse(text, strlen(text), &form), 0, "%s", text);
        if (value)
                cr_expect_str_eq(form_get(&form, name), value);
        else
                cr_expect_null(form_get(&form, name));
        form_clear(&form);
}

static void expect_refused(const char *text, size_t size, int error) {
        Form form = {};

        cr_expect_eq(form_parse(text, size, &form), error, "%s", text);
        cr_expect_eq(form.n_fields, 0);
        form_clear(&form);
}

Test(form, fields) {
        expect("a=1&b=2", "b", "2");
        expect("a=1&b=2", "c", NULL);
        expect("", "a", NULL);
        expect("a", "a", "");
        expect("a=", "a", "");
        expect("a=b=c", "a", "b=c");
        expect("a=1&a=2", "a", "1");
        expect("order.a%2Fb=3", "order.a/b", "3");
}

Test(form, escapes) {
        expect("a=x+y%20z", "a", "x y z");
        expect("a=%3Cb%3E%26%22", "a", "<b>&\"");
        expect("a=%c3%a4", "a", "\xc3\xa4");
        expect("a=1%2B1", "a", "1+1");
}

Test(form, lines_end_with_a_line_feed_however_they_are_sent) {
        expect("a=x%0D%0Ay", "a", "x\ny");
        expect("a=x%0Ay", "a", "x\ny");
        expect("a=x%0Dy", "a", "x\ny");
        expect("a=x%0D%0A%0D%0Ay", "a", "x\n\ny");
        expect("a=x%09y", "a", "x\ty");
}

Test(form, broken_ones) {
        static const char *const texts[] = { "a=%",   "a=%1",  "a=%zz", "a=%00",       "a=%1b",
                                             "a=%7f", "a=%ff", "a=%c3", "a=%ed%a0%80", "%00=1" };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                expect_refused(texts[i], strlen(texts[i]), -EINVAL);
        expect_refused("a=\0b", 4, -EINVAL);
}

Test(form, too_many_fields) {
        char text[4 * (FORM_FIELDS_MAX + 1) + 1] = "";

        for (size_t i = 0; i < FORM_FIELDS_MAX; i++)
                strcat(text, i > 0 ? "&a=1" : "a=1");
        expect(text, "a", "1");
        strcat(text, "&a=1");
        expect_refused(text, strlen(text), -E2BIG);
}
