/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "visible-text.h"

#include <stdio.h>
#include <string.h>

#include "utf8.h"

static bool is_deceptive(uint32_t c) {
        return c == 0x00AD ||                  /* soft hyphen */
               c == 0x061C ||                  /* Arabic letter mark */
               (c >= 0x200B && c <= 0x200F) || /* zero width, directional marks */
               (c >= 0x2028 && c <= 0x202E) || /* separators, embeddings, overrides */
               (c >= 0x2060 && c <= 0x206F) || /* invisible operators, isolates */
               c == 0xFEFF ||                  /* byte order mark */
               (c >= 0xFFF9 && c <= 0xFFFB);   /* annotations */
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
