/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/text-message.h"
#include "base/text-places.h"
#include "fuzz.h"

/* A line of `l4d2ctl --errors=json`, as a program reads it; and a translation with its message,
 * halves that a NUL divides. */

static void try_places(const char *code, const char *translation) {
        static char argument[] = "x";

        for (size_t n = 0; n < 4; n++) {
                _cleanup_free_ char *text = NULL;
                char *arguments[4] = {};

                for (size_t i = 0; i < n; i++)
                        arguments[i] = argument;
                if (text_fill(code, translation, arguments, &text) >= 0)
                        FUZZ_CHECK(text && strlen(text) <= strlen(translation) + n);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *line = malloc(size + 2);
        TextMessage message = {};

        FUZZ_CHECK(line);
        if (size > 0)
                memcpy(line, data, size);
        line[size] = line[size + 1] = '\0';

        if (text_message_read(line, &message) >= 0)
                FUZZ_CHECK(message.text);
        else
                FUZZ_CHECK(!message.text && !message.file && !message.source);
        text_message_done(&message);

        try_places(line, line);
        if (strlen(line) < size)
                try_places(line, line + strlen(line) + 1);
        return 0;
}
