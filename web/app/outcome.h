/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Results of actions that can outlast their request: a proxy's patience or the connection ends, and
 * the action goes on. The client names each by a ticket, and sends the same form with it again
 * until it gets the result. This process keeps the last few of each user; after a restart it knows
 * none, and an action that was cut off begins again.
 */

#include <stdbool.h>

#include "exec/queue.h"

enum {
        /* That have ended; those that run have the limits of the queue. */
        OUTCOMES_MAX = 64,
        OUTCOMES_OF_USER_MAX = 8,
        OUTCOME_ERRORS_MAX = 64 * 1024, /* bytes of an outcome's errors */
};

typedef struct Outcomes Outcomes;
typedef struct Outcome Outcome;

int outcomes_new(Outcomes **ret) _must_check_;

/* Whether a client's text can be a ticket: 32 hexadecimal digits. */
bool ticket_is_valid(const char *text);

/* That of a user's action at this path; NULL: unknown. */
Outcome *outcomes_find(
        const Outcomes *outcomes, const char *user, const char *path, const char *ticket);

/* Adds one that runs. -ENOMEM. */
int outcomes_add(
        Outcomes *outcomes, const char *user, const char *path, const char *ticket, Outcome **ret)
        _must_check_;

/* NULL: it runs. Valid until another one ends. */
const ChildResult *outcome_result(const Outcome *outcome);

/* It has ended: copies the result without its output, and forgets the oldest past a limit. */
void outcome_end(Outcomes *outcomes, Outcome *outcome, const ChildResult *result);

/* It could not begin, or its result can't be kept. */
void outcome_remove(Outcomes *outcomes, Outcome *outcome);

Outcomes *outcomes_free(Outcomes *outcomes);
DEFINE_CLEANUP(Outcomes *, outcomes_free)
