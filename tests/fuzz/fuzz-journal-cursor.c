/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fuzz.h"
#include "journal/cursor.h"

/* The last event's id from a browser: refused, or a cursor that names a place. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = fuzz_text(data, size);
        JournalCursor cursor = {};

        if (journal_cursor_parse(text, &cursor) < 0)
                return 0;
        FUZZ_CHECK(!sd_id128_is_null(cursor.sequence) || cursor.realtime > 0);
        FUZZ_CHECK(strlen(text) < JOURNAL_CURSOR_MAX);
        return 0;
}
