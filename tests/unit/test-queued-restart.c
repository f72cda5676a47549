/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "base/time-text.h"
#include "server/queued-restart.h"

#define ID "0123456789abcdef0123456789abcdef"

static const char good[] = "{\"queued_usec\":1000,\"deadline_usec\":2000,\"invocation_id\":\"" ID
                           "\",\"user\":\"wei\"}";

Test(queued_restart, parses_its_file) {
        QueuedRestart restart;

        cr_assert_eq(queued_restart_parse(good, &restart), 0);
        cr_assert_eq(restart.queued_usec, 1000);
        cr_assert_eq(restart.deadline_usec, 2000);
        cr_assert_str_eq(restart.invocation_id, ID);
        cr_assert_str_eq(restart.user, "wei");
        cr_assert_eq(
                queued_restart_parse(
                        "{\"queued_usec\":1,\"deadline_usec\":null,\"invocation_id\":\"" ID
                        "\",\"user\":\"\",\"later\":true}",
                        &restart),
                0);
        cr_assert_eq(restart.deadline_usec, 0);
        cr_assert_str_eq(restart.owner, "");
        cr_assert_eq(
                queued_restart_parse(
                        "{\"queued_usec\":1,\"deadline_usec\":null,\"invocation_id\":\"" ID
                        "\",\"user\":\"wei\",\"owner\":\"wei\"}",
                        &restart),
                0);
        cr_assert_str_eq(restart.owner, "wei");
        cr_assert_eq(restart.deadline_boottime, 0);
        cr_assert_eq(
                queued_restart_parse(
                        "{\"queued_usec\":1,\"deadline_usec\":9,\"deadline_boottime_usec\":7,"
                        "\"invocation_id\":\"" ID "\",\"user\":\"\"}",
                        &restart),
                0);
        cr_assert_eq(restart.deadline_boottime, 7);
}

Test(queued_restart, refuses_a_damaged_file) {
        static const char *const bad[] = {
                "",
                "{}",
                "[]",
                "null",
                "{\"queued_usec\":0,\"deadline_usec\":null,\"invocation_id\":\"" ID
                "\",\"user\":\"\"}",
                "{\"queued_usec\":-1,\"deadline_usec\":null,\"invocation_id\":\"" ID
                "\",\"user\":\"\"}",
                "{\"queued_usec\":1,\"deadline_usec\":\"x\",\"invocation_id\":\"" ID
                "\",\"user\":\"\"}",
                "{\"queued_usec\":1,\"deadline_usec\":2,\"deadline_boottime_usec\":-1,"
                "\"invocation_id\":\"" ID "\",\"user\":\"\"}",
                "{\"queued_usec\":1,\"invocation_id\":\"" ID "\",\"user\":\"\"}",
                "{\"queued_usec\":1,\"deadline_usec\":null,\"invocation_id\":\"abc\",\"user\":\"\"}",
                "{\"queued_usec\":1,\"deadline_usec\":null,\"invocation_id\":\"" ID
                "0\",\"user\":\"\"}",
                "{\"queued_usec\":1,\"deadline_usec\":null,\"invocation_id\":\"" ID
                "\",\"user\":\"\\u001b[31m\"}",
                "{\"queued_usec\":1,\"deadline_usec\":null,\"invocation_id\":\"" ID
                "\",\"user\":\"\",\"owner\":\"a b\"}",
                "{\"queued_usec\":1,\"deadline_usec\":null,\"invocation_id\":\"" ID
                "\",\"user\":\"01234567890123456789012345678901234567890123456789012345678901234\"}",
        };
        QueuedRestart restart;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                cr_expect_eq(queued_restart_parse(bad[i], &restart), -EINVAL, "%s", bad[i]);
}

static uint64_t minutes(double n) {
        return (uint64_t) (n * 60 * (double) USEC_PER_SEC);
}

Test(queued_restart, warns_three_times) {
        const QueuedRestart restart = { .queued_usec = 1, .deadline_usec = minutes(100) };
        static const struct {
                double now;
                unsigned warning;
        } steps[] = { { 0, 0 },    { 89.9, 0 }, { 90, 10 },  { 90.5, 0 }, { 94.9, 0 }, { 95, 5 },
                      { 98.9, 0 }, { 99, 1 },   { 99.9, 0 }, { 100, 0 },  { 101, 0 } };
        unsigned warned = 0;

        for (size_t i = 0; i < ELEMENTSOF(steps); i++)
                cr_expect_eq(
                        queued_restart_warn(&restart, minutes(steps[i].now), &warned),
                        steps[i].warning, "%f", steps[i].now);
}

/* With less time than the first warning, or late because the host slept: the time that is left. */
Test(queued_restart, says_how_long_it_is) {
        const QueuedRestart restart = { .queued_usec = 1, .deadline_usec = minutes(100) };
        const QueuedRestart endless = { .queued_usec = 1 };
        unsigned warned = 0;

        cr_expect_eq(queued_restart_warn(&restart, minutes(92.5), &warned), 8);
        cr_expect_eq(queued_restart_warn(&restart, minutes(93), &warned), 0);
        cr_expect_eq(queued_restart_warn(&restart, minutes(99.5), &warned), 1);
        warned = 0;
        cr_expect_eq(queued_restart_warn(&endless, minutes(1), &warned), 0);
}

/* "+10min" is so long, and "04:00" is then, whatever the clock is set to meanwhile. */
Test(queued_restart, follows_a_clock_that_is_set) {
        const uint64_t year = 365 * minutes(24 * 60);
        const QueuedRestart span = { .queued_usec = minutes(100),
                                     .deadline_usec = minutes(110),
                                     .deadline_boottime = minutes(30) };
        static const struct {
                double now, boottime, deadline, queued;
        } steps[] = {
                { 101, 21, 110, 100 },    /* the clock is as it was */
                { 101.01, 21, 110, 100 }, /* it goes a little faster */
                { 161, 21, 170, 160 },    /* set forward by an hour … */
                { 179, 39, 170, 160 },    /* … and the deadline is over */
                { 41, 21, 50, 40 },       /* set back by an hour */
        };
        QueuedRestart restart;

        for (size_t i = 0; i < ELEMENTSOF(steps); i++) {
                restart = span;
                restart.queued_usec += year;
                restart.deadline_usec += year;
                queued_restart_follow_clock(
                        &restart, year + minutes(steps[i].now), minutes(steps[i].boottime));
                cr_expect_eq(restart.deadline_usec, year + minutes(steps[i].deadline), "%zu", i);
                cr_expect_eq(restart.queued_usec, year + minutes(steps[i].queued), "%zu", i);
        }

        restart = (QueuedRestart) { .queued_usec = 1, .deadline_usec = minutes(110) };
        queued_restart_follow_clock(&restart, minutes(500), minutes(1));
        cr_expect_eq(restart.deadline_usec, minutes(110));
        restart = (QueuedRestart) { .queued_usec = 1, .deadline_boottime = 5 };
        queued_restart_follow_clock(&restart, minutes(500), minutes(1));
        cr_expect_eq(restart.deadline_usec, 0);

        /* A file can say anything. */
        restart = (QueuedRestart) { .queued_usec = 1,
                                    .deadline_usec = 2,
                                    .deadline_boottime = UINT64_MAX };
        queued_restart_follow_clock(&restart, UINT64_MAX, 1);
        cr_expect_eq(restart.deadline_usec, UINT64_MAX);
        restart = (QueuedRestart) { UINT64_MAX, UINT64_MAX, .deadline_boottime = 1 };
        queued_restart_follow_clock(&restart, 1, UINT64_MAX);
        cr_expect_eq(restart.deadline_usec, 1);
        cr_expect_gt(restart.queued_usec, 0);
}

Test(queued_restart, warns_again_when_the_clock_was_set_back) {
        const QueuedRestart restart = { .queued_usec = 1, .deadline_usec = minutes(100) };
        unsigned warned = 0;

        cr_expect_eq(queued_restart_warn(&restart, minutes(99), &warned), 1);
        /* By a second, as a time server does; by an hour. */
        cr_expect_eq(queued_restart_warn(&restart, minutes(98.99), &warned), 0);
        cr_expect_eq(queued_restart_warn(&restart, minutes(39), &warned), 0);
        cr_expect_eq(queued_restart_warn(&restart, minutes(90), &warned), 10);
        cr_expect_eq(queued_restart_warn(&restart, minutes(95), &warned), 5);
        cr_expect_eq(queued_restart_warn(&restart, minutes(99), &warned), 1);
}

Test(queued_restart, next_moment) {
        const QueuedRestart restart = { .queued_usec = 1, .deadline_usec = minutes(100) };
        const QueuedRestart endless = { .queued_usec = 1 };

        cr_expect_eq(queued_restart_next(&restart, 0), minutes(90));
        cr_expect_eq(queued_restart_next(&restart, minutes(90)), minutes(95));
        cr_expect_eq(queued_restart_next(&restart, minutes(96)), minutes(99));
        cr_expect_eq(queued_restart_next(&restart, minutes(99)), minutes(100));
        cr_expect_eq(queued_restart_next(&restart, minutes(100)), UINT64_MAX);
        cr_expect_eq(queued_restart_next(&endless, 0), UINT64_MAX);
}

Test(queued_restart, is_about_one_run) {
        char id[] = ID, other[] = "ffffffffffffffffffffffffffffffff", active[] = "active",
             inactive[] = "inactive", failed[] = "failed", activating[] = "activating";
        QueuedRestart restart;

        cr_assert_eq(queued_restart_parse(good, &restart), 0);
        cr_expect(queued_restart_is_due(
                &restart, &(UnitState) { .active_state = active, .invocation_id = id }));
        cr_expect(queued_restart_is_due(
                &restart, &(UnitState) { .active_state = activating, .invocation_id = id }));
        cr_expect(!queued_restart_is_due(
                &restart, &(UnitState) { .active_state = active, .invocation_id = other }));
        cr_expect(!queued_restart_is_due(
                &restart, &(UnitState) { .active_state = inactive, .invocation_id = id }));
        cr_expect(!queued_restart_is_due(
                &restart, &(UnitState) { .active_state = failed, .invocation_id = id }));
        cr_expect(!queued_restart_is_due(&restart, &(UnitState) {}));
        cr_expect(!queued_restart_is_due(
                &(QueuedRestart) {}, &(UnitState) { .active_state = active, .invocation_id = id }));
}
