/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"

/* Every code point there and back, by the textbook. */
Test(utf8, decodes_every_character) {
        for (uint32_t c = 1; c < 0x110000; c++) {
                char text[4];
                size_t n = 0;
                uint32_t decoded = 0;

                if (c >= 0xd800 && c < 0xe000)
                        continue;
                if (c < 0x80)
                        text[n++] = (char) c;
                else if (c < 0x800)
                        text[n++] = (char) (0xc0 | c >> 6);
                else if (c < 0x10000)
                        text[n++] = (char) (0xe0 | c >> 12);
                else {
                        text[n++] = (char) (0xf0 | c >> 18);
                        text[n++] = (char) (0x80 | (c >> 12 & 0x3f));
                }
                if (c >= 0x800)
                        text[n++] = (char) (0x80 | (c >> 6 & 0x3f));
                if (c >= 0x80)
                        text[n++] = (char) (0x80 | (c & 0x3f));

                cr_assert_eq(utf8_decode(text, n, &decoded), n);
                cr_assert_eq(decoded, c);
        }
}

Test(utf8, refuses_what_is_not_a_character) {
        static const char *const texts[] = {
                "\x80",
                "\xbf",
                "\xc0\x80",
                "\xc1\xbf",
                "\xc3",
                "\xc3(",
                "\xe0\x80\x80",
                "\xe0\x9f\xbf",
                "\xed\xa0\x80",
                "\xed\xbf\xbf",
                "\xe2\x82",
                "\xf0\x80\x80\x80",
                "\xf0\x8f\xbf\xbf",
                "\xf4\x90\x80\x80",
                "\xf5\x80\x80\x80",
                "\xff",
                "\xfe",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                uint32_t c;

                cr_assert_eq(utf8_decode(texts[i], strlen(texts[i]), &c), 0, "%zu", i);
                cr_assert_not(utf8_is_valid(texts[i]), "%zu", i);
        }
}

Test(utf8, printable_text_has_no_control_characters) {
        cr_assert(utf8_is_printable(""));
        cr_assert(utf8_is_printable("plain, \xc3\xbc \xf0\x9f\x98\x80"));
        cr_assert_not(utf8_is_printable("a\tb"));
        cr_assert_not(utf8_is_printable("a\x7f"));
        cr_assert_not(utf8_is_printable("a\xc2\x85"));
        cr_assert(utf8_is_valid("a\tb\n\x7f"));
}

Test(utf8, offsets_and_positions_count_characters) {
        static const char text[] = "a\xc3\xbc\n\xe2\x82\xac x\xff"
                                   "y";
        unsigned line, column;

        cr_assert_eq(utf8_offset(text, sizeof(text) - 1, 0), 0);
        cr_assert_eq(utf8_offset(text, sizeof(text) - 1, 2), 3);
        cr_assert_eq(utf8_offset(text, sizeof(text) - 1, 4), 7);
        cr_assert_eq(utf8_offset(text, sizeof(text) - 1, 100), sizeof(text) - 1);

        utf8_position(text, 3, &line, &column);
        cr_assert(line == 1 && column == 3);
        utf8_position(text, 7, &line, &column);
        cr_assert(line == 2 && column == 2);
        utf8_position(text, 10, &line, &column);
        cr_assert(line == 2 && column == 5);
}

Test(utf8, finds_text_in_capitals_and_small_letters_of_any_script) {
        static const struct {
                const char *bytes, *text;
                bool found;
        } cases[] = {
                { "Connected: ÄRGER", "ärger", true },
                { "connected: ärger", "ÄRGER", true },
                { "ПРИВЕТ", "привет", true },
                { "ΣΊΣΥΦΟΣ", "σίσυφος", true }, /* two small sigmas */
                { "Iıiİ", "ii", false },        /* not as in Turkish */
                { "II", "ii", true },
                { "äöü", "aou", false },
                { "", "", true },
                { "x", "", true },
                { "", "x", false },
                { "aab", "ab", true },
                { "ab", "abc", false },
                /* a second byte can't begin another character */
                { "\xc3\xa9", "\xa9", false },
                { "\xff\xfeX", "\xfex", true },
                { "\xc3", "\xc3\x84", false },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                cr_assert_eq(
                        utf8_contains_folded(cases[i].bytes, strlen(cases[i].bytes), cases[i].text),
                        cases[i].found, "%zu", i);
        /* a NUL is a byte as others */
        cr_assert(utf8_contains_folded("a\0B", 3, "b"));
}

Test(utf8, bytes_that_are_no_text_become_replacements) {
        static const struct {
                const char *text;
                size_t size;
                const char *valid;
        } cases[] = {
                { "", 0, "" },
                { "a\xc3\xbc", 3, "a\xc3\xbc" },
                { "a\xff\xc3z", 4, "a\xef\xbf\xbd\xef\xbf\xbdz" },
                { "a\0b", 3,
                  "a\xef\xbf\xbd"
                  "b" },
                /* cut in the middle of a character */
                { "\xe2\x82", 2, "\xef\xbf\xbd\xef\xbf\xbd" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *valid = utf8_make_valid(cases[i].text, cases[i].size);

                cr_assert_str_eq(valid, cases[i].valid);
                cr_assert(utf8_is_valid(valid));
        }
}
