/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/look-alike-letters.h"
#include "base/look-alike.h"
#include "base/visible-text.h"

Test(look_alike, names_that_look_the_same) {
        static const char *const pairs[][2] = {
                { "Zoey", "Zoey" },
                /* Capitals. */
                { "Zoey", "ZOEY" },
                { "\xc3\x84rger", "\xc3\xa4rger" },
                { "\xd0\x96\xd1\x83\xd0\xba", "\xd0\xb6\xd1\x83\xd0\xba" },
                /* Cyrillic o and e, Greek Z, all of it Cyrillic. */
                { "Zoey", "Z\xd0\xbe\xd0\xb5y" },
                { "Zoey", "\xce\x96oey" },
                { "scope", "\xd1\x95\xd1\x81\xd0\xbe\xd1\x80\xd0\xb5" },
                { "BHKM", "\xd0\x92\xd0\x9d\xd0\x9a\xd0\x9c" },
                /* Wide, mathematical bold, round, small capitals, Cherokee. */
                { "Zoey", "\xef\xbc\xba\xef\xbd\x8f\xef\xbd\x85\xef\xbd\x99" },
                { "Zoey", "\xf0\x9d\x90\x99\xf0\x9d\x90\xa8\xf0\x9d\x90\x9e\xf0\x9d\x90\xb2" },
                { "Zoey", "\xe2\x93\xa9\xe2\x93\x9e\xe2\x93\x94\xe2\x93\xa8" },
                { "zoey", "\xe1\xb4\xa2\xe1\xb4\x8f\xe1\xb4\x87\xca\x8f" },
                { "MAKE", "\xe1\x8e\xb7\xe1\x8e\xaa\xe1\x8f\xa6\xe1\x8e\xac" },
                /* Marks, of the letter or behind it. */
                { "Zoey", "Zo\xc3\xa9y" },
                { "Zoey", "Zoe\xcc\x81y" },
                { "Zoey", "Z\xcc\xb6o\xcc\xb6\x65\xcc\xb6y\xcc\xb6" },
                /* Zero width, a soft hyphen, direction, a variant, a tag; and as they are shown. */
                { "Zoey", "Zo\xe2\x80\x8b\x65y" },
                { "Zoey", "\xef\xbb\xbfZo\xc2\xad\x65y\xe2\x80\xae" },
                { "Zoey", "Zoey\xef\xb8\x8f\xf3\xa0\x81\xa1" },
                { "Zoey", "Zo\\u200bey" },
                { "Zoey", "Zo\\x01ey" },
                { "Zoey", "\\u0396oey" },
                /* Blanks: around, several, not breaking, of Hangul and Braille. */
                { "Zoey fan", " Zoey  fan " },
                { "Zoey fan", "Zoey\xc2\xa0\x66\x61n\xe3\x80\x80" },
                { "Zoey fan", "\xe3\x85\xa4Zoey\xe2\xa0\x80\x66\x61n" },
                /* Letters and digits. */
                { "Bill", "BiIl" },
                { "Bill", "BiI1" },
                { "Bill", "Bi|l" },
                { "BILL", "B\xd0\x86LL" },
                { "illicit", "iIIicit" },
                { "Player0ne", "PlayerOne" },
                { "modern", "modem" },
                { "wave", "vvave" },
                /* Nothing to see. */
                { "\xe2\x80\x8b", "\xe3\x85\xa4 " },
                { "a\xff", "A\xfe" },
        };

        for (size_t i = 0; i < ELEMENTSOF(pairs); i++) {
                cr_expect(names_look_alike(pairs[i][0], pairs[i][1]), "%zu: %s", i, pairs[i][1]);
                cr_expect(names_look_alike(pairs[i][1], pairs[i][0]), "%zu: %s", i, pairs[i][1]);
        }
}

Test(look_alike, other_names) {
        static const char *const pairs[][2] = {
                { "Zoey", "Zoe" },
                { "Zoey", "Zoeyy" },
                { "Zoey", "Zo ey" },
                { "Zoey fan", "Zoeyfan" },
                { "Zoey 1", "Zoey 2" },
                { "mail", "mall" },
                { "CORNER", "COMER" },
                { "Zoey", "[clan] Zoey" },
                { "r n", "m" },
                { "\xe6\x9d\xb1", "\xe6\x9d\xb2" },
                { "\xd0\xb4\xd0\xbe\xd0\xbc", "\xd0\xbb\xd0\xbe\xd0\xbc" },
                { "\\u200", "\\u201" },
                { "", "" },
                { "", "\xe2\x80\x8b" },
                { "", "x" },
        };

        for (size_t i = 0; i < ELEMENTSOF(pairs); i++) {
                cr_expect(!names_look_alike(pairs[i][0], pairs[i][1]), "%zu: %s", i, pairs[i][1]);
                cr_expect(!names_look_alike(pairs[i][1], pairs[i][0]), "%zu: %s", i, pairs[i][1]);
        }
}

Test(look_alike, long_names) {
        char a[2048], b[2048];

        memset(a, 'x', sizeof(a));
        a[sizeof(a) - 1] = '\0';
        memcpy(b, a, sizeof(b));
        b[1000] = 'y';
        cr_assert(names_look_alike(a, b));
        b[200] = 'y';
        cr_assert(!names_look_alike(a, b));
}

Test(look_alike, letters) {
        cr_assert_eq(look_alike_letter('a'), 0);
        cr_assert_eq(look_alike_letter(0), 0);
        cr_assert_eq(look_alike_letter(0xa2), 'c');
        cr_assert_eq(look_alike_letter(0xa3), 0);
        cr_assert_eq(look_alike_letter(0x430), 'a');
        cr_assert_eq(look_alike_letter(0x436), 0);
        cr_assert_eq(look_alike_letter(0xff5a), 'z');
        cr_assert_eq(look_alike_letter(0x1d41a), 'a');
        cr_assert_eq(look_alike_letter(0x10ffff), 0);
        cr_assert_eq(look_alike_letter(UINT32_MAX), 0);
        for (uint32_t c = 0; c < 0x110000; c++) {
                char letter = look_alike_letter(c);

                cr_assert(letter == 0 || (letter > ' ' && letter <= '~'), "%x", (unsigned) c);
        }
}
