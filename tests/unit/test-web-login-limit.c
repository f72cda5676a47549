/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>

#include "auth/login-limit.h"
#include "base/time-text.h"

static const uint64_t start = 1000 * USEC_PER_SEC;

static LoginLimits *new_limits(void) {
        LoginLimits *limits = NULL;

        cr_assert_eq(login_limits_new(&limits), 0);
        return limits;
}

/* Tries as often as is free. */
static void use_up(LoginLimits *limits, const char *address, const char *user, uint64_t now) {
        for (size_t i = 0; i < LOGIN_FREE; i++)
                cr_assert_eq(login_limits_try(limits, address, user, now), 0);
}

Test(login_limit, waits_grow_twofold) {
        _cleanup_(login_limits_freep) LoginLimits *limits = new_limits();
        uint64_t now = start;

        use_up(limits, "10.0.0.1", "alice", now);
        for (unsigned wait = 1; wait <= 32; wait *= 2) {
                cr_assert_eq(login_limits_try(limits, "10.0.0.1", "alice", now), wait + 1);
                cr_assert_gt(
                        login_limits_try(
                                limits, "10.0.0.1", "alice", now + wait * USEC_PER_SEC - 1),
                        0);
                now += wait * USEC_PER_SEC;
                cr_assert_eq(login_limits_try(limits, "10.0.0.1", "alice", now), 0);
        }
}

Test(login_limit, one_address_guessing_many_users) {
        _cleanup_(login_limits_freep) LoginLimits *limits = new_limits();
        char user[16];

        for (int i = 0; i < LOGIN_FREE; i++) {
                (void) snprintf(user, sizeof(user), "user%d", i);
                cr_assert_eq(login_limits_try(limits, "10.0.0.1", user, start), 0);
        }
        cr_assert_gt(login_limits_try(limits, "10.0.0.1", "another", start), 0);
        cr_assert_eq(login_limits_try(limits, "10.0.0.2", "another", start), 0);
}

/* The key decides who shares a set with whom: an address and a user in one don't count for each
 * other. */
Test(login_limit, every_key_counts_alike) {
        for (int i = 0; i < 2000; i++) {
                _cleanup_(login_limits_freep) LoginLimits *limits = new_limits();

                use_up(limits, "10.0.0.1", "alice", start);
                cr_assert_gt(login_limits_try(limits, "10.0.0.1", "alice", start), 0);
        }
}

Test(login_limit, many_addresses_guessing_one_user) {
        _cleanup_(login_limits_freep) LoginLimits *limits = new_limits();
        char address[32];

        for (int i = 0; i < LOGIN_FREE; i++) {
                (void) snprintf(address, sizeof(address), "10.0.0.%d", i);
                cr_assert_eq(login_limits_try(limits, address, "alice", start), 0);
        }
        cr_assert_gt(login_limits_try(limits, "10.0.1.1", "alice", start), 0);
        cr_assert_eq(login_limits_try(limits, "10.0.1.1", "bob", start), 0);
}

Test(login_limit, nobody_is_locked_out_by_others_for_long) {
        _cleanup_(login_limits_freep) LoginLimits *limits = new_limits();
        uint64_t now = start;
        char address[32];

        for (int i = 0; i < 200; i++) {
                (void) snprintf(address, sizeof(address), "10.0.0.%d", i);
                (void) login_limits_try(limits, address, "alice", now);
                now += 61 * USEC_PER_SEC;
        }
        cr_assert_leq(login_limits_try(limits, "10.0.1.1", "alice", now), LOGIN_WAIT_USER_MAX + 1);
}

Test(login_limit, a_success_forgets_the_users_failures_but_not_the_address) {
        _cleanup_(login_limits_freep) LoginLimits *limits = new_limits();

        for (int i = 0; i < LOGIN_FREE - 1; i++)
                cr_assert_eq(login_limits_try(limits, "10.0.0.1", "alice", start), 0);
        cr_assert_eq(login_limits_try(limits, "10.0.0.1", "mallory", start), 0);
        login_limits_succeed(limits, "10.0.0.1", "mallory");

        /* Four failures are left: one more is free, then there is a wait. */
        cr_assert_eq(login_limits_try(limits, "10.0.0.1", "bob", start), 0);
        cr_assert_gt(login_limits_try(limits, "10.0.0.1", "bob", start), 0);
        cr_assert_eq(login_limits_try(limits, "10.0.0.2", "mallory", start), 0);
}

Test(login_limit, all_is_forgotten_after_a_while) {
        _cleanup_(login_limits_freep) LoginLimits *limits = new_limits();
        uint64_t later = start + (uint64_t) (2 * LOGIN_WAIT_ADDRESS_MAX + 1) * USEC_PER_SEC;

        use_up(limits, "10.0.0.1", "alice", start);
        cr_assert_gt(login_limits_try(limits, "10.0.0.1", "alice", start), 0);
        use_up(limits, "10.0.0.1", "alice", later);
}

Test(login_limit, a_flood_of_names_is_bounded) {
        _cleanup_(login_limits_freep) LoginLimits *limits = new_limits();
        char text[32];

        use_up(limits, "10.0.0.1", "alice", start);
        for (int i = 0; i < 3 * LOGIN_LIMITS_MAX; i++) {
                (void) snprintf(text, sizeof(text), "n%d", i);
                (void) login_limits_try(limits, text, text, start + 1);
        }
        /* Memory is what it was; the sanitizer would tell otherwise. */
        (void) login_limits_try(limits, "10.0.0.1", "alice", start + 2);
}

Test(login_limit, an_address_with_a_success_is_known_for_a_day) {
        _cleanup_(login_limits_freep) LoginLimits *limits = new_limits();

        cr_expect_not(login_limits_is_known(limits, "10.0.0.1", start));
        cr_assert_eq(login_limits_try(limits, "10.0.0.1", "alice", start), 0);
        cr_expect_not(login_limits_is_known(limits, "10.0.0.1", start));
        login_limits_succeed(limits, "10.0.0.1", "alice");
        cr_expect(login_limits_is_known(limits, "10.0.0.1", start + 1));
        cr_expect_not(login_limits_is_known(limits, "10.0.0.2", start + 1));
        cr_expect_not(login_limits_is_known(limits, "10.0.0.1", start + LOGIN_KNOWN_AGE));
}
