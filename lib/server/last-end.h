/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How a server last ended by itself, from what systemd wrote to the journal then: systemd's
 * properties forget it when the server runs again.
 */

#include <systemd/sd-json.h>

#include "base/time-text.h"
#include "server/state.h"

/* How long it is shown, in µs. */
#define LAST_END_AGE (24 * 3600 * USEC_PER_SEC)

typedef struct LastEnd {
        uint64_t usec;   /* CLOCK_REALTIME; 0: there was none */
        char result[32]; /* systemd's, and the rest as UnitState has it */
        int32_t exit_code, exit_status;
} LastEnd;

/*
 * The last one since a time in µs. An end that was asked for and went well is none. 1, 0 or -errno;
 * -EACCES: the caller may not read the journal.
 */
int last_end_find(const char *unit, uint64_t since, LastEnd *ret) _must_check_;

/* As describe_result(), in the current language. */
void last_end_describe(const LastEnd *end, char *buffer, size_t size);

/* Sets "last_end": {usec, text}, or null when there was none. */
int json_set_last_end(sd_json_variant **object, const LastEnd *end) _must_check_;
