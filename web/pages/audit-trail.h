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

/* All strings from malloc; NULL: the entry has none. */
typedef struct TrailEntry {
        uint64_t time; /* CLOCK_REALTIME, µs, as journald received it */
        char *user;    /* who is behind it; never NULL */
        char *action;
        char *instance;
        char *blueprint;
        char *overlay;
        char *target_user;
        char *command; /* that was sent to the server's console, without passwords */
        char *message;
        char *cursor; /* its place in the journal; never NULL */
} TrailEntry;

typedef bool (*TrailFilter)(const TrailEntry *entry, void *userdata);

typedef struct TrailQuery {
        const char *before;   /* cursor: only entries older than this one; NULL: from the newest */
        const char *instance; /* of this server only; NULL: all */
        const char *action;   /* of this kind only; NULL: all */
        bool only_believed;   /* only what root and the user left4me wrote */
        uint64_t since;       /* CLOCK_REALTIME, µs: nothing older */
        size_t entries;       /* end when there are so many */
        size_t looked_at;     /* … or so many were looked at */
        TrailFilter wants;    /* NULL: all */
        void *userdata;       /* for it */
} TrailQuery;

typedef struct Trail {
        TrailEntry *items; /* newest first */
        size_t n_items;
        /* The last entry that was looked at, which a query with `before` goes on from; NULL: there
         * can be no older one. */
        char *place;
        uint64_t place_usec; /* when that was */
} Trail;

/* When the user of this name was added, as far as the journal goes back: what is older is of
 * another who had the name. 0: nothing is known. CLOCK_REALTIME, µs. */
int audit_trail_user_since(const char *name, uint64_t *ret) _must_check_;

/* Both may be called in a thread. -EINVAL: before is not a cursor; -EACCES: the journal may not be
 * read; or -errno. The caller clears ret. */
int audit_trail_read(const TrailQuery *query, Trail *ret) _must_check_;
void trail_clear(Trail *trail);
