/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Whether Steam told a server that it needs the latest update. Players with a newer game can't join
 * it, and the log is the only place where it says so.
 */

#include <stdint.h>

#include "base/cleanup.h"

/* Looks into the log of the unit since its start (CLOCK_REALTIME in µs). 1, 0 or -errno. */
int server_needs_update(const char *unit, uint64_t since) _must_check_;
