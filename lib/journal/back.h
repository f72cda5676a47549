/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reads the system journal from its newest entry backward, for a reader that does not know before
 * how far it has to go. Opens the newest file first, and an older one only while the reader wants
 * more.
 */

#include <stdint.h>
#include <systemd/sd-journal.h>

#include "base/cleanup.h"
#include "journal/journal.h"

typedef struct JournalBack {
        /* Adds matches to the journal of one file. 1; 0: the file has nothing wanted; -errno. */
        JournalHandler match;
        /* Gets each entry. 1: wants older ones; 0: has enough; -errno. */
        JournalHandler handler;
        /* Called before the first entry, and again when a rotation came in between: then all
         * entries come once more. */
        void (*restart)(void *userdata);
        void *userdata;    /* of all three */
        uint64_t since;    /* CLOCK_REALTIME in µs: nothing older; 0: no limit */
        uint64_t *visited; /* out: how many entries were looked at; may be NULL */
} JournalBack;

/* Returns 0, also without any journal, or -errno; -EACCES: the caller may not read the journal. */
int journal_read_back(const JournalBack *back) _must_check_;
