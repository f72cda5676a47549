/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "server/build-wish.h"

#define ID "0123456789abcdef0123456789abcdef"
#define WISH(overlay, kind, job, version, is_now, queued, user)                           \
        "{\"overlay\":" overlay ",\"kind\":" kind ",\"job\":" job ",\"version\":" version \
        ",\"is_now\":" is_now ",\"queued_usec\":" queued ",\"user\":" user "}"
#define Q(text) "\"" text "\""

Test(build_wish, parses_its_file) {
        BuildWish wish;

        cr_assert_eq(
                build_wish_parse(
                        WISH(Q("wei/maps"), Q("workshop"), Q(ID), Q("7"), "true", "1000", Q("wei")),
                        &wish),
                0);
        cr_assert_str_eq(wish.ref, "wei/maps");
        cr_assert_eq(wish.kind, JOB_WORKSHOP);
        cr_assert_str_eq(wish.job, ID);
        cr_assert_str_eq(wish.version, "7");
        cr_assert(wish.is_now);
        cr_assert_eq(wish.queued_usec, 1000);
        cr_assert_str_eq(wish.user, "wei");
        cr_assert_eq(
                build_wish_parse(
                        WISH(Q("a"), Q("script"), Q(ID), "null", "false", "1", Q("")), &wish),
                0);
        cr_assert_str_eq(wish.version, "");
        cr_assert_str_eq(wish.owner, "");
        cr_assert_eq(
                build_wish_parse(
                        WISH(Q("a"), Q("script"), Q(ID), "null", "false", "1",
                             Q("wei") ",\"owner\":\"wei\""),
                        &wish),
                0);
        cr_assert_str_eq(wish.owner, "wei");
}

Test(build_wish, refuses_a_damaged_file) {
        static const char *const bad[] = {
                "",
                "[]",
                "{}",
                WISH(Q("../a"), Q("script"), Q(ID), "null", "false", "1", Q("")),
                WISH(Q("/a"), Q("script"), Q(ID), "null", "false", "1", Q("")),
                WISH(Q("a"), Q("install"), Q(ID), "null", "false", "1", Q("")),
                WISH(Q("a"), Q("other"), Q(ID), "null", "false", "1", Q("")),
                WISH(Q("a"), Q("script"), Q("01"), "null", "false", "1", Q("")),
                WISH(Q("a"), Q("script"), Q(ID "0"), "null", "false", "1", Q("")),
                WISH(Q("a"), Q("script"), Q(ID), Q("1/2"), "false", "1", Q("")),
                WISH(Q("a"), Q("script"), Q(ID), Q(".."), "false", "1", Q("")),
                WISH(Q("a"), Q("script"), Q(ID), Q(""), "false", "1", Q("")),
                WISH(Q("a"), Q("script"), Q(ID), "7", "false", "1", Q("")),
                WISH(Q("a"), Q("script"), Q(ID), "null", "1", "1", Q("")),
                WISH(Q("a"), Q("script"), Q(ID), "null", "false", "-1", Q("")),
                WISH(Q("a"), Q("script"), Q(ID), "null", "false", "1", Q("\\u001b[31m")),
                WISH(Q("a"), Q("script"), Q(ID), "null", "false", "1", Q("") ",\"owner\":\"../a\""),
                WISH(Q("a"), Q("script"), Q(ID), "null", "false", "1", Q("") ",\"owner\":\"\""),
                WISH(Q("a"), Q("script"), Q(ID), "null", "false", "1", Q("") ",\"owner\":true"),
                "{\"overlay\":\"a\",\"kind\":\"script\",\"job\":\"" ID
                "\",\"is_now\":true,\"queued_usec\":1,\"user\":\"\"}",
        };
        BuildWish wish;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                cr_expect_eq(build_wish_parse(bad[i], &wish), -EINVAL, "%s", bad[i]);
}
