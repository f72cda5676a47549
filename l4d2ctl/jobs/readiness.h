/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * When is a game server up? systemd knows that the program runs (Type=exec), and srcds tells it no
 * more. It is up when a process of its unit has its UDP port open, which is where players and
 * queries arrive. The port is the one that it was started with.
 */

#include "common/ctl.h"

/*
 * Waits, at most options.timeout, until the started server has its port open. Returns CTL_OK, or
 * CTL_FAILURE after it said why not and showed the last lines of its log.
 */
int readiness_wait(Ctl *ctl, const char *name) _must_check_;

/*
 * Says why a start or restart came to nothing, with the last log lines of the unit to blame. result
 * is the job's result, NULL when the job was done and the server ended later. Returns CTL_FAILURE.
 */
int readiness_explain(Ctl *ctl, const char *name, const char *result);

/* The same when it is known that the game tree is to blame. */
int readiness_explain_tree(Ctl *ctl, const char *name);

/* Says that a verb failed for a server: start, stop, restart or reset. */
void log_job_failure(const char *verb, const char *name, const char *reason);
