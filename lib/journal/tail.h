/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * New entries of the whole journal as they are written, through rotation and vacuuming. journald
 * announces them only every 250 ms, but they can be read at once: a caller that wants them soon
 * looks every JOURNAL_LOOK_AGAIN_MSEC. A look that finds nothing costs a few microseconds.
 *
 * Every entry is read, not only those of one unit. That makes gaps visible: sequence numbers count
 * all entries, so the next number must follow, whichever unit it belongs to.
 */

#include "journal/journal.h"

enum { JOURNAL_LOOK_AGAIN_MSEC = 15 };

typedef struct JournalTail JournalTail;

/* Begins at the present end of the journal. */
int journal_tail_new(JournalTail **ret) _must_check_;

/*
 * Begins with the entry that a cursor names, or with the next one when that is gone. 1: it is
 * there; 0: it is gone, and entries after it may be: what is known of their number is in ret_lost
 * of the first journal_tail_pass(). -EINVAL: not a cursor.
 */
int journal_tail_new_at(const char *cursor, JournalTail **ret) _must_check_;

/* The last entry that was passed, at first the last there was. */
const JournalPosition *journal_tail_position(const JournalTail *tail);

/* Readable when files came or went; journal_tail_process() then takes note of that. */
int journal_tail_fd(const JournalTail *tail);
int journal_tail_process(JournalTail *tail) _must_check_;

/*
 * Passes what is there now, at most so many entries; returns how many, or -errno, also the
 * handler's. When entries were removed from the journal before they could be read, adds their
 * number to ret_lost before the first later entry is passed.
 */
int64_t journal_tail_pass(
        JournalTail *tail, size_t at_most, JournalHandler handler, void *userdata,
        uint64_t *ret_lost) _must_check_;

JournalTail *journal_tail_free(JournalTail *tail);
DEFINE_CLEANUP(JournalTail *, journal_tail_free)
