/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/look-alike.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/look-alike-letters.h"
#include "base/utf8.h"

enum { SHAPES_MAX = 256 };

#define INVALID UINT32_C(0xfffd)

/* How a name looks: one number for each thing that is seen. */
typedef struct Shapes {
        uint32_t items[SHAPES_MAX];
        size_t n;
} Shapes;

typedef struct Range {
        uint32_t first, last;
} Range;

static bool is_in(uint32_t c, const Range *ranges, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (c >= ranges[i].first && c <= ranges[i].last)
                        return true;
        return false;
}

static bool is_invisible(uint32_t c) {
        static const Range ranges[] = {
                { 0x00, 0x08 },       { 0x0e, 0x1f },     { 0x7f, 0x84 },     { 0x86, 0x9f },
                { 0xad, 0xad },       { 0x034f, 0x034f }, { 0x061c, 0x061c }, { 0x17b4, 0x17b5 },
                { 0x180b, 0x180f },   { 0x200b, 0x200f }, { 0x202a, 0x202e }, { 0x2060, 0x206f },
                { 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0x1d173, 0x1d17a },
                { 0xe0000, 0xe0fff },
        };

        return is_in(c, ranges, ELEMENTSOF(ranges));
}

/* Put on the letter before them. */
static bool is_mark(uint32_t c) {
        static const Range ranges[] = {
                { 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x1ab0, 0x1aff },
                { 0x1dc0, 0x1dff }, { 0x20d0, 0x20ff }, { 0xfe20, 0xfe2f },
        };

        return is_in(c, ranges, ELEMENTSOF(ranges));
}

/* With those that only leave room: fillers of Hangul, the empty pattern of Braille. */
static bool is_blank(uint32_t c) {
        static const Range ranges[] = {
                { 0x09, 0x0d },     { 0x20, 0x20 },     { 0x85, 0x85 },     { 0xa0, 0xa0 },
                { 0x115f, 0x1160 }, { 0x1680, 0x1680 }, { 0x2000, 0x200a }, { 0x2028, 0x2029 },
                { 0x202f, 0x202f }, { 0x205f, 0x205f }, { 0x2800, 0x2800 }, { 0x3000, 0x3000 },
                { 0x3164, 0x3164 }, { 0xffa0, 0xffa0 },
        };

        return is_in(c, ranges, ELEMENTSOF(ranges));
}

static int hex_digit(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        c = ascii_lower(c);
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A character that is written as \x1b or \u202e. Returns its bytes, 0: none. */
static size_t decode_escape(const char *text, uint32_t *ret_character) {
        size_t digits = text[1] == 'x' ? 2 : text[1] == 'u' ? 4 : 0;
        uint32_t character = 0;

        if (text[0] != '\\' || digits == 0)
                return 0;
        for (size_t i = 0; i < digits; i++) {
                int digit = hex_digit(text[2 + i]);

                if (digit < 0)
                        return 0;
                character = 16 * character + (uint32_t) digit;
        }
        *ret_character = character;
        return 2 + digits;
}

static uint32_t next_character(const char **name) {
        uint32_t character = 0;
        size_t n = decode_escape(*name, &character);

        if (n == 0)
                n = utf8_decode(*name, strnlen(*name, 4), &character);
        if (n == 0) {
                character = INVALID;
                n = 1;
        }
        *name += n;
        return character;
}

/* with_case: capitals stay, and I is l. */
static uint32_t shape_of(uint32_t character, bool with_case) {
        if (character == '0')
                return with_case ? 'O' : 'o';
        if (character == '1' || character == '|' || (with_case && character == 'I'))
                return 'l';
        return with_case ? character : utf8_fold(character);
}

/* Two letters that look like one, which takes the place of the first; 0: they don't. */
static uint32_t join(uint32_t first, uint32_t second) {
        if (first == 'r' && second == 'n')
                return 'm';
        if (first == 'v' && second == 'v')
                return 'w';
        return 0;
}

static void read_shapes(const char *name, bool with_case, Shapes *ret) {
        uint32_t before = 0;
        bool after_blank = false;

        ret->n = 0;
        while (*name != '\0' && ret->n < SHAPES_MAX) {
                uint32_t character = next_character(&name);
                char letter = look_alike_letter(character);

                if (is_blank(character)) {
                        after_blank = ret->n > 0;
                        continue;
                }
                if (is_invisible(character) || is_mark(character))
                        continue;
                if (letter != '\0')
                        character = (unsigned char) letter;
                if (after_blank && ret->n < SHAPES_MAX - 1)
                        ret->items[ret->n++] = before = ' ';
                after_blank = false;
                if (join(before, character) != 0) {
                        before = ret->items[ret->n - 1] = join(before, character);
                        continue;
                }
                ret->items[ret->n++] = shape_of(character, with_case);
                before = character;
        }
}

bool names_look_alike(const char *a, const char *b) {
        static const bool cases[] = { false, true };

        if (*a == '\0' || *b == '\0')
                return false;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Shapes first, second;

                read_shapes(a, cases[i], &first);
                read_shapes(b, cases[i], &second);
                if (first.n == second.n &&
                    memcmp(first.items, second.items, first.n * sizeof(first.items[0])) == 0)
                        return true;
        }
        return false;
}
