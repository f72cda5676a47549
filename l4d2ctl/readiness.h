/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * When is a game server up? systemd knows that the program runs (Type=exec), and srcds tells it no
 * more. It is up when it has its UDP port open, which is where players and queries arrive.
 */

#include "ctl.h"

/*
 * Waits, at most options.timeout, until the started server has its port open. Returns CTL_OK, or
 * CTL_FAILURE after it said why not and showed the last lines of its log.
 */
int readiness_wait(Ctl *ctl, const char *name) _must_check_;

/* Says that verb failed for the server and why, with its last log lines. Returns CTL_FAILURE.
 * reason may be NULL: then it is what the unit's state tells. */
int readiness_explain(Ctl *ctl, const char *name, const char *verb, const char *reason);
