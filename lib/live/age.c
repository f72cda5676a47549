/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "live/age.h"

#include "base/time-text.h"

/* Values get old after two polls, each late by a tenth, and the time that one of them may take. */
#define OLD_AGE_MIN (45 * USEC_PER_SEC)
#define POLL_TIME   (15 * USEC_PER_SEC)

/* A wrong clock must not make old values new forever. */
static bool is_past(uint64_t usec, uint64_t age, uint64_t now) {
        return (usec < now ? now - usec : usec - now) > age;
}

static uint64_t old_age(const LiveState *state, uint64_t interval) {
        bool is_slow = state->status.is_hibernating || state->rcon_error == -EBADMSG;
        uint64_t age = 9 * interval * (is_slow ? LIVE_SLOW_POLLS : 1) / 4 + POLL_TIME;

        return age > OLD_AGE_MIN ? age : OLD_AGE_MIN;
}

LiveAge live_state_age(const LiveState *state, uint64_t interval, uint64_t now) {
        uint64_t age = old_age(state, interval);

        if (is_past(state->written, age, now))
                return LIVE_UNWATCHED;
        return state->at > 0 && is_past(state->at, age, now) ? LIVE_UNANSWERED : LIVE_NEW;
}
