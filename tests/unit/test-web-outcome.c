/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How many results of actions are kept, and whose. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "app/outcome.h"

#define PATH "/overlays/alice/maps/-/apply"

static Outcomes *outcomes;

static void setup(void) {
        cr_assert_eq(outcomes_new(&outcomes), 0);
}

static void teardown(void) {
        outcomes = outcomes_free(outcomes);
}

TestSuite(web_outcome, .init = setup, .fini = teardown);

static Outcome *begin(const char *user, const char *ticket) {
        Outcome *outcome;

        cr_assert_eq(outcomes_add(outcomes, user, PATH, ticket, &outcome), 0);
        return outcome;
}

static void end(Outcome *outcome, const char *errors) {
        outcome_end(
                outcomes, outcome,
                &(ChildResult) {
                        .exit_code = 6,
                        .output = "out",
                        .errors = errors,
                        .errors_size = strlen(errors),
                });
}

static void number(unsigned n, char ret[static 16]) {
        (void) snprintf(ret, 16, "%u", n);
}

Test(web_outcome, is_found_by_all_of_its_names_and_has_its_result_at_the_end) {
        Outcome *outcome = begin("alice", "1");

        cr_expect_eq(outcomes_find(outcomes, "alice", PATH, "1"), outcome);
        cr_expect_null(outcomes_find(outcomes, "bob", PATH, "1"));
        cr_expect_null(outcomes_find(outcomes, "alice", "/overlays/alice/other/-/apply", "1"));
        cr_expect_null(outcomes_find(outcomes, "alice", PATH, "2"));
        cr_expect_null(outcome_result(outcome));
        end(outcome, "why");
        cr_expect_eq(outcome_result(outcome)->exit_code, 6);
        cr_expect_str_eq(outcome_result(outcome)->errors, "why");
        cr_expect_str_eq(outcome_result(outcome)->output, "");
}

Test(web_outcome, the_oldest_of_a_user_go_and_those_that_run_stay) {
        Outcome *running = begin("alice", "running"), *others = begin("bob", "1");
        char ticket[16];

        end(others, "");
        for (unsigned i = 0; i < OUTCOMES_OF_USER_MAX + 2; i++) {
                number(i, ticket);
                end(begin("alice", ticket), "");
        }
        cr_expect_null(outcomes_find(outcomes, "alice", PATH, "0"));
        cr_expect_null(outcomes_find(outcomes, "alice", PATH, "1"));
        cr_expect_not_null(outcomes_find(outcomes, "alice", PATH, "2"));
        cr_expect_eq(outcomes_find(outcomes, "alice", PATH, "running"), running);
        cr_expect_eq(outcomes_find(outcomes, "bob", PATH, "1"), others);
}

Test(web_outcome, all_users_together_have_a_limit) {
        char user[16];

        for (unsigned i = 0; i < OUTCOMES_MAX + 1; i++) {
                number(i, user);
                end(begin(user, "1"), "");
        }
        cr_expect_null(outcomes_find(outcomes, "0", PATH, "1"));
        cr_expect_not_null(outcomes_find(outcomes, "1", PATH, "1"));
}

Test(web_outcome, errors_that_are_too_long_are_cut) {
        _cleanup_free_ char *errors = malloc(OUTCOME_ERRORS_MAX + 2);
        Outcome *outcome = begin("alice", "1");

        cr_assert_not_null(errors);
        memset(errors, 'x', OUTCOME_ERRORS_MAX + 1);
        errors[OUTCOME_ERRORS_MAX + 1] = '\0';
        end(outcome, errors);
        cr_expect_eq(outcome_result(outcome)->errors_size, OUTCOME_ERRORS_MAX);
}
