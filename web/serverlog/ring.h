/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The newest events of one server's log as bytes that are ready to be sent, for any number of
 * readers: each is an offset into an endless text, and the ring keeps the end of that text. A
 * reader that is too slow finds that its offset is gone; the ring never waits for readers.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "journal/cursor.h"
#include "journal/journal.h"

typedef struct LogRing LogRing;

/* Keeps at most so many bytes, and the places of at most so many events. */
int log_ring_new(size_t size, size_t n_places, LogRing **ret) _must_check_;

/*
 * Adds one whole event for the entry at this position; NULL: not for an entry. time is the event's
 * CLOCK_REALTIME in µs. -E2BIG when it is larger than the ring.
 */
int log_ring_append(
        LogRing *ring, const JournalPosition *position, uint64_t time, const char *text,
        size_t size) _must_check_;

/* The offset behind the last event. */
uint64_t log_ring_end(const LogRing *ring);

/* The offset of the n-th last event, or of the oldest that is kept. */
uint64_t log_ring_last(const LogRing *ring, size_t n);

/* The offset from which on all events are of this time or later. */
uint64_t log_ring_since(const LogRing *ring, uint64_t time);

/* Whether the ring has everything after the cursor's entry, and from which offset on. */
bool log_ring_find(const LogRing *ring, const JournalCursor *cursor, uint64_t *ret);

/*
 * Copies from an offset on and moves it. Returns how many bytes, 0 at the end, or -ESTALE when what
 * stood there is gone.
 */
ssize_t log_ring_read(const LogRing *ring, uint64_t *offset, char *buffer, size_t size);

LogRing *log_ring_free(LogRing *ring);
DEFINE_CLEANUP(LogRing *, log_ring_free)
