/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The logs of servers and jobs for all viewers: one reader of the journal, which looks for new
 * entries every few milliseconds while there is at least one viewer and does nothing at all
 * otherwise. Each line is made into an event once, for all viewers; a viewer is a place in the ring
 * of the newest events of their unit. A viewer who falls out of the ring is dropped and comes back
 * with the id of the last event they got, to read on in the journal.
 */

#include <stdbool.h>
#include <systemd/sd-event.h>
#include <sys/types.h>

#include "base/cleanup.h"

typedef struct LogHub LogHub;
typedef struct LogViewer LogViewer;

int log_hub_new(sd_event *event, LogHub **ret) _must_check_;

/* Called when there is something to read. */
typedef void (*LogViewerReady)(void *userdata);

/*
 * Begins with the last LOG_BACKLOG lines; with the id of an event, from a browser, with what came
 * after it: if that is too much or gone, with a gap and the newest of it. -EACCES: the journal may
 * not be read; -ENAMETOOLONG, -ENOMEM, -errno.
 * Nothing from before since (CLOCK_REALTIME, µs) is given.
 */
enum { LOG_BACKLOG = 200, LOG_UNIT_MAX = 128 };
int log_viewer_new(
        LogHub *hub, const char *unit, const char *last_event_id, uint64_t since,
        LogViewerReady ready, void *userdata, LogViewer **ret) _must_check_;

/* Copies events. Returns the number of bytes, 0 without new events, or -ESTALE if the viewer fell
 * out of the ring. */
ssize_t log_viewer_read(LogViewer *viewer, char *buffer, size_t size);

/* Nothing was read yet, or what was read last ended with a whole event. */
bool log_viewer_is_between_events(const LogViewer *viewer);

LogViewer *log_viewer_free(LogViewer *viewer);
DEFINE_CLEANUP(LogViewer *, log_viewer_free)

/* All viewers must be gone. */
LogHub *log_hub_free(LogHub *hub);
DEFINE_CLEANUP(LogHub *, log_hub_free)
