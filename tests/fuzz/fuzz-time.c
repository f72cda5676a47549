/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/time-text.h"
#include "fuzz.h"

/* The value of --since, also from the log page's form: refused, or a time that we print and take
 * again. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        /* 2026-11-28 12:00:00 UTC, and the first second of the year 9999 */
        const uint64_t now = UINT64_C(1795867200) * USEC_PER_SEC;
        const uint64_t far = UINT64_C(253370764800) * USEC_PER_SEC;
        _cleanup_free_ char *text = fuzz_text(data, size);
        char printed[TIME_TEXT_MAX];
        uint64_t time, again;

        if (time_parse(text, now, &time) < 0)
                return 0;
        FUZZ_CHECK(strlen(text) < TIME_TEXT_MAX);
        if (text[0] == '-')
                FUZZ_CHECK(time <= now);
        if (text[0] == '+')
                FUZZ_CHECK(time >= now);
        if (time < USEC_PER_SEC || time >= far)
                return 0;
        FUZZ_CHECK(time_parse(time_format(time, printed), now, &again) >= 0);
        FUZZ_CHECK(again == time - time % USEC_PER_SEC);
        return 0;
}
