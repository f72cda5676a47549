/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A job's unit as systemd sees it now, read with waiting. */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "content/job-record.h"

typedef struct JobUnit {
        char name[JOB_UNIT_MAX];
        bool is_active;           /* it runs, also while it is being stopped */
        bool is_stopping;         /* … which it is */
        char id[JOB_ID_MAX];      /* of its present or last run; "": it never ran */
        char *status;             /* StatusText, "" without one */
        uint64_t begun;           /* CLOCK_REALTIME in µs, of the present or last run */
        uint64_t begun_monotonic; /* the same on CLOCK_MONOTONIC */
        uint64_t time_limit;      /* TimeoutStartUSec in µs; UINT64_MAX: none */
} JobUnit;

/* Clear in any case. A unit that does not exist is one that never ran. */
int job_unit_read(sd_bus *bus, const char *unit, JobUnit *ret, sd_bus_error *reterr) _must_check_;

/*
 * The same without begun, begun_monotonic and time_limit, for those who read it again and again.
 * Each property that is asked for makes systemd load a unit that is not loaded, with all its
 * drop-ins, and forget it; this does not ask, and returns one that never ran.
 */
int job_unit_read_state(sd_bus *bus, const char *unit, JobUnit *ret, sd_bus_error *reterr)
        _must_check_;

/* Only the time limit, also of a unit that is not loaded, which systemd loads once for that. */
int job_unit_read_time_limit(sd_bus *bus, const char *unit, uint64_t *ret, sd_bus_error *reterr)
        _must_check_;
void job_unit_clear(JobUnit *unit);
