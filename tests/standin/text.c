/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_escape(Buffer *b, const char *s, size_t size) {
        for (size_t i = 0; i < size; i++) {
                unsigned char c = (unsigned char) s[i];
                char out[5];

                /* Three octal digits: unlike \x, their end is clear whatever follows. */
                if (c == '"' || c == '\\')
                        snprintf(out, sizeof(out), "\\%c", c);
                else if (c == '\n')
                        snprintf(out, sizeof(out), "\\n");
                else if (c == '\t')
                        snprintf(out, sizeof(out), "\\t");
                else if (c < 0x20 || c >= 0x7f)
                        snprintf(out, sizeof(out), "\\%03o", c);
                else
                        snprintf(out, sizeof(out), "%c", c);

                buffer_put(b, out, strlen(out));
        }
}

static char unescape_hex(const char **p) {
        char digits[3] = "", *end;
        unsigned long value;

        strncat(digits, *p, 2);
        value = strtoul(digits, &end, 16);
        *p += end - digits;
        return (char) (unsigned char) value;
}

size_t text_unescape(char *s) {
        char *out = s;

        for (const char *p = s; *p;) {
                if (*p != '\\' || p[1] == '\0') {
                        *out++ = *p++;
                        continue;
                }

                p += 2;
                switch (p[-1]) {
                case 'n':
                        *out++ = '\n';
                        break;
                case 't':
                        *out++ = '\t';
                        break;
                case 'r':
                        *out++ = '\r';
                        break;
                case 'e':
                        *out++ = '\033';
                        break;
                case 'x':
                        *out++ = unescape_hex(&p);
                        break;
                default:
                        *out++ = p[-1];
                }
        }

        *out = '\0';
        return (size_t) (out - s);
}

void text_join(Buffer *b, int first, int argc, char **argv) {
        for (int i = first; i < argc; i++) {
                if (i > first)
                        buffer_put(b, " ", 1);
                buffer_put(b, argv[i], strlen(argv[i]));
        }
        buffer_put_u8(b, 0);
        b->size--;
}

int parse_number(const char *s, uint32_t max, uint32_t *ret) {
        unsigned long long value;
        char *end;

        if (*s < '0' || *s > '9')
                return -EINVAL;

        errno = 0;
        value = strtoull(s, &end, 10);
        if (errno != 0 || *end != '\0' || value > max)
                return -EINVAL;

        *ret = (uint32_t) value;
        return 0;
}

const char *result_name(int r) {
        const char *name;

        if (r >= 0)
                return "ok";

        name = strerrorname_np(-r);
        return name ? name : "unknown error";
}
