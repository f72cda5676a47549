/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "lines.h"

#include <inttypes.h>
#include <stdio.h>

#define PORTION     1000U
#define INTERVAL_MS 20

void lines_start(Server *s, uint32_t rate, uint64_t total) {
        s->lines = (Lines) { .rate = rate, .total = total, .started = now_ms() };
}

/* How many lines should have been written by now. */
static uint64_t lines_wanted(const Lines *l) {
        uint64_t wanted;

        if (l->rate == 0)
                wanted = l->written + PORTION;
        else
                wanted = (now_ms() - l->started) * l->rate / 1000;

        return wanted < l->total ? wanted : l->total;
}

int lines_write(Server *s) {
        Lines *l = &s->lines;

        if (l->total == 0)
                return -1;

        for (uint64_t wanted = lines_wanted(l); l->written < wanted; l->written++)
                printf("standin: line %" PRIu64 " of %" PRIu64 "\n", l->written + 1, l->total);

        if (l->written == l->total) {
                l->total = 0;
                return -1;
        }

        return l->rate == 0 ? 0 : INTERVAL_MS;
}
