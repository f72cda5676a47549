/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * When the last alert of a kind and server was sent, so that a server that crashes again and again
 * sends one in a while, with the number of those that were left out. All overlays of a user count
 * as one, because users give them names as they like. For left4me-alert-facts.
 */

#include <stdbool.h>
#include <stdint.h>

#include "alert/name.h"

/* Where the past of an alert is remembered: "crash:1.past", "job:alice:.past" for each job of her
 * overlays, "job:maps.past" for an overlay without an owner. */
void alert_past_name(const AlertName *name, char ret[static ALERT_UNIT_MAX]);

typedef struct AlertPast {
        uint64_t sent;     /* CLOCK_REALTIME, µs; 0: never */
        uint64_t left_out; /* since then */
} AlertPast;

/*
 * Whether another alert may be sent now; if not, it is counted as left out. interval: µs. A clock
 * that was set back makes it due.
 */
bool alert_past_is_due(AlertPast *past, uint64_t now, uint64_t interval);

/* The alert is sent now. Returns how many were left out before it. */
uint64_t alert_past_send(AlertPast *past, uint64_t now);

/* Reads NAME in the directory. 0, also without a file or with one that can't be read: then an alert
 * is due. -ENOMEM. */
int alert_past_load(int dir_fd, const char *name, AlertPast *ret) _must_check_;
int alert_past_save(int dir_fd, const char *name, const AlertPast *past) _must_check_;

/* Removes files of alerts, .past and .json, that were written before then: CLOCK_REALTIME, µs. */
int alert_files_remove_old(int dir_fd, uint64_t before) _must_check_;
