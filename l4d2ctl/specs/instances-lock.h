/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One l4d2ctl at a time changes specs, blueprints and users. The lock is a file that only root and
 * the web app's user can open: any user who can open a file, even only to read it, can lock it and
 * keep all others waiting.
 */

#include "common/ctl.h"

/*
 * Keeps other l4d2ctl from writing until the returned descriptor is closed. Waits for them, but not
 * for ever. Opens the specs, too. Returns an ExitCode and has said who holds the lock.
 */
int instances_lock(Ctl *ctl, int *ret_fd) _must_check_;
