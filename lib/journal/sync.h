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
