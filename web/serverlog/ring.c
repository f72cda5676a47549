/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "serverlog/ring.h"

#include <string.h>

/* Where an event begins. */
typedef struct Place {
        uint64_t offset;
        JournalPosition position;
        uint64_t time;
        bool is_entry;
} Place;

struct LogRing {
        char *bytes;
        size_t size;
        uint64_t begin, end; /* offsets of what is kept; a multiple of size is bytes[0] */

        Place *places;
        size_t n_places;
        uint64_t first, last; /* numbers of the places kept; last is one too many */
};

int log_ring_new(size_t size, size_t n_places, LogRing **ret) {
        _cleanup_(log_ring_freep) LogRing *ring = calloc(1, sizeof(*ring));

        if (!ring)
                return -ENOMEM;
        ring->bytes = malloc(size);
        ring->places = calloc(n_places, sizeof(*ring->places));
        if (!ring->bytes || !ring->places)
                return -ENOMEM;
        ring->size = size;
        ring->n_places = n_places;

        *ret = TAKE_PTR(ring);
        return 0;
}

static const Place *place(const LogRing *ring, uint64_t number) {
        return &ring->places[number % ring->n_places];
}

/* The oldest event goes, whole. */
static void drop_oldest(LogRing *ring) {
        ring->first++;
        ring->begin = ring->first < ring->last ? place(ring, ring->first)->offset : ring->end;
}

/* From offset on, in at most two parts. */
static void copy_in(LogRing *ring, const char *text, size_t size) {
        size_t at = (size_t) (ring->end % ring->size), first = ring->size - at;

        if (first > size)
                first = size;
        memcpy(ring->bytes + at, text, first);
        memcpy(ring->bytes, text + first, size - first);
}

int log_ring_append(
        LogRing *ring, const JournalPosition *position, uint64_t time, const char *text,
        size_t size) {
        Place new = { .offset = ring->end, .time = time, .is_entry = position != NULL };

        if (size > ring->size)
                return -E2BIG;
        if (position)
                new.position = *position;
        while (ring->end + size - ring->begin > ring->size ||
               ring->last - ring->first >= ring->n_places)
                drop_oldest(ring);

        copy_in(ring, text, size);
        ring->places[ring->last++ % ring->n_places] = new;
        ring->end += size;
        return 0;
}

uint64_t log_ring_end(const LogRing *ring) {
        return ring->end;
}

uint64_t log_ring_last(const LogRing *ring, size_t n) {
        uint64_t kept = ring->last - ring->first;

        if (kept == 0 || n == 0)
                return ring->end;
        return place(ring, n < kept ? ring->last - n : ring->first)->offset;
}

uint64_t log_ring_since(const LogRing *ring, uint64_t time) {
        uint64_t offset = ring->end;

        for (uint64_t i = ring->last; i > ring->first && place(ring, i - 1)->time >= time; i--)
                offset = place(ring, i - 1)->offset;
        return offset;
}

bool log_ring_find(const LogRing *ring, const JournalCursor *cursor, uint64_t *ret) {
        for (uint64_t i = ring->last; i > ring->first; i--) {
                const Place *p = place(ring, i - 1);

                if (!p->is_entry)
                        continue;
                if (!sd_id128_equal(p->position.sequence, cursor->sequence))
                        return false;
                if (p->position.number > cursor->number)
                        continue;
                /* It, or what came before it: what follows is what was not seen. */
                *ret = i < ring->last ? place(ring, i)->offset : ring->end;
                return true;
        }
        return false;
}

ssize_t log_ring_read(const LogRing *ring, uint64_t *offset, char *buffer, size_t size) {
        size_t at = (size_t) (*offset % ring->size), n, first;

        if (*offset < ring->begin)
                return -ESTALE;
        n = (size_t) (ring->end - *offset);
        if (n > size)
                n = size;
        first = ring->size - at;
        if (first > n)
                first = n;
        memcpy(buffer, ring->bytes + at, first);
        memcpy(buffer + first, ring->bytes, n - first);
        *offset += n;
        return (ssize_t) n;
}

LogRing *log_ring_free(LogRing *ring) {
        if (!ring)
                return NULL;
        free(ring->bytes);
        free(ring->places);
        free(ring);
        return NULL;
}
