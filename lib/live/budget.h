/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How many events of one server are written: the journal has a limit, and neither a server that
 * prints a million joins nor a player who chats without end may push out the events of others. Few
 * kinds are as many as players like; the others have a reserve that chat can't use up.
 */

#include <stdbool.h>
#include <stdint.h>

#include "live/event.h"

/* Events that are left, and when they were counted: CLOCK_MONOTONIC in µs, 0: never. */
typedef struct EventTokens {
        double left;
        uint64_t at;
} EventTokens;

/* One for each server; zeroed. */
typedef struct EventBudget {
        EventTokens all, reserve;
        uint64_t n_out; /* events left out since the last event that said so */
} EventBudget;

/* At once, and per hour in the long run. */
enum {
        EVENTS_AT_ONCE = 1000,
        EVENTS_PER_HOUR = 720,
        EVENTS_RESERVE_AT_ONCE = 100,
        EVENTS_RESERVE_PER_HOUR = 180,
};

/* Whether an event of this kind may be written now, which uses it up; else it is counted in n_out.
 * now: CLOCK_MONOTONIC in µs. */
bool event_budget_take(EventBudget *budget, LiveEventKind kind, uint64_t now) _must_check_;
