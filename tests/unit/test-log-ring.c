/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#include "serverlog/ring.h"

static const sd_id128_t sequence =
        SD_ID128_MAKE(01, 23, 45, 67, 89, ab, cd, ef, 01, 23, 45, 67, 89, ab, cd, ef);

static LogRing *make(size_t size, size_t n_places) {
        LogRing *ring;

        cr_assert_eq(log_ring_new(size, n_places, &ring), 0);
        return ring;
}

static void append(LogRing *ring, uint64_t number, const char *text) {
        JournalPosition position = { sequence, number };

        cr_assert_eq(log_ring_append(ring, &position, number * 10, text, strlen(text)), 0);
}

/* Reads to the end in pieces of some size. */
static void expect(const LogRing *ring, uint64_t offset, size_t piece, const char *expected) {
        char text[256] = "";
        size_t n = 0;
        ssize_t r;

        while ((r = log_ring_read(ring, &offset, text + n, piece)) > 0)
                n += (size_t) r;
        cr_assert_eq(r, 0);
        text[n] = '\0';
        cr_assert_str_eq(text, expected);
        cr_assert_eq(offset, log_ring_end(ring));
}

Test(log_ring, in_order) {
        _cleanup_(log_ring_freep) LogRing *ring = make(64, 8);

        expect(ring, 0, 10, "");
        append(ring, 1, "one\n\n");
        append(ring, 2, "two\n\n");
        for (size_t piece = 1; piece < 12; piece++)
                expect(ring, 0, piece, "one\n\ntwo\n\n");
        expect(ring, log_ring_last(ring, 1), 3, "two\n\n");
        expect(ring, log_ring_last(ring, 0), 3, "");
        expect(ring, log_ring_last(ring, 99), 3, "one\n\ntwo\n\n");
}

/* A later event with an earlier time, after the clock was set back, hides what came before it. */
Test(log_ring, since_a_time) {
        _cleanup_(log_ring_freep) LogRing *ring = make(64, 8);

        cr_assert_eq(log_ring_since(ring, 0), 0);
        append(ring, 1, "one.");
        append(ring, 3, "three.");
        append(ring, 2, "two.");
        append(ring, 4, "four.");
        expect(ring, log_ring_since(ring, 0), 9, "one.three.two.four.");
        expect(ring, log_ring_since(ring, 10), 9, "one.three.two.four.");
        expect(ring, log_ring_since(ring, 11), 9, "three.two.four.");
        expect(ring, log_ring_since(ring, 20), 9, "three.two.four.");
        expect(ring, log_ring_since(ring, 21), 9, "four.");
        expect(ring, log_ring_since(ring, 41), 9, "");
        cr_assert_eq(log_ring_since(ring, UINT64_MAX), log_ring_end(ring));
}

/* Events go whole, however they lie; who is behind is told. */
Test(log_ring, bounded_by_bytes) {
        _cleanup_(log_ring_freep) LogRing *ring = make(20, 100);
        uint64_t slow = 0;
        char byte;

        cr_assert_eq(log_ring_append(ring, NULL, UINT64_MAX, "123456789012345678901", 21), -E2BIG);
        append(ring, 1, "aaaaaaa.");
        append(ring, 2, "bbbbbbb.");
        expect(ring, 0, 7, "aaaaaaa.bbbbbbb.");
        append(ring, 3, "ccccccc.");
        cr_assert_eq(log_ring_read(ring, &slow, &byte, 1), -ESTALE);
        expect(ring, log_ring_last(ring, 99), 7, "bbbbbbb.ccccccc.");
        append(ring, 4, "12345678901234567890");
        expect(ring, log_ring_last(ring, 99), 7, "12345678901234567890");
}

Test(log_ring, bounded_by_places) {
        _cleanup_(log_ring_freep) LogRing *ring = make(1000, 3);

        for (uint64_t i = 1; i <= 10; i++)
                append(ring, i, "x.");
        expect(ring, log_ring_last(ring, 99), 4, "x.x.x.");
        expect(ring, log_ring_last(ring, 2), 4, "x.x.");
}

/* A reader who keeps up gets every byte once, whatever the sizes. */
Test(log_ring, keeps_up) {
        _cleanup_(log_ring_freep) LogRing *ring = make(512, 64);
        uint64_t offset = 0, expected = 0;
        char line[32], text[512];
        unsigned seed = 7;

        for (uint64_t i = 0; i < 5000; i++) {
                ssize_t n;

                (void) snprintf(
                        line, sizeof(line), "%" PRIu64 "%.*s.", i, (int) (seed % 16),
                        "----------------");
                append(ring, i, line);
                seed = seed * 1103515245 + 12345;
                if (seed >> 16 & 3)
                        continue;
                while ((n = log_ring_read(ring, &offset, text, sizeof(text) - 1)) > 0) {
                        text[n] = '\0';
                        for (char *p = text; *p; expected++) {
                                cr_assert_eq(strtoull(p, &p, 10), expected);
                                p = strchr(p, '.') + 1;
                        }
                }
                cr_assert_eq(n, 0);
        }
}

static bool find(const LogRing *ring, uint64_t number, uint64_t *ret) {
        JournalCursor cursor = { .sequence = sequence, .number = number };

        return log_ring_find(ring, &cursor, ret);
}

Test(log_ring, find) {
        _cleanup_(log_ring_freep) LogRing *ring = make(1000, 4);
        JournalCursor foreign = { .sequence = SD_ID128_NULL, .number = 20 };
        uint64_t offset;

        cr_assert_not(find(ring, 10, &offset));
        append(ring, 10, "a.");
        append(ring, 20, "b.");
        cr_assert_eq(log_ring_append(ring, NULL, UINT64_MAX, "gap.", 4), 0);
        append(ring, 30, "c.");

        cr_assert(find(ring, 10, &offset));
        expect(ring, offset, 9, "b.gap.c.");
        cr_assert(find(ring, 20, &offset));
        expect(ring, offset, 9, "gap.c.");
        cr_assert(find(ring, 25, &offset)); /* another unit's entry */
        expect(ring, offset, 9, "gap.c.");
        cr_assert(find(ring, 30, &offset));
        expect(ring, offset, 9, "");
        /* The events after an entry before the oldest may be gone. */
        cr_assert_not(find(ring, 9, &offset));
        append(ring, 40, "d.");
        cr_assert_not(find(ring, 10, &offset));
        cr_assert_not(log_ring_find(ring, &foreign, &offset));
}
