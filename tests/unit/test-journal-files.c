/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "journal/files.h"

#define SEQUENCE       "0123456789abcdef0123456789abcdef"
#define OTHER_SEQUENCE "fedcba9876543210fedcba9876543210"

Test(journal_files, names_of_the_system_journal) {
        JournalFile file;

        cr_assert(journal_file_parse_name("system.journal", &file));
        cr_assert(file.active);

        cr_assert(journal_file_parse_name(
                "system@" SEQUENCE "-00000000000004d2-0006123456789abc.journal", &file));
        cr_assert_not(file.active);
        cr_assert_str_eq(file.sequence, SEQUENCE);
        cr_assert_eq(file.number, 1234);
        cr_assert_eq(file.realtime, 0x6123456789abcULL);
        cr_assert_null(file.path);

        cr_assert(journal_file_parse_name(
                "system@0006123456789abc-fedcba9876543210.journal~", &file));
        cr_assert_str_eq(file.sequence, "");
        cr_assert_eq(file.realtime, 0x6123456789abcULL);
}

Test(journal_files, other_names) {
        static const char *const names[] = {
                "",
                ".",
                "user-1000.journal",
                "user-1000@" SEQUENCE "-00000000000004d2-0006123456789abc.journal",
                "system",
                "system.journal~",
                "system.journal.swp",
                "system@.journal",
                "system@" SEQUENCE ".journal",
                "system@" SEQUENCE "-4d2-0006123456789abc.journal",
                "system@" SEQUENCE "-00000000000004d2-0006123456789abc.journal~",
                "system@" SEQUENCE "-00000000000004d2-0006123456789abc.journal.zst",
                "system@" SEQUENCE "-00000000000004d2-0006123456789abc",
                "system@" SEQUENCE "-00000000000004d20006123456789abc.journal",
                "system@0006123456789abc-fedcba9876543210.journal",
                "system@0006123456789abc.journal~",
                "system@0006123456789ABC-fedcba9876543210.journal~",
                "fss",
        };
        JournalFile file = { .number = 42 };

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                cr_assert_not(journal_file_parse_name(names[i], &file), "%s", names[i]);
                cr_assert_eq(file.number, 42, "%s", names[i]);
        }
}

static void assert_order(const char *const *names, size_t n) {
        JournalFile files[8] = {};

        cr_assert(n <= ELEMENTSOF(files));
        /* Put in reversed, so that a sort that does nothing is noticed. */
        for (size_t i = 0; i < n; i++) {
                cr_assert(journal_file_parse_name(names[n - 1 - i], &files[i]));
                files[i].path = strdup(names[n - 1 - i]);
        }

        qsort(files, n, sizeof(files[0]), journal_file_compare);
        for (size_t i = 0; i < n; i++) {
                cr_expect_str_eq(files[i].path, names[i]);
                free(files[i].path);
        }
}

Test(journal_files, newest_first) {
        static const char *const names[] = {
                "system.journal",
                "system@" SEQUENCE "-0000000000000300-0006000000000003.journal",
                "system@0006000000000002-00000000000000ff.journal~",
                "system@" SEQUENCE "-0000000000000100-0006000000000001.journal",
                "system@" OTHER_SEQUENCE "-0000000000000900-0005000000000000.journal",
        };

        assert_order(names, ELEMENTSOF(names));
}

/* journald begins a new file when the clock jumps back: by its time it would seem the older one. */
Test(journal_files, numbers_before_times) {
        static const char *const names[] = {
                "system.journal",
                "system@" SEQUENCE "-0000000000000200-0006000000000001.journal",
                "system@" SEQUENCE "-0000000000000100-0006000000000009.journal",
        };

        assert_order(names, ELEMENTSOF(names));
}

/* One that journald left for another directory: its name says nothing of when it was. */
Test(journal_files, the_header_says_when_a_file_began) {
        static const unsigned char header[208] = {
                'L',  'P',  'K',  'S',  'H',  'H',  'R',          'H',  [72] = 0x01,
                0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,         0x01, 0x23,
                0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, [168] = 0xd2, 0x04, [184] = 0xbc,
                0x9a, 0x78, 0x56, 0x34, 0x12, 0x06,
        };
        JournalFile file = { .active = true, .realtime = UINT64_MAX };
        FILE *f = tmpfile();

        cr_assert(f);
        cr_assert_eq(fwrite(header, 1, sizeof(header) - 1, f), sizeof(header) - 1);
        cr_assert_eq(fflush(f), 0);
        cr_assert_eq(journal_file_read_header(fileno(f), &file), -EBADMSG);
        cr_assert(file.active);

        cr_assert_eq(fwrite(header, 1, 1, f), 1);
        cr_assert_eq(fflush(f), 0);
        cr_assert_eq(journal_file_read_header(fileno(f), &file), 0);
        cr_assert_not(file.active);
        cr_assert_str_eq(file.sequence, "0123456789abcdef0123456789abcdef");
        cr_assert_eq(file.number, 1234);
        cr_assert_eq(file.realtime, 0x6123456789abcULL);
        (void) fclose(f);
}
