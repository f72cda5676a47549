/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "base/cleanup.h"

/*
 * Waits until journald has written what it was sent before this call: what a program said at its
 * end may reach the journal after systemd has told everybody of that end. Asks by journald's own
 * interface, as `journalctl --sync` does; only root may. Returns 0 or -errno; -ETIME when it took
 * longer than timeout_usec. Whoever reads on regardless sees what has arrived by then.
 */
int journal_sync(uint64_t timeout_usec) _must_check_;
