/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The lines of one unit: its last ones, and new ones as they are written. Which lines belong to a
 * unit is decided as `journalctl --unit` does: what its processes wrote, what systemd said about
 * it, and core dumps of its processes.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-journal.h>

#include "base/cleanup.h"

/* A place in the journal. The default is before everything. */
typedef struct JournalPosition {
        sd_id128_t sequence;
        uint64_t number;
} JournalPosition;

/* Gets the journal positioned at an entry. Negative ends the reading. */
typedef int (*JournalHandler)(sd_journal *journal, void *userdata);

typedef struct JournalQuery {
        const char *unit;       /* NULL with kernel */
        bool kernel;            /* what the kernel said instead, by its log or by audit */
        const char *match;      /* only entries that also have this, as FIELD=value; or NULL */
        const char *invocation; /* only of this run of the unit, 32 hexadecimal digits; NULL: any */
        bool all_invocations;   /* false: of the last invocation, and later ones only */
        uint64_t lines;         /* at most so many, the last; UINT64_MAX: no limit */
        uint64_t since;         /* CLOCK_REALTIME in µs; 0: no limit */
        uint64_t before;        /* the same: only entries of earlier times; 0: no limit */
        /* Which of the unit's entries count: 1, 0 or -errno; NULL: all. */
        JournalHandler filter;
        void *filter_userdata;
        uint64_t refused_max; /* looks no further once the filter refused so many; 0: no limit */
        const JournalPosition *until;      /* nothing later than this place; NULL: no limit */
        const struct JournalCursor *after; /* only what is later; NULL: no limit */
        const struct JournalCursor *older; /* only what is earlier; NULL: no limit */
        /* Out, with `after`; may be NULL. false: there are more lines than wanted, or what follows
         * the cursor may have been removed from the journal. */
        bool *met;
} JournalQuery;

/*
 * Passes the last entries in order. Opens the newest journal file first, and further ones only
 * while entries are missing and may be in there. Returns the number of entries (0 also without any
 * journal) or -errno; -EACCES: the caller may not read the journal.
 */
int64_t journal_read_last(const JournalQuery *query, JournalHandler handler, void *userdata)
        _must_check_;

/* Reads new entries of a unit as they are written, through rotation and vacuuming. */
typedef struct JournalFollower JournalFollower;

/* Begins at the present end of the journal. */
int journal_follower_new(const char *unit, JournalFollower **ret) _must_check_;

/* Where it began: what journal_read_last() reads until this place is not seen by the follower. */
const JournalPosition *journal_follower_start(const JournalFollower *follower);

/*
 * Passes the entries that are there now; waits at most a few milliseconds when there are none. The
 * caller runs it in a loop. When entries were removed from the journal before they could be read,
 * adds their number to ret_lost before it passes the first later entry; how many of them belonged
 * to this unit is unknown. Returns the number of passed entries, or -errno.
 */
int journal_follower_step(
        JournalFollower *follower, JournalHandler handler, void *userdata, uint64_t *ret_lost)
        _must_check_;

/* A field of the present entry as text, from malloc; invalid UTF-8, which any process can write, is
 * U+FFFD. -ENOENT: has none. */
int journal_get_text(sd_journal *journal, const char *field, char **ret) _must_check_;

JournalFollower *journal_follower_free(JournalFollower *follower);
DEFINE_CLEANUP(JournalFollower *, journal_follower_free)
