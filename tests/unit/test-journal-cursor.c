/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "base/cleanup.h"
#include "journal/cursor.h"

#define ID_A "0123456789abcdef0123456789abcdef"
#define ID_B "fedcba9876543210fedcba9876543210"

Test(journal_cursor, whole) {
        JournalCursor cursor;
        char id[SD_ID128_STRING_MAX];

        cr_assert_eq(
                journal_cursor_parse(
                        "s=" ID_A ";i=1f;b=" ID_B ";m=a0;t=5f5e100;x=0123456789abcdef", &cursor),
                0);
        cr_assert_str_eq(sd_id128_to_string(cursor.sequence, id), ID_A);
        cr_assert_eq(cursor.number, 31);
        cr_assert_str_eq(sd_id128_to_string(cursor.boot, id), ID_B);
        cr_assert_eq(cursor.monotonic, 160);
        cr_assert_eq(cursor.realtime, 100000000);
}

Test(journal_cursor, parts) {
        JournalCursor cursor;

        cr_assert_eq(journal_cursor_parse("t=1", &cursor), 0);
        cr_assert(sd_id128_is_null(cursor.sequence));
        cr_assert_eq(journal_cursor_parse("s=" ID_A ";i=ffffffffffffffff", &cursor), 0);
        cr_assert_eq(cursor.number, UINT64_MAX);
        /* A later systemd may add fields. */
        cr_assert_eq(journal_cursor_parse("t=1;z=anything", &cursor), 0);
}

Test(journal_cursor, hostile) {
        static const char *const texts[] = {
                "",
                ";",
                "s",
                "s=",
                "s=" ID_A "0;i=1",
                "i=1",
                "t=0",
                "t=1;",
                ";t=1",
                "t=-1",
                "t=g",
                "t=11111111111111111",
                "t=1 ",
                "t==1",
                "t=1\n",
                "b=" ID_A ";m=1",
                "s=" ID_A ";i=",
        };
        _cleanup_free_ char *huge = malloc(100000);
        JournalCursor cursor;

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                cr_assert_eq(journal_cursor_parse(texts[i], &cursor), -EINVAL, "'%s'", texts[i]);
        memset(huge, ';', 99999);
        huge[99999] = '\0';
        cr_assert_eq(journal_cursor_parse(huge, &cursor), -EINVAL);
}
