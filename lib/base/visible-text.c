/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/visible-text.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static bool is_deceptive(uint32_t c) {
        return c == 0x00AD ||                  /* soft hyphen */
               c == 0x061C ||                  /* Arabic letter mark */
               (c >= 0x200B && c <= 0x200F) || /* zero width, directional marks */
               (c >= 0x2028 && c <= 0x202E) || /* separators, embeddings, overrides */
               (c >= 0x2060 && c <= 0x206F) || /* invisible operators, isolates */
               c == 0xFEFF ||                  /* byte order mark */
               (c >= 0xFFF9 && c <= 0xFFFB);   /* annotations */
}

/* Zero width non-joiner and joiner. */
static bool is_joiner(uint32_t c) {
        return c == 0x200C || c == 0x200D;
}

bool text_is_visible(const char *text) {
        for (size_t size = strlen(text); size > 0;) {
                uint32_t c = 0;
                size_t n = utf8_decode(text, size, &c);

                if (n == 0 || utf8_is_control(c) || (is_deceptive(c) && !is_joiner(c)))
                        return false;
                text += n;
                size -= n;
        }
        return true;
}

size_t visible_text(const char *text, size_t size, char *buffer) {
        static const char replacement[] = "\xef\xbf\xbd";
        char *out = buffer;

        while (size > 0) {
                uint32_t c = 0;
                size_t n = utf8_decode(text, size, &c);

                if (n == 0) {
                        memcpy(out, replacement, 3);
                        out += 3;
                        n = 1;
                } else if (utf8_is_control(c) && c != '\n' && c != '\t')
                        out += sprintf(out, "\\x%02x", (unsigned) c);
                else if (is_deceptive(c))
                        out += sprintf(out, "\\u%04x", (unsigned) c);
                else {
                        memcpy(out, text, n);
                        out += n;
                }
                text += n;
                size -= n;
        }
        *out = '\0';
        return (size_t) (out - buffer);
}

/* The length of ESC [ digits and ; m at the beginning of the text; 0: it begins with something
 * else.
 */
static size_t color_length(const char *text, size_t size) {
        size_t n = 2;

        if (size < 3 || text[0] != '\x1b' || text[1] != '[')
                return 0;
        while (n < size && ((text[n] >= '0' && text[n] <= '9') || text[n] == ';'))
                n++;
        return n < size && text[n] == 'm' ? n + 1 : 0;
}

size_t visible_line(const char *text, size_t size, char *buffer) {
        size_t length = 0;

        buffer[0] = '\0';
        while (size > 0) {
                size_t n = color_length(text, size);

                if (n == 0) {
                        /* Up to the next escape character, which no UTF-8 sequence contains. */
                        const char *escape = memchr(text + 1, '\x1b', size - 1);

                        n = escape ? (size_t) (escape - text) : size;
                        length += visible_text(text, n, buffer + length);
                }
                text += n;
                size -= n;
        }
        return length;
}
