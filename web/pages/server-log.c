/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/server-log.h"

#include "app/access.h"
#include "base/time-text.h"
#include "journal/journal.h"
#include "journal/poll.h"
#include "systemd/unit-names.h"

int server_log_read(const Request *request, const Server *server, uint64_t n, LogLines *ret) {
        UnitNames units;
        const JournalQuery query = {
                .unit = units.server,
                .all_invocations = true,
                .lines = n,
                .since = access_since(request, server_name(server)),
                .filter = journal_without_polls,
                .refused_max = JOURNAL_POLLS_MAX,
        };
        int64_t found;
        int r;

        unit_names(server_name(server), &units);
        ret->now = now_realtime();
        r = sd_json_variant_new_array(&ret->array, NULL, 0);
        if (r < 0)
                return r;
        found = journal_read_last(&query, log_lines_append, ret);
        return found < 0 ? (int) found : 0;
}

void server_log_clear(LogLines *lines) {
        sd_json_variant_unref(lines->array);
}
