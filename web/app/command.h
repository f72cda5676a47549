/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Runs a form's action: one run of l4d2ctl on behalf of the user, and the answer from its result.
 */

#include "app/request.h"
#include "exec/queue.h"

#define ACTION_RESULT_HEADER "X-Action-Result"

typedef struct Action {
        const char *const *arguments; /* l4d2ctl's, NULL-terminated */
        const char *input;            /* its stdin, NULL: empty */
        size_t input_size;
        const char *location; /* where to go when it is done */
        const char *done;     /* what to say there: "Started 'versus-1'." */
        const char *failed;   /* what to say otherwise: "Failed to start 'versus-1'." */
        RouteHandler again;   /* builds the page of the form, for that; NULL: the error page */

        /* NULL: none. Else the action may take as long as CHILD_LONG_DEADLINE, and only JSON is
         * answered, see app/outcome.h: the result, or 202 while another request with this ticket
         * waits for it. A kept result has no output for `locate` and `then`. A failure has the
         * header ACTION_RESULT_HEADER: others with its status say nothing about the action. */
        const char *ticket;

        /* A better place to go than location, from what l4d2ctl printed; from malloc, NULL: none.
         * May be NULL. */
        char *(*locate)(const ChildResult *result);

        /* Runs after success, before the answer, and may wait for another action instead; for what
         * must follow a change. May be NULL. */
        int (*then)(Request *request, const ChildResult *result);

        /* Runs after success in place of `then` when the user may no longer see the outcome: the
         * change took the right along. It may answer, or wait. May be NULL. */
        int (*lost)(Request *request);
} Action;

/*
 * Starts the action and makes the request wait for it. All strings are copied. l4d2ctl's text on
 * stderr reaches the user, also as `details` after success. Returns 0 also when it could not be
 * started: then the answer says so.
 */
int action_run(Request *request, const Action *action) _must_check_;
