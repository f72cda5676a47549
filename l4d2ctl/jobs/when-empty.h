/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Restarts that wait until a server is empty (server/queued-restart.h). All functions return an
 * ExitCode and have said what went wrong; the names must be valid.
 */

#include "common/ctl.h"
#include "server/build-wish.h"

/*
 * Has left4me-when-empty.service restart the servers once they are empty, at the latest at the
 * deadline (CLOCK_REALTIME µs, 0: none). boottime: the same moment in CLOCK_BOOTTIME µs when the
 * deadline is a span from now, else 0. A server that does not run is success: it starts with what
 * is written now. A restart that is queued already is replaced; keep_earlier: unless it is about
 * the same run and comes as early or earlier.
 */
int when_empty_queue(
        Ctl *ctl, char *const *names, size_t n_names, uint64_t deadline, uint64_t boottime,
        bool keep_earlier) _must_check_;

/*
 * Has left4me-when-empty.service restart servers when a job has made a new version of an overlay,
 * at once or once they are empty. wish: without the user. The caller has checked that the user may
 * restart these servers.
 */
int when_empty_queue_after_build(
        Ctl *ctl, char *const *names, size_t n_names, const BuildWish *wish) _must_check_;

/* Forgets queued restarts, also those that wait for builds; without one, this is success. */
int when_empty_cancel(Ctl *ctl, char *const *names, size_t n_names) _must_check_;
