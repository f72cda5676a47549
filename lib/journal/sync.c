/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal/sync.h"

#include <errno.h>
#include <systemd/sd-varlink.h>

#include "base/time-text.h"

#define JOURNAL_VARLINK "/run/systemd/journal/io.systemd.journal"

int journal_sync(uint64_t timeout_usec) {
        _cleanup_(sd_varlink_close_unrefp) sd_varlink *link = NULL;
        const char *error = NULL;
        int r;

        r = sd_varlink_connect_address(&link, JOURNAL_VARLINK);
        if (r < 0)
                return r;
        r = sd_varlink_set_relative_timeout(link, timeout_usec);
        if (r < 0)
                return r;
        r = sd_varlink_call(link, "io.systemd.Journal.Synchronize", NULL, NULL, &error);
        if (r < 0)
                return r;
        return error ? -EIO : 0;
}

void journal_take_last_lines(void) {
        (void) !journal_sync(5 * USEC_PER_SEC);
}
