/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "base/time-text.h"
#include "live/health.h"

static const HealthLimits limits = {
        .hang_after = 60 * USEC_PER_SEC,
        .slow_after = 30 * USEC_PER_SEC,
        .start_time = 300 * USEC_PER_SEC,
};

static uint64_t at(unsigned seconds) {
        return (1000 + seconds) * USEC_PER_SEC;
}

static Health answered(void) {
        Health health = { .started = at(0) };

        cr_assert(health_answered(&health, LIVE_SOURCE_RCON));
        cr_assert_eq(health.health, LIVE_OK);
        return health;
}

static LiveHealth fail(Health *health, int error, unsigned seconds) {
        (void) health_failed(health, &limits, error, at(seconds));
        return health->health;
}

Test(live_health, hangs_after_several_failures_over_more_than_a_minute) {
        Health health = answered();

        cr_expect_eq(fail(&health, -ETIMEDOUT, 10), LIVE_SILENT);
        cr_expect_eq(fail(&health, -ETIMEDOUT, 40), LIVE_SILENT);
        cr_expect_eq(fail(&health, -ETIMEDOUT, 69), LIVE_SILENT);
        cr_expect_eq(fail(&health, -ETIMEDOUT, 70), LIVE_SILENT);
        cr_expect_eq(fail(&health, -ETIMEDOUT, 71), LIVE_HUNG);
        cr_expect_not(health_failed(&health, &limits, -ETIMEDOUT, at(81)));
        cr_expect(health_answered(&health, LIVE_SOURCE_RCON));
        cr_expect_eq(fail(&health, -ETIMEDOUT, 95), LIVE_SILENT);
}

Test(live_health, two_failures_are_no_hang_however_far_apart) {
        Health health = answered();

        cr_expect_eq(fail(&health, -ETIMEDOUT, 10), LIVE_SILENT);
        cr_expect_eq(fail(&health, -ETIMEDOUT, 200), LIVE_SILENT);
        cr_expect_eq(fail(&health, -ETIMEDOUT, 201), LIVE_HUNG);
}

Test(live_health, an_answer_of_any_kind_begins_anew) {
        Health health = answered();

        for (unsigned second = 10; second < 70; second += 10)
                cr_expect_eq(fail(&health, -ETIMEDOUT, second), LIVE_SILENT);
        cr_expect_eq(fail(&health, -ECONNRESET, 70), LIVE_SILENT);
        cr_expect_eq(fail(&health, -ETIMEDOUT, 80), LIVE_SILENT);
        (void) health_answered(&health, LIVE_SOURCE_A2S);
        for (unsigned second = 90; second <= 150; second += 10)
                cr_expect_eq(fail(&health, -ETIMEDOUT, second), LIVE_SILENT);
        cr_expect_eq(fail(&health, -ETIMEDOUT, 151), LIVE_HUNG);
}

Test(live_health, other_errors_are_no_hang) {
        static const int errors[] = { -ECONNREFUSED, -ECONNRESET, -EBADMSG, -EFBIG };

        for (size_t i = 0; i < ELEMENTSOF(errors); i++) {
                Health health = answered();

                for (unsigned second = 10; second < 500; second += 10)
                        cr_expect_eq(fail(&health, errors[i], second), LIVE_SILENT);
        }
}

Test(live_health, a_server_that_can_not_be_asked_is_unknown) {
        Health health = answered();

        cr_expect_eq(fail(&health, -EACCES, 10), LIVE_UNKNOWN);
        cr_expect_eq(fail(&health, -ENOKEY, 20), LIVE_UNKNOWN);
}

Test(live_health, a_start_may_take_its_time) {
        Health health = { .started = at(0) };

        cr_expect_eq(fail(&health, -ECONNREFUSED, 1), LIVE_STARTING);
        cr_expect_eq(fail(&health, -ETIMEDOUT, 100), LIVE_STARTING);
        cr_expect_eq(fail(&health, -ENOKEY, 200), LIVE_STARTING);
        cr_expect_not(health_map_changes(&health, at(201)));
        cr_expect_eq(health.health, LIVE_STARTING);
        cr_expect_eq(fail(&health, -ENOKEY, 300), LIVE_UNKNOWN);
}

/* It may have RCON on another port, or none. */
Test(live_health, a_server_that_never_answered_does_not_hang) {
        Health health = { .started = at(0) };

        cr_expect_eq(fail(&health, -ETIMEDOUT, 10), LIVE_STARTING);
        for (unsigned second = 300; second < 1000; second += 10)
                cr_expect_eq(fail(&health, -ETIMEDOUT, second), LIVE_SILENT);
        (void) health_answered(&health, LIVE_SOURCE_A2S);
        for (unsigned second = 1000; second < 2000; second += 10)
                cr_expect_eq(fail(&health, -ETIMEDOUT, second), LIVE_SILENT);
}

Test(live_health, a_map_that_loads_suspends_it) {
        Health health = answered();

        cr_expect_eq(fail(&health, -ETIMEDOUT, 10), LIVE_SILENT);
        cr_expect_eq(fail(&health, -ETIMEDOUT, 20), LIVE_SILENT);
        cr_expect(health_map_changes(&health, at(60)));
        cr_expect_eq(health.health, LIVE_CHANGING_MAP);
        for (unsigned second = 71; second < 120; second += 10)
                cr_expect_eq(fail(&health, -ETIMEDOUT, second), LIVE_CHANGING_MAP);
        cr_expect_eq(fail(&health, -ECONNREFUSED, 119), LIVE_CHANGING_MAP);
        for (unsigned second = 120; second <= 180; second += 10)
                cr_expect_eq(fail(&health, -ETIMEDOUT, second), LIVE_SILENT, "%u", second);
        cr_expect_eq(fail(&health, -ETIMEDOUT, 181), LIVE_HUNG);
        /* A line that was delayed does not save it. */
        cr_expect_not(health_map_changes(&health, at(182)));
        cr_expect_eq(health.health, LIVE_HUNG);
}

/* Anyone can use up all connections to RCON. */
Test(live_health, a_server_that_prints_does_not_hang) {
        Health health = answered();

        for (unsigned second = 10; second < 500; second += 10) {
                cr_expect_eq(fail(&health, -ETIMEDOUT, second), LIVE_SILENT);
                if (second % 50 == 0)
                        health_printed(&health, at(second + 1));
        }
        /* The last line was at 451. */
        cr_expect_eq(fail(&health, -ETIMEDOUT, 520), LIVE_SILENT);
        cr_expect_eq(fail(&health, -ETIMEDOUT, 521), LIVE_HUNG);
        health_printed(&health, at(522));
        cr_expect_eq(fail(&health, -ETIMEDOUT, 523), LIVE_HUNG);
}

Test(live_health, lines_before_the_silence_tell_nothing) {
        Health health = answered();

        for (unsigned second = 10; second < 71; second += 10) {
                cr_expect_eq(fail(&health, -ETIMEDOUT, second), LIVE_SILENT);
                health_printed(&health, at(10));
        }
        cr_expect_eq(fail(&health, -ETIMEDOUT, 71), LIVE_HUNG);
}

Test(live_health, is_slow_after_a_while_and_fast_after_a_while) {
        Health health = answered();

        cr_expect_not(health_take_fps(&health, &limits, 20, 30, at(10)));
        cr_expect_not(health_take_fps(&health, &limits, 20, 30, at(39)));
        cr_expect_not(health_take_fps(&health, &limits, 27.5, 30, at(40)));
        cr_expect_not(health_take_fps(&health, &limits, 20, 30, at(50)));
        cr_expect(health_take_fps(&health, &limits, 20, 30, at(80)));
        cr_expect(health.is_slow);
        cr_expect_not(health_take_fps(&health, &limits, 20, 30, at(90)));
        cr_expect_not(health_take_fps(&health, &limits, 28, 30, at(100)));
        cr_expect_not(health_take_fps(&health, &limits, 30, 30, at(110)));
        cr_expect(health_take_fps(&health, &limits, 29, 30, at(140)));
        cr_expect_not(health.is_slow);
        (void) health_map_changes(&health, at(150));
        cr_expect_not(health_take_fps(&health, &limits, 5, 30, at(151)));
        cr_expect_not(health_take_fps(&health, &limits, 5, 30, at(209)));
        cr_expect_eq(health.fps_since, 0);
}

Test(live_health, reads_the_tick_rate) {
        static const struct {
                const char *arguments[4];
                uint32_t rate;
        } cases[] = {
                { { NULL }, 30 },
                { { "-tickrate", "100" }, 100 },
                { { "-TickRate 60" }, 60 },
                { { "-tickrate=128" }, 128 },
                { { "-tickrate" }, 30 },
                { { "-tickrate", "+map" }, 30 },
                { { "-tickrate", "0" }, 30 },
                { { "-tickrate", "99999999999" }, 30 },
                { { "-tickrates", "100" }, 30 },
                { { "-tickrate", "60 +map x" }, 60 },
                { { "-tickrate", "60x" }, 30 },
                { { "-tickrate", "60", "-tickrate 100" }, 100 },
        };

        cr_expect_eq(tick_rate_of(NULL), 30);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char *arguments[4] = {};

                for (size_t k = 0; k < 3 && cases[i].arguments[k]; k++)
                        arguments[k] = strdup(cases[i].arguments[k]);
                cr_expect_eq(tick_rate_of(arguments), cases[i].rate, "%zu", i);
                for (size_t k = 0; k < 3; k++)
                        free(arguments[k]);
        }
}
