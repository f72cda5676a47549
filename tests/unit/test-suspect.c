/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>

#include "base/time-text.h"
#include "server/suspect.h"

#define MINUTES(n) ((uint64_t) (n) * 60 * USEC_PER_SEC)
#define NOW        MINUTES(1000000)

Test(suspect, a_run_that_was_stopped_after_a_while_was_good) {
        /* Newest first: they are sorted. */
        RunEvent events[] = {
                { RUN_FAILED, NOW - MINUTES(1) },
                { RUN_STARTED, NOW - MINUTES(2) },
                { RUN_STOPPED, NOW - MINUTES(3) },
                { RUN_STARTED, NOW - MINUTES(5) },
        };

        cr_expect_eq(run_find_good(events, ELEMENTSOF(events), NOW), NOW - MINUTES(5));
}

/* The admin's first reaction to a server that crashes again and again. */
Test(suspect, a_stop_between_crashes_is_not_a_good_run) {
        RunEvent events[] = {
                { RUN_STARTED, NOW - MINUTES(100) }, { RUN_STOPPED, NOW - MINUTES(50) },
                { RUN_STARTED, NOW - MINUTES(20) },  { RUN_FAILED, NOW - MINUTES(17) },
                { RUN_STARTED, NOW - MINUTES(12) },  { RUN_STOPPED, NOW - MINUTES(10) },
                { RUN_STARTED, NOW - MINUTES(10) },  { RUN_FAILED, NOW - MINUTES(7) },
                { RUN_STARTED, NOW - MINUTES(2) },   { RUN_STOPPED, NOW - MINUTES(1) },
        };

        cr_expect_eq(run_find_good(events, ELEMENTSOF(events), NOW), NOW - MINUTES(100));
        /* It outlasted the crash behind it. */
        events[5].usec = NOW - MINUTES(8);
        events[6].usec = NOW - MINUTES(8);
        cr_expect_eq(run_find_good(events, ELEMENTSOF(events), NOW), NOW - MINUTES(12));
}

Test(suspect, a_crash_after_a_while_is_not_the_contents_fault) {
        RunEvent events[] = {
                { RUN_STARTED, NOW - MINUTES(100) }, { RUN_FAILED, NOW - MINUTES(90) },
                { RUN_STARTED, NOW - MINUTES(9) },   { RUN_FAILED, NOW - MINUTES(8) },
                { RUN_STARTED, NOW - MINUTES(7) },   { RUN_FAILED, NOW - MINUTES(6) },
        };

        cr_expect_eq(run_find_good(events, ELEMENTSOF(events), NOW), NOW - MINUTES(100));
        events[1].usec -= MINUTES(1);
        cr_expect_eq(run_find_good(events, ELEMENTSOF(events), NOW), 0);
}

Test(suspect, the_run_that_goes_on_counts_once_it_lasts) {
        RunEvent events[] = { { RUN_STARTED, NOW - MINUTES(9) } };

        cr_expect_eq(run_find_good(events, 1, NOW), 0);
        cr_expect_eq(run_find_good(events, 1, NOW + MINUTES(1)), NOW - MINUTES(9));
        /* A clock that was set back. */
        cr_expect_eq(run_find_good(events, 1, NOW - MINUTES(100)), 0);
        cr_expect_eq(run_find_good(NULL, 0, NOW), 0);
}

Test(suspect, which_states_keep_failing) {
        UnitState unit = { .state_change = now_realtime(), .restarts = 1 };

        cr_expect(server_keeps_failing(SERVER_FAILED, &unit));
        cr_expect_not(server_keeps_failing(SERVER_RESTARTING, &unit));
        unit.restarts = 2;
        cr_expect(server_keeps_failing(SERVER_RESTARTING, &unit));
        cr_expect(server_keeps_failing(SERVER_RUNNING, &unit));
        cr_expect_not(server_keeps_failing(SERVER_STOPPED, &unit));
        unit.state_change -= MINUTES(11);
        cr_expect_not(server_keeps_failing(SERVER_RUNNING, &unit));
}
