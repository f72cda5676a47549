/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reads samples from the journal namespace of left4me-watch.service: for the web app's charts and
 * for l4d2ctl. Only entries of this service count, whatever else can write to the namespace.
 *
 * LEFT4ME_AT= of an entry says which interval it is about. The journal's own time only says where
 * to begin: an entry is written after its interval, so nothing before that place is about a later
 * time. When the host's clock is set back, journald begins a new file, and entries of both times
 * are found; their order doesn't matter here.
 */

#include "live/series.h"

/* Gets each entry of a level: the start of its interval and the lines of all servers, valid during
 * the call. Negative ends the reading. */
typedef int (*LiveSamplesHandler)(uint64_t at, LiveSampleLines lines, void *userdata);

/* Reads the intervals that began since a time and before another, CLOCK_REALTIME in µs, in any
 * order. Returns 0, also without such a journal, or -errno. */
int live_samples_read(
        LiveLevel level, uint64_t since, uint64_t before, LiveSamplesHandler handler,
        void *userdata) _must_check_;

/* A server whose samples are wanted. */
typedef struct LiveServer {
        char name[INSTANCE_NAME_MAX + 1];
        uint64_t since;  /* nothing earlier counts */
        LivePoint total; /* out */
} LiveServer;

/*
 * Points over a time of one or more servers, sorted by name: all of them together, and the total of
 * each. Coarse points come from sums of ten minutes, and only their end from minutes. Errors as
 * live_series_new() and live_samples_read(). The caller clears ret.
 */
int live_series_read(
        LiveServer *servers, size_t n, uint64_t since, uint64_t until, size_t n_points,
        LiveSeries *ret) _must_check_;
