/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Whether a server could log in to Steam. One that couldn't runs on, and turns everybody away who
 * is not in its own network: the log is the only place where it says so.
 */

#include <stdint.h>

#include "base/cleanup.h"

/*
 * Looks into the log of the unit since its start (CLOCK_REALTIME in µs). 1 and what to do when it
 * says that the login failed, 0 when it doesn't, or -errno. Static storage.
 */
int steam_login_failed(const char *unit, uint64_t since, const char **ret_remedy) _must_check_;
