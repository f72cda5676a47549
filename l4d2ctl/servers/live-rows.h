/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Servers as they are at the moment: systemd's state of the unit, and the answers of the game to
 * left4me-watch.service (lib/live/state.h). For `top`.
 */

#include "live/age.h"
#include "servers/servers.h"

typedef struct LiveRow {
        char name[INSTANCE_NAME_MAX + 1];
        ServerState state;
        char invocation_id[LIVE_INVOCATION_MAX + 1]; /* of this run; "": never ran */
        LiveState *live;                             /* NULL: none of this run */
        LiveAge age;                                 /* of it: which of its values are not of now */
        uint64_t uptime_usec;                        /* 0: does not run */
        uint64_t memory_bytes; /* UINT64_MAX: not measured, as the next ones */
        uint64_t cpu_nsec, ip_in_bytes, ip_out_bytes;
        /* Since the rows before; negative: unknown. */
        double cpu_percent; /* of one CPU */
        double in_bytes_per_sec, out_bytes_per_sec;
        uint64_t measured; /* CLOCK_MONOTONIC in µs */
} LiveRow;

typedef struct LiveRows {
        LiveRow *items; /* by name */
        size_t n_items;
        bool is_watched; /* left4me-watch.service runs */
} LiveRows;

/*
 * Reads the named servers, or all that there are; a name that is none has no row. before: the last
 * rows, for the use of the CPU since then. Returns an ExitCode. Clear in any case.
 */
int live_rows_read(
        Ctl *ctl, char *const *names, size_t n_names, const LiveRows *before, LiveRows *ret)
        _must_check_;
void live_rows_clear(LiveRows *rows);

/* Whether what the game said is of now: players, map, FPS. */
bool live_row_has_values(const LiveRow *row);

typedef enum LiveOrder { ORDER_NAME, ORDER_PLAYERS, ORDER_CPU, ORDER_MEMORY } LiveOrder;

/* The largest first, those that are alike by name. */
void live_rows_sort(LiveRows *rows, LiveOrder order);
