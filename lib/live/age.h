/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How old a live state is. left4me-watch replaces the file after each question, so one that stays
 * as it is for longer than its pauses is of a left4me-watch that has stopped; and it keeps the last
 * values of a server that does not answer. Such values are not of now: readers say how old they
 * are, or leave them out.
 */

#include <stdint.h>

#include "live/state.h"

typedef enum LiveAge {
        LIVE_NEW,
        LIVE_UNANSWERED, /* the game has not answered for a while; the file itself is new, and so
                            are its health and what the control group counts */
        LIVE_UNWATCHED,  /* left4me-watch has stopped writing it: all of it is old */
} LiveAge;

/* So many times less often left4me-watch asks a server that hibernates or sends nonsense. */
enum { LIVE_SLOW_POLLS = 6 };

/* interval: µs between two questions (`interval=` of [watch]); now: CLOCK_REALTIME, µs. */
LiveAge live_state_age(const LiveState *state, uint64_t interval, uint64_t now);
