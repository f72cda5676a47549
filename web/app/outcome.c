/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/outcome.h"

#include <string.h>
#include <sys/queue.h>

#include "base/name.h"

struct Outcome {
        TAILQ_ENTRY(Outcome) link;
        char *user, *path, *ticket;
        char *errors;
        ChildResult result;
        bool has_ended;
};

struct Outcomes {
        TAILQ_HEAD(OutcomeList, Outcome) all; /* the oldest first; those that ended by their end */
};

static void outcome_free(Outcome *outcome) {
        free(outcome->user);
        free(outcome->path);
        free(outcome->ticket);
        free(outcome->errors);
        free(outcome);
}

int outcomes_new(Outcomes **ret) {
        Outcomes *outcomes = calloc(1, sizeof(*outcomes));

        if (!outcomes)
                return -ENOMEM;
        TAILQ_INIT(&outcomes->all);
        *ret = outcomes;
        return 0;
}

bool ticket_is_valid(const char *text) {
        return hex_is_valid(text, 32);
}

Outcome *outcomes_find(
        const Outcomes *outcomes, const char *user, const char *path, const char *ticket) {
        Outcome *outcome;

        TAILQ_FOREACH(outcome, &outcomes->all, link)
        if (strcmp(outcome->user, user) == 0 && strcmp(outcome->path, path) == 0 &&
            strcmp(outcome->ticket, ticket) == 0)
                return outcome;
        return NULL;
}

int outcomes_add(
        Outcomes *outcomes, const char *user, const char *path, const char *ticket, Outcome **ret) {
        Outcome *outcome = calloc(1, sizeof(*outcome));

        if (!outcome)
                return -ENOMEM;
        outcome->user = strdup(user);
        outcome->path = strdup(path);
        outcome->ticket = strdup(ticket);
        if (!outcome->user || !outcome->path || !outcome->ticket) {
                outcome_free(outcome);
                return -ENOMEM;
        }
        TAILQ_INSERT_TAIL(&outcomes->all, outcome, link);
        *ret = outcome;
        return 0;
}

const ChildResult *outcome_result(const Outcome *outcome) {
        return outcome->has_ended ? &outcome->result : NULL;
}

void outcome_remove(Outcomes *outcomes, Outcome *outcome) {
        TAILQ_REMOVE(&outcomes->all, outcome, link);
        outcome_free(outcome);
}

/* The oldest that has ended, of a user or of all, when there are more than max of these. */
static Outcome *find_surplus(const Outcomes *outcomes, const char *user, size_t max) {
        Outcome *outcome, *oldest = NULL;
        size_t n = 0;

        TAILQ_FOREACH(outcome, &outcomes->all, link)
        if (outcome->has_ended && (!user || strcmp(outcome->user, user) == 0)) {
                oldest = oldest ?: outcome;
                n++;
        }
        return n > max ? oldest : NULL;
}

void outcome_end(Outcomes *outcomes, Outcome *outcome, const ChildResult *result) {
        Outcome *surplus;

        outcome->errors = strndup(result->errors, OUTCOME_ERRORS_MAX);
        if (!outcome->errors) {
                outcome_remove(outcomes, outcome);
                return;
        }
        outcome->result = (ChildResult) {
                .exit_code = result->exit_code,
                .is_late = result->is_late,
                .output = "",
                .errors = outcome->errors,
                .errors_size = strlen(outcome->errors),
        };
        outcome->has_ended = true;
        TAILQ_REMOVE(&outcomes->all, outcome, link);
        TAILQ_INSERT_TAIL(&outcomes->all, outcome, link);

        surplus = find_surplus(outcomes, outcome->user, OUTCOMES_OF_USER_MAX);
        if (!surplus)
                surplus = find_surplus(outcomes, NULL, OUTCOMES_MAX);
        if (surplus)
                outcome_remove(outcomes, surplus);
}

Outcomes *outcomes_free(Outcomes *outcomes) {
        Outcome *outcome;

        if (!outcomes)
                return NULL;
        while ((outcome = TAILQ_FIRST(&outcomes->all)))
                outcome_remove(outcomes, outcome);
        free(outcomes);
        return NULL;
}
