/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From when on the values of a live state are old. */

#include <criterion/criterion.h>
#include <errno.h>

#include "live/age.h"

#define SECOND UINT64_C(1000000)
#define NOW    (UINT64_C(1800000000) * SECOND)

/* The ages of the file and of the last answer, in seconds. */
static LiveAge age_of(uint64_t written, uint64_t answered, uint64_t interval, LiveState changes) {
        changes.written = NOW - written * SECOND;
        changes.at = NOW - answered * SECOND;
        return live_state_age(&changes, interval * SECOND, NOW);
}

Test(live_age, values_are_old_after_two_questions) {
        cr_expect_eq(age_of(0, 0, 10, (LiveState) {}), LIVE_NEW);
        cr_expect_eq(age_of(45, 45, 10, (LiveState) {}), LIVE_NEW);
        cr_expect_eq(age_of(46, 46, 10, (LiveState) {}), LIVE_UNWATCHED);
        cr_expect_eq(age_of(5, 46, 10, (LiveState) {}), LIVE_UNANSWERED);
        cr_expect_eq(age_of(149, 149, 60, (LiveState) {}), LIVE_NEW);
        cr_expect_eq(age_of(151, 151, 60, (LiveState) {}), LIVE_UNWATCHED);
}

Test(live_age, servers_that_are_asked_less_often_have_longer) {
        const LiveState asleep = { .status.is_hibernating = true };
        const LiveState broken = { .rcon_error = -EBADMSG };

        cr_expect_eq(age_of(149, 149, 10, asleep), LIVE_NEW);
        cr_expect_eq(age_of(149, 149, 10, broken), LIVE_NEW);
        cr_expect_eq(age_of(151, 151, 10, asleep), LIVE_UNWATCHED);
        cr_expect_eq(age_of(5, 151, 10, broken), LIVE_UNANSWERED);
}

Test(live_age, a_server_that_never_answered_has_no_old_values) {
        const LiveState state = { .written = NOW };

        cr_expect_eq(live_state_age(&state, 10 * SECOND, NOW), LIVE_NEW);
        cr_expect_eq(live_state_age(&state, 10 * SECOND, NOW + 46 * SECOND), LIVE_UNWATCHED);
}

Test(live_age, a_time_that_is_to_come_is_as_wrong_as_one_that_is_long_past) {
        const LiveState state = { .written = NOW + 46 * SECOND, .at = NOW };
        const LiveState wild = { .written = UINT64_MAX, .at = UINT64_MAX };

        cr_expect_eq(live_state_age(&state, 10 * SECOND, NOW), LIVE_UNWATCHED);
        cr_expect_eq(live_state_age(&wild, 10 * SECOND, NOW), LIVE_UNWATCHED);
}
