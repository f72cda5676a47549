/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/utf8.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

/* Above all characters: bytes that are none. */
enum { BYTE_FIRST = 0x110000 };

/* The number of bytes that a first byte announces; 0 for one that can't be first. */
static size_t sequence_length(unsigned char first) {
        if (first < 0x80)
                return 1;
        if (first >= 0xc2 && first < 0xe0)
                return 2;
        if (first >= 0xe0 && first < 0xf0)
                return 3;
        if (first >= 0xf0 && first < 0xf5)
                return 4;
        return 0;
}

size_t utf8_decode(const char *text, size_t size, uint32_t *ret_character) {
        static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
        const unsigned char *bytes = (const unsigned char *) text;
        size_t length = sequence_length(bytes[0]);

        if (length == 0 || length > size)
                return 0;

        uint32_t character = length == 1 ? bytes[0] : bytes[0] & (0x7fU >> length);

        for (size_t i = 1; i < length; i++) {
                if ((bytes[i] & 0xc0) != 0x80)
                        return 0;
                character = character << 6 | (bytes[i] & 0x3fU);
        }

        if (character < smallest[length] || character > 0x10ffff ||
            (character >= 0xd800 && character < 0xe000))
                return 0;

        *ret_character = character;
        return length;
}

/* Letters of C.UTF-8, which every Debian has, whatever the environment says. */
uint32_t utf8_fold(uint32_t character) {
        static locale_t locale;
        uint32_t folded;

        if (character < 0x80)
                return (unsigned char) ascii_lower((char) character);
        if (!locale)
                locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
        if (!locale)
                return character;
        /* By way of the capital: two small letters may have the same, as the sigmas of Greek. */
        folded = towlower_l(towupper_l(character, locale), locale);
        /* The Turkish dotted and dotless i don't match i. */
        return folded < 0x80 ? character : folded;
}

/* The folded character at the beginning, or the byte when it does not begin a character. */
static uint32_t next_folded(const char **text, const char *end) {
        uint32_t character;
        size_t length = utf8_decode(*text, (size_t) (end - *text), &character);

        if (length == 0) {
                character = BYTE_FIRST + (unsigned char) **text;
                (*text)++;
                return character;
        }
        *text += length;
        return utf8_fold(character);
}

static bool begins_folded(const char *bytes, const char *end, const char *text) {
        const char *text_end = text + strlen(text);

        while (text < text_end) {
                if (bytes >= end || next_folded(&bytes, end) != next_folded(&text, text_end))
                        return false;
        }
        return true;
}

bool utf8_contains_folded(const char *bytes, size_t size, const char *text) {
        const char *end = bytes + size;

        if (*text == '\0')
                return true;
        while (bytes < end) {
                if (begins_folded(bytes, end, text))
                        return true;
                (void) next_folded(&bytes, end);
        }
        return false;
}

bool utf8_is_control(uint32_t character) {
        return character < 0x20 || (character >= 0x7f && character < 0xa0);
}

static bool is_text(const char *text, bool controls) {
        size_t size = strlen(text);

        while (size > 0) {
                uint32_t character = (unsigned char) *text;
                size_t n = character < 0x80 ? 1 : utf8_decode(text, size, &character);

                if (n == 0 || (!controls && utf8_is_control(character)))
                        return false;
                text += n;
                size -= n;
        }
        return true;
}

bool utf8_is_valid(const char *text) {
        return is_text(text, true);
}

char *utf8_make_valid(const char *text, size_t size) {
        static const char replacement[] = "\xef\xbf\xbd";
        char *valid = malloc((sizeof(replacement) - 1) * size + 1), *out = valid;

        if (!valid)
                return NULL;
        while (size > 0) {
                uint32_t character = 0;
                size_t length = utf8_decode(text, size, &character);

                if (length > 0 && character != 0)
                        out = mempcpy(out, text, length);
                else
                        out = mempcpy(out, replacement, sizeof(replacement) - 1);
                text += length > 0 ? length : 1;
                size -= length > 0 ? length : 1;
        }
        *out = '\0';
        return valid;
}

bool utf8_is_printable(const char *text) {
        return is_text(text, false);
}

char ascii_lower(char c) {
        return (char) (c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

char *ascii_lower_copy(const char *text) {
        char *copy = strdup(text);

        for (char *p = copy; p && *p != '\0'; p++)
                *p = ascii_lower(*p);
        return copy;
}

int ascii_strncasecmp(const char *a, const char *b, size_t n) {
        for (size_t i = 0; i < n; i++) {
                unsigned char one = (unsigned char) ascii_lower(a[i]),
                              other = (unsigned char) ascii_lower(b[i]);

                if (one != other || one == '\0')
                        return one - other;
        }
        return 0;
}

int ascii_strcasecmp(const char *a, const char *b) {
        return ascii_strncasecmp(a, b, SIZE_MAX);
}

static bool is_continuation(char c) {
        return ((unsigned char) c & 0xc0) == 0x80;
}

size_t utf8_length(const char *text) {
        size_t left = strlen(text), n = 0;

        while (left > 0) {
                uint32_t character;
                size_t length = utf8_decode(text, left, &character);

                text += length > 0 ? length : 1;
                left -= length > 0 ? length : 1;
                n++;
        }
        return n;
}

size_t utf8_offset(const char *text, size_t size, size_t n) {
        size_t i = 0;

        for (; i < size && n > 0; n--)
                do
                        i++;
                while (i < size && is_continuation(text[i]));
        return i;
}

void utf8_position(const char *text, size_t offset, unsigned *ret_line, unsigned *ret_column) {
        unsigned line = 1, column = 1;

        for (size_t i = 0; i < offset;) {
                uint32_t character;
                size_t n = utf8_decode(text + i, offset - i, &character);

                if (text[i] == '\n') {
                        line++;
                        column = 1;
                } else
                        column++;
                i += n > 0 ? n : 1;
        }

        *ret_line = line;
        *ret_column = column;
}
