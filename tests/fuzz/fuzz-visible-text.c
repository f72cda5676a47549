/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/utf8.h"
#include "base/visible-text.h"
#include "fuzz.h"

/* From any output of a game server: a text that fits, is valid, and hides nothing. */

static void check(size_t (*show)(const char *, size_t, char *), const uint8_t *data, size_t size) {
        _cleanup_free_ char *visible = malloc(VISIBLE_TEXT_MAX(size));
        size_t length;

        FUZZ_CHECK(visible);
        length = show((const char *) data, size, visible);
        FUZZ_CHECK(length < VISIBLE_TEXT_MAX(size) && strlen(visible) == length);
        for (char *p = visible; (p = strpbrk(p, "\n\t"));)
                *p = ' ';
        FUZZ_CHECK(utf8_is_printable(visible));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        check(visible_text, data, size);
        check(visible_line, data, size);
        return 0;
}
