/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Values that the models of several pages have in common: times and sizes, each as a number for
 * programs beside text for people; and sentences about something with a name.
 */

#include <stdint.h>
#include <systemd/sd-json.h>

#include "base/cleanup.h"

/*
 * {iso, local, relative} of a CLOCK_REALTIME time in µs: "2025-11-24T03:00:00Z", the host's
 * "Mon 2025-11-24 04:00:00 CET", "2min 3s ago". null for 0, which is "never". now is what relative
 * counts from.
 */
int model_time(uint64_t usec, uint64_t now, sd_json_variant **ret) _must_check_;

/* {bytes, text}: "1.2 GiB". null for UINT64_MAX, which is "not measured". */
int model_size(uint64_t bytes, sd_json_variant **ret) _must_check_;

/* Writes the translation of a message with a place "%s" for a name, which no caller has as a
 * literal for printf. */
void model_sentence(char *ret, size_t size, const char *message, const char *name);

/* How many rows a field for this text has: its lines and some to spare, but from min to max. */
unsigned model_rows(const char *text, unsigned spare, unsigned min, unsigned max);
