/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/needs-update.h"

#include "journal/journal.h"

/* A whole line, which the journal has in its index, and which no name of a player can look like. */
#define LINE "Your server needs to be restarted in order to receive the latest update."

static int ignore(sd_journal *journal _unused_, void *userdata _unused_) {
        return 0;
}

int server_needs_update(const char *unit, uint64_t since) {
        const JournalQuery query = {
                .unit = unit,
                .match = "MESSAGE=" LINE,
                .lines = 1,
                .since = since,
        };
        int64_t n = journal_read_last(&query, ignore, NULL);

        return n < 0 ? (int) n : n > 0;
}
