/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A unit that does a job, started and followed to its end: its progress, and what its processes
 * write into the journal.
 */

#include "common/ctl.h"

/* CTL_CONFLICT when the unit runs already, which is then said. */
int job_check_idle(Ctl *ctl, const char *unit, const char *name) _must_check_;

/*
 * Starts the unit and follows it, or with --no-wait only starts it. name is what 'l4d2ctl job'
 * calls the job. Ctrl-C leaves the job running and says how to follow it. Returns the exit status
 * of the first step of the unit that failed, or another ExitCode.
 */
int job_run(Ctl *ctl, const char *unit, const char *name) _must_check_;
