/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Times as people write and read them. All times are CLOCK_REALTIME in microseconds; text is in
 * the local time zone.
 */

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/cleanup.h"

#define USEC_PER_SEC UINT64_C(1000000)

uint64_t now_realtime(void);
uint64_t now_monotonic(void);

/* Microseconds of a time from 1970 on. */
uint64_t timespec_usec(const struct timespec *time);

/* Time since the boot, as now_monotonic(), but it goes on while the host is suspended. */
uint64_t now_boottime(void);

/*
 * Reads a timestamp of systemd.time(7): "now", "yesterday", "today", "tomorrow",
 * "[WEEKDAY ]YYYY-MM-DD[ HH:MM[:SS[.FRACTION]]]" (also with 'T'), "HH:MM[:SS]" (today),
 * "@SECONDS", "-SPAN", "SPAN ago", "+SPAN", "SPAN left"; a zone may follow: "UTC", "Z", "+HH:MM",
 * the local one's abbreviation. Also "Mon DD HH:MM:SS" as in lines of a log. Returns 0 or -EINVAL,
 * also for a time that is too large; a time before the epoch becomes the epoch.
 */
int time_parse(const char *text, uint64_t now, uint64_t *ret) _must_check_;

enum { TIME_TEXT_MAX = 64 };

/* "Mon 2025-11-24 04:00:00 CET"; "n/a" for 0. */
const char *time_format(uint64_t time, char buffer[static TIME_TEXT_MAX]);

/* "2min 3s", "4h 5min", "3 days": how long, in the two largest units. */
const char *span_format(uint64_t usec, char buffer[static TIME_TEXT_MAX]);
