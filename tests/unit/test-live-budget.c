/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>

#include "base/time-text.h"
#include "live/budget.h"

#define START (1000 * USEC_PER_SEC)
#define HOUR  (3600 * USEC_PER_SEC)

static unsigned take_all(EventBudget *budget, LiveEventKind kind, uint64_t now) {
        unsigned n = 0;

        while (event_budget_take(budget, kind, now))
                n++;
        return n;
}

Test(live_budget, chat_leaves_a_reserve_to_the_others) {
        EventBudget budget = {};

        cr_expect_eq(take_all(&budget, LIVE_CHAT, START), EVENTS_AT_ONCE);
        cr_expect_not(event_budget_take(&budget, LIVE_JOIN, START));
        cr_expect_not(event_budget_take(&budget, LIVE_LEAVE, START));
        cr_expect_eq(take_all(&budget, LIVE_BAN, START), EVENTS_RESERVE_AT_ONCE);
        cr_expect_not(event_budget_take(&budget, LIVE_KICK, START));
        cr_expect_eq(budget.n_out, 5);
}

Test(live_budget, grows_again_up_to_its_limit) {
        EventBudget budget = {};
        uint64_t now = START;

        (void) take_all(&budget, LIVE_RCON, now);
        now += HOUR;
        cr_expect_eq(take_all(&budget, LIVE_CHAT, now), EVENTS_PER_HOUR);
        cr_expect_eq(take_all(&budget, LIVE_RCON, now), EVENTS_RESERVE_AT_ONCE);
        now += HOUR / 2;
        cr_expect_eq(
                take_all(&budget, LIVE_RCON, now),
                EVENTS_PER_HOUR / 2 + EVENTS_RESERVE_PER_HOUR / 2);
        now += 100 * HOUR;
        cr_expect_eq(take_all(&budget, LIVE_CHAT, now), EVENTS_AT_ONCE);
}
