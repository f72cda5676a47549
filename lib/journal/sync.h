/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "base/cleanup.h"

/*
 * Waits until journald has written all messages that it got before this call: the last messages of
 * a program may reach the journal after systemd has announced its end. Uses journald's own
 * interface, as `journalctl --sync` does; only root may. Returns 0 or -errno; -ETIME when it took
 * longer than timeout_usec. A caller that reads on after an error sees the messages that have
 * arrived by then.
 */
int journal_sync(uint64_t timeout_usec) _must_check_;

/*
 * For the last step of a unit: waits, for five seconds at most, until journald has what its other
 * processes wrote. journald asks systemd's notes for the invocation when it reads a line, and the
 * end of the unit, or its next start, takes that away: the line would be missing in the run's log.
 */
void journal_take_last_lines(void);
