/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * systemd's units over D-Bus: read their state, queue jobs and wait for what became of them, reload
 * the daemon. Only what is also delegated to operators is here; transient units, unit files and
 * property changes deliberately are not. Errors of systemd come back in its own words.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"
#include "systemd/unit-state.h"

/*
 * Connects to the system bus; root falls back to PID 1's own socket without a bus (it is slower to
 * connect to, but works when dbus-daemon is down). Close with sd_bus_flush_close_unref().
 */
int bus_open(sd_bus **ret) _must_check_;

/*
 * The names of loaded units that match a glob: those that run or have failed, and others that
 * systemd had a reason to look at. To ask for a unit that is not loaded makes systemd load it.
 * NULL-terminated, from malloc.
 */
int bus_list_units(sd_bus *bus, const char *pattern, char ***ret, sd_bus_error *reterr)
        _must_check_;

/* Jobs whose end the caller waits for. */
typedef struct UnitJobs UnitJobs;

typedef struct UnitJob {
        char *unit;
        char *path;   /* object path of the job */
        char *result; /* "done", "failed", "assert", "dependency", …; NULL: not ended */
} UnitJob;

/* Begins to listen for ends of jobs. The bus must outlive the jobs. */
int unit_jobs_new(sd_bus *bus, UnitJobs **ret) _must_check_;

/* Queues a job; method is StartUnit, StopUnit or RestartUnit. When that is refused, reterr says
 * why. */
int unit_jobs_add(UnitJobs *jobs, const char *method, const char *unit, sd_bus_error *reterr)
        _must_check_;

/* Waits until all queued jobs ended. */
int unit_jobs_wait(UnitJobs *jobs) _must_check_;

/* The job queued last for the unit, NULL when there is none. */
const UnitJob *unit_jobs_find(const UnitJobs *jobs, const char *unit);

UnitJobs *unit_jobs_free(UnitJobs *jobs);
DEFINE_CLEANUP(UnitJobs *, unit_jobs_free)

/* Calls the handler when properties of the unit change, until the slot is freed. The connection
 * must listen to systemd, as after unit_jobs_new(). */
int bus_watch_unit(
        sd_bus *bus, const char *unit, sd_bus_message_handler_t handler, void *userdata,
        sd_bus_slot **ret) _must_check_;

/*
 * When a timer elapses next by its calendar (CLOCK_REALTIME µs); 0: it does not run, or never
 * elapses.
 */
int bus_timer_next(sd_bus *bus, const char *unit, uint64_t *ret, sd_bus_error *reterr) _must_check_;

/* A daemon reload: runs the generators, returns when it is complete. */
int bus_reload(sd_bus *bus, sd_bus_error *reterr) _must_check_;

/* Forgets a unit's failures, so that its start limit counts from zero. */
int bus_reset_failed(sd_bus *bus, const char *unit, sd_bus_error *reterr) _must_check_;

/* Handles one message that arrived, or waits for the next, at most timeout_usec. */
int bus_step(sd_bus *bus, uint64_t timeout_usec) _must_check_;

/* The error, in systemd's words if it gave any. */
const char *bus_error_message(const sd_bus_error *error, int r);
