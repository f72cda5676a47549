/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "base/name.h"

Test(name, instance_names_that_are_valid) {
        static const char *const names[] = {
                "1", "versus-1", "a", "0-", "a--b", "01234567890123456789012345678901",
        };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                cr_assert(instance_name_is_valid(names[i]), "%s", names[i]);
}

Test(name, instance_names_that_are_not) {
        static const char *const names[] = {
                "",
                "-a",
                ".",
                "..",
                "a.b",
                "a/b",
                "A",
                "a_b",
                "a b",
                "a\n",
                "a%i",
                "a@b",
                "\xc3\xa4",
                "a\\",
                "a:b",
                "a,b",
                "012345678901234567890123456789012",
        };

        cr_assert_not(instance_name_is_valid(NULL));
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                cr_assert_not(instance_name_is_valid(names[i]), "%s", names[i]);
}

Test(name, every_single_byte_is_judged) {
        for (int c = 1; c < 256; c++) {
                char name[] = { (char) c, '\0' };
                bool expected = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

                cr_assert_eq(instance_name_is_valid(name), expected, "0x%02x", c);
                cr_assert_eq(ref_is_valid(name), expected, "0x%02x", c);
        }
}

Test(name, refs_that_are_valid) {
        static const char *const refs[] = {
                "a", "competitive/base", "a/b/c", "sourcemod-1.12", "a_b/c.d", "a..b", "a.",
        };

        for (size_t i = 0; i < sizeof(refs) / sizeof(refs[0]); i++)
                cr_assert(ref_is_valid(refs[i]), "%s", refs[i]);
}

Test(name, refs_that_are_not) {
        static const char *const refs[] = {
                "",    "/a",   "a/",   "a//b",  "../a",    "a/..",  "a/../b",
                ".",   "a/.b", "a/_b", "a/-b",  "a/b/c/d", "a,b",   "a:b",
                "a b", "A",    "a\\b", "a/b\n", "a=b",     "a/./b",
        };

        cr_assert_not(ref_is_valid(NULL));
        for (size_t i = 0; i < sizeof(refs) / sizeof(refs[0]); i++)
                cr_assert_not(ref_is_valid(refs[i]), "%s", refs[i]);
}

Test(name, ref_component_length_is_bounded) {
        char ref[REF_COMPONENT_MAX + 2];

        memset(ref, 'a', sizeof(ref));
        ref[REF_COMPONENT_MAX] = '\0';
        cr_assert(ref_is_valid(ref));
        ref[REF_COMPONENT_MAX] = 'a';
        ref[REF_COMPONENT_MAX + 1] = '\0';
        cr_assert_not(ref_is_valid(ref));
}
