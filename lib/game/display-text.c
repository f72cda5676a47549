/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "game/display-text.h"

#include <stdbool.h>
#include <string.h>

#include "base/visible-text.h"

static const char ellipsis[] = "…";

static bool is_blank(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Single blanks, and none at the ends. Stops early enough for what visible_text() makes of it. */
static size_t join_words(const char *text, char *out, size_t max) {
        size_t n = 0;

        for (; *text != '\0' && n < max; text++) {
                if (!is_blank(*text))
                        out[n++] = *text;
                else if (n > 0 && out[n - 1] != ' ')
                        out[n++] = ' ';
        }
        if (n > 0 && out[n - 1] == ' ')
                n--;
        return n;
}

/* Cuts a text in UTF-8 between two characters. */
static void shorten(char *text, size_t size) {
        size_t n = DISPLAY_TEXT_MAX - strlen(ellipsis);

        if (size <= DISPLAY_TEXT_MAX)
                return;
        while (((unsigned char) text[n] & 0xc0) == 0x80)
                n--;
        memcpy(text + n, ellipsis, sizeof(ellipsis));
}

int display_text(const char *text, char **ret) {
        char words[DISPLAY_TEXT_MAX + 8],
                visible[VISIBLE_TEXT_MAX(sizeof(words)) + sizeof(ellipsis)];
        size_t n = text ? join_words(text, words, sizeof(words)) : 0;

        if (n == 0) {
                *ret = NULL;
                return 0;
        }
        shorten(visible, visible_text(words, n, visible));
        *ret = strdup(visible);
        return *ret ? 0 : -ENOMEM;
}
