/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "base/visible-text.h"

static void expect(const char *text, size_t size, const char *expected) {
        _cleanup_free_ char *buffer = malloc(VISIBLE_TEXT_MAX(size));

        cr_assert_eq(visible_text(text, size, buffer), strlen(expected));
        cr_assert_str_eq(buffer, expected);
}

#define EXPECT(text, expected) expect(text, sizeof(text) - 1, expected)

Test(visible_text, harmless) {
        EXPECT("", "");
        EXPECT("Player \"<b>\" connected\tnow", "Player \"<b>\" connected\tnow");
        EXPECT("Grüße 日本 🎮", "Grüße 日本 🎮");
        EXPECT("one\ntwo", "one\ntwo");
}

Test(visible_text, controls) {
        EXPECT("\033[31mred\033[0m", "\\x1b[31mred\\x1b[0m");
        EXPECT("a\0b\r\x7f", "a\\x00b\\x0d\\x7f");
        EXPECT("\xc2\x9b"
               "31m",
               "\\x9b31m"); /* C1 */
}

Test(visible_text, deceptive) {
        EXPECT("abc\xe2\x80\xae"
               "txt.exe",
               "abc\\u202etxt.exe");
        EXPECT("\xef\xbb\xbfx\xe2\x80\x8by", "\\ufeffx\\u200by");
        EXPECT("\xe2\x80\xa8", "\\u2028");
}

Test(visible_text, invalid) {
        EXPECT("a\xff"
               "b",
               "a\xef\xbf\xbd"
               "b");
        EXPECT("\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd");                 /* overlong */
        EXPECT("\xe2\x80", "\xef\xbf\xbd\xef\xbf\xbd");                 /* cut */
        EXPECT("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); /* surrogate */
}

/* From any input: valid, nothing hidden, and it fits. */
Test(visible_text, anything) {
        enum { SIZE = 300 };
        char text[SIZE], buffer[VISIBLE_TEXT_MAX(SIZE)];
        unsigned seed = 1;

        for (unsigned round = 0; round < 2000; round++) {
                size_t length;

                for (size_t i = 0; i < SIZE; i++) {
                        seed = seed * 1103515245 + 12345;
                        text[i] = (char) (seed >> 16);
                }
                length = visible_text(text, SIZE, buffer);
                cr_assert_lt(length, sizeof(buffer));
                cr_assert_eq(strlen(buffer), length);
                for (char *p = buffer; (p = strpbrk(p, "\n\t"));)
                        *p = ' ';
                cr_assert(utf8_is_printable(buffer));
        }
}

Test(visible_text, a_line_without_its_colours) {
        static const char colours[] = "\x1b[0m\x1b[1;31mred\x1b[m",
                          others[] = "\x1b]0;t\x07\x1b[2J\x1b[31";
        char buffer[VISIBLE_TEXT_MAX(64)];

        cr_expect_eq(visible_line(colours, sizeof(colours) - 1, buffer), 3);
        cr_expect_str_eq(buffer, "red");
        (void) visible_line(others, sizeof(others) - 1, buffer);
        cr_expect_str_eq(buffer, "\\x1b]0;t\\x07\\x1b[2J\\x1b[31");
        cr_expect_eq(visible_line("", 0, buffer), 0);
        cr_expect_str_eq(buffer, "");
}
