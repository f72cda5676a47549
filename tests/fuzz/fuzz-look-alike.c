/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/look-alike.h"
#include "base/utf8.h"
#include "base/visible-text.h"
#include "fuzz.h"

/*
 * Two names, one on each line: the order does not matter, a name looks like itself, like itself in
 * the form in which it is shown, and with something invisible in it.
 */

static char *copy(const char *text, size_t size) {
        char *result = strndup(text, size);

        FUZZ_CHECK(result);
        return result;
}

static void check_name(const char *name) {
        _cleanup_free_ char *visible = malloc(VISIBLE_TEXT_MAX(strlen(name))), *padded = NULL;

        FUZZ_CHECK(visible);
        FUZZ_CHECK(names_look_alike(name, name) == (*name != '\0'));
        /* A text that has the form of an escape already is not shown in another form. */
        (void) visible_text(name, strlen(name), visible);
        if (utf8_is_valid(name) && *name != '\0' && !strchr(name, '\\'))
                FUZZ_CHECK(names_look_alike(name, visible));
        FUZZ_CHECK(asprintf(&padded, "\xe2\x80\x8b%s \xe3\x85\xa4", name) > 0);
        FUZZ_CHECK(*name == '\0' || names_look_alike(name, padded));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const char *text = (const char *) data, *end = memchr(data, '\n', size);
        size_t first = end ? (size_t) (end - text) : size, rest = end ? size - first - 1 : 0;
        _cleanup_free_ char *a = copy(text, first), *b = copy(end ? end + 1 : text, rest);

        FUZZ_CHECK(names_look_alike(a, b) == names_look_alike(b, a));
        check_name(a);
        check_name(b);
        return 0;
}
