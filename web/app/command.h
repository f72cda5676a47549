/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Runs a form's action: one run of l4d2ctl on behalf of the user, and the answer from its result.
 */

#include "app/request.h"
#include "exec/queue.h"

typedef struct Action {
        const char *const *arguments; /* l4d2ctl's, NULL-terminated */
        const char *input;            /* its stdin, NULL: empty */
        size_t input_size;
        const char *location; /* where to go when it is done */
        const char *done;     /* what to say there: "Started 'versus-1'." */
        const char *failed;   /* what to say otherwise: "Failed to start 'versus-1'." */
        RouteHandler again;   /* builds the page of the form, for that; NULL: the error page */

        /* Runs after success, before the answer; for what must follow a change. May be NULL. */
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
