/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "server/queued-restart.h"

/* The file that the web app's user can write: refused, or one that a person may be shown. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = fuzz_text(data, size);
        QueuedRestart restart;
        unsigned warned = 0;

        if (queued_restart_parse(text, &restart) < 0)
                return 0;
        FUZZ_CHECK(restart.queued_usec > 0);
        FUZZ_CHECK(strlen(restart.invocation_id) == INVOCATION_ID_MAX);
        FUZZ_CHECK(utf8_is_printable(restart.user));
        FUZZ_CHECK(restart.owner[0] == '\0' || instance_name_is_valid(restart.owner));
        FUZZ_CHECK(queued_restart_warn(&restart, restart.queued_usec, &warned) <= 10);
        FUZZ_CHECK(queued_restart_next(&restart, restart.queued_usec) > restart.queued_usec);
        queued_restart_follow_clock(&restart, restart.queued_usec, 1);
        FUZZ_CHECK(restart.queued_usec > 0);
        return 0;
}
