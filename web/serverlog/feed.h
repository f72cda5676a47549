/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Shared by serverlog/hub.c and serverlog/backlog.c: the feed of one unit, and how a viewer gets
 * the lines from before they came.
 */

#include <sys/queue.h>

#include "serverlog/hub.h"
#include "serverlog/ring.h"

enum {
        FEED_BYTES = 1024 * 1024,
        FEED_PLACES = 4096,
        RESUME_LINES_MAX = 2000,               /* lines read from the journal for who comes back */
        BACKLOG_BYTES_MAX = 1024 * 1024,       /* of one viewer */
        BACKLOGS_BYTES_MAX = 64 * 1024 * 1024, /* of all together */
};

typedef struct LogFeed {
        LogHub *hub;
        char unit[LOG_UNIT_MAX];
        LogRing *ring;
        bool is_dirty; /* something was added since the viewers were told */
        TAILQ_HEAD(LogViewers, LogViewer) viewers;
        TAILQ_ENTRY(LogFeed) link;
} LogFeed;

struct LogViewer {
        LogFeed *feed;
        LogViewerReady ready;
        void *userdata;
        uint64_t since;  /* nothing before: CLOCK_REALTIME, µs */
        uint64_t offset; /* in the feed's ring */
        /* The viewer's own events before the ring's. */
        char *backlog;
        size_t backlog_size, backlog_sent;
        char tail[2]; /* the last bytes sent to the viewer */
        TAILQ_ENTRY(LogViewer) link;
};

/* Fills the ring of a new feed with the last lines until a place. */
int feed_preload(LogFeed *feed, size_t lines, const JournalPosition *until) _must_check_;

/* Puts the viewer at the place they asked for; reads from the journal the lines that the ring
 * doesn't have. */
int viewer_place(
        LogViewer *viewer, const char *last_event_id, const JournalPosition *until,
        size_t *backlogs_bytes) _must_check_;
