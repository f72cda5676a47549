/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The audit trail: the entries that l4d2ctl and the web app itself leave in the journal for each
 * notable action (l4d2ctl/common/audit-log.h), newest first. Any process of the host can write to
 * the journal, so the name in an entry is believed only when journald saw root or the user left4me
 * write it; otherwise the actor is the user that journald saw.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

/* Strings are valid during the handler's call; NULL: the entry has none. */
typedef struct TrailEntry {
        uint64_t time;    /* CLOCK_REALTIME, µs, as journald received it */
        const char *user; /* who is behind it; never NULL */
        const char *action;
        const char *instance;
        const char *blueprint;
        const char *overlay;
        const char *target_user;
        const char *message; /* never NULL */
        const char *cursor;  /* its place in the journal; never NULL */
} TrailEntry;

/* Positive: count it; 0: leave it out; negative ends the reading. */
typedef int (*TrailHandler)(const TrailEntry *entry, void *userdata);

typedef struct TrailQuery {
        const char *before;   /* cursor: only entries older than this one; NULL: from the newest */
        const char *instance; /* of this server only; NULL: all */
        uint64_t entries;     /* end when so many were counted */
        uint64_t looked_at;   /* … or so many were passed, counted or not */
} TrailQuery;

/* When the user of this name was added, as far as the journal goes back: what is older is of
 * another who had the name. 0: nothing is known. CLOCK_REALTIME, µs. */
int audit_trail_user_since(const char *name, uint64_t *ret) _must_check_;

/* Returns the number of counted entries, and in *ret_more whether there may be older ones; -EINVAL:
 * before is not a cursor; -EACCES: the journal may not be read. */
int64_t audit_trail_read(
        const TrailQuery *query, TrailHandler handler, void *userdata, bool *ret_more) _must_check_;
