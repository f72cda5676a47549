/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * sd-journal's cursors, taken apart: they name an entry that may be gone, and still tell whether
 * another one came before or after it.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-journal.h>

#include "base/cleanup.h"

typedef struct JournalCursor {
        sd_id128_t sequence; /* null: not in the cursor */
        uint64_t number;
        sd_id128_t boot; /* null: not in the cursor */
        uint64_t monotonic;
        uint64_t realtime; /* 0: not in the cursor */
} JournalCursor;

enum { JOURNAL_CURSOR_MAX = 256 }; /* bytes of one as text */

/* Returns -EINVAL for text that is not a cursor, and for a cursor that names no place. Takes any
 * text. */
int journal_cursor_parse(const char *text, JournalCursor *ret) _must_check_;

/* 1: the journal's present entry is the cursor's or an earlier one; 0: a later one; or -errno. */
int journal_cursor_covers(const JournalCursor *cursor, sd_journal *journal) _must_check_;

/* 1: the journal's present entry is earlier than the cursor's; 0: it is that one or a later one; or
 * -errno. */
int journal_cursor_follows(const JournalCursor *cursor, sd_journal *journal) _must_check_;
