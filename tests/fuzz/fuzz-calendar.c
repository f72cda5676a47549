/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fuzz.h"
#include "systemd/calendar.h"

/* The value of `schedule`: refused at an offset within it, or written in a form that is read again
 * as the same, and has no character that a unit file gives a meaning. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = fuzz_text(data, size);
        char written[CALENDAR_TEXT_MAX], again[CALENDAR_TEXT_MAX];
        Calendar calendar;
        size_t offset = 0;

        if (calendar_parse(text, &calendar, &offset) < 0) {
                FUZZ_CHECK(offset <= strlen(text));
                return 0;
        }
        (void) calendar_format(&calendar, written);
        FUZZ_CHECK(
                written[strspn(
                        written, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 "
                                 "*-~.,:/_+")] == '\0');
        FUZZ_CHECK(calendar_parse(written, &calendar, &offset) == 0);
        FUZZ_CHECK(strcmp(calendar_format(&calendar, again), written) == 0);
        return 0;
}
