/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/command.h"

#include <string.h>

#include "app/answer.h"
#include "app/dispatch.h"
#include "app/outcome.h"
#include "auth/users.h"
#include "base/exit-code.h"
#include "base/text.h"
#include "http/response.h"
#include "http/server.h"

/* Kept until l4d2ctl has ended; the request waits and stays valid. */
typedef struct PendingAction {
        Request *request;
        char *location, *done, *failed;
        RouteHandler again;
        char *(*locate)(const ChildResult *result);
        int (*then)(Request *request, const ChildResult *result);
        int (*lost)(Request *request);
        bool has_ticket;
        Outcome *outcome;          /* of this request; NULL: it has none, or asks for another's */
        const ChildResult *result; /* while it is answered */
} PendingAction;

static PendingAction *pending_free(PendingAction *pending) {
        if (!pending)
                return NULL;
        free(pending->location);
        free(pending->done);
        free(pending->failed);
        free(pending);
        return NULL;
}

DEFINE_CLEANUP(PendingAction *, pending_free)

static int pending_new(Request *request, const Action *action, PendingAction **ret) {
        _cleanup_(pending_freep) PendingAction *pending = calloc(1, sizeof(*pending));

        if (!pending)
                return -ENOMEM;
        pending->request = request;
        pending->again = action->again;
        pending->locate = action->locate;
        pending->then = action->then;
        pending->lost = action->lost;
        pending->has_ticket = action->ticket != NULL;
        pending->location = strdup(action->location);
        pending->done = strdup(action->done);
        pending->failed = strdup(action->failed);
        if (!pending->location || !pending->done || !pending->failed)
                return -ENOMEM;

        *ret = TAKE_PTR(pending);
        return 0;
}

/* Clients with a ticket ask again after a 504, which is a proxy's. */
static unsigned status_of(const ChildResult *result, bool has_ticket) {
        if (result->is_late)
                return has_ticket ? 500 : 504;
        switch (result->exit_code) {
        case CTL_USAGE:
                return 400;
        case CTL_NO_INSTANCE:
                return 404;
        case CTL_INVALID_SPEC:
                return 422;
        case CTL_CONFLICT:
        case CTL_NOT_RUNNING:
                return 409;
        case CTL_EXISTS:
                return 412;
        case CTL_DENIED:
                return 403;
        default:
                return 500;
        }
}

static int answer_end(Request *request, const PendingAction *pending) {
        const ChildResult *result = pending->result;
        int r = 0;

        if (pending->has_ticket)
                r = http_response_header(&request->http, ACTION_RESULT_HEADER, "yes");
        return r < 0 ? r
                     : answer_failed(
                               request, status_of(result, pending->has_ticket), pending->failed,
                               result->errors, pending->again);
}

static int answer(Request *request, const void *userdata) {
        const PendingAction *pending = userdata;
        const ChildResult *result = pending->result;
        _cleanup_free_ char *location = NULL;
        int r;

        /* After the restart, the client asks again. */
        if (pending->outcome && result->exit_code < 0 &&
            http_server_is_stopping(request->web->http))
                return answer_unfinished(request, _("The web app is restarting."));
        if (result->exit_code != CTL_OK)
                return answer_end(request, pending);

        if (pending->then) {
                r = pending->then(request, result);
                if (r < 0 || request_is_answered(request) || request->http.is_waiting)
                        return r;
        }
        location = pending->locate ? pending->locate(result) : NULL;
        return answer_done(request, location ? location : pending->location, pending->done);
}

/* It is done, and with it the right to look at it is gone: the server is deleted, for example. */
static int answer_lost(Request *request, const void *userdata) {
        const PendingAction *pending = userdata;
        int r;

        if (pending->lost) {
                r = pending->lost(request);
                if (r < 0 || request_is_answered(request) || request->http.is_waiting)
                        return r;
        }
        if (!request->user && request_header(request, "HX-Request")) {
                r = http_response_header(&request->http, "HX-Redirect", "/login");
                return r < 0 ? r : answer_error(request, 401, NULL);
        }
        return answer_done(request, request->user ? pending->location : "/login", pending->done);
}

static void on_end(const ChildResult *result, void *userdata) {
        _cleanup_(pending_freep) PendingAction *pending = userdata;

        pending->result = result;
        if (pending->outcome)
                outcome_end(pending->request->web->outcomes, pending->outcome, result);
        request_continue(
                pending->request, answer, result->exit_code == CTL_OK ? answer_lost : NULL,
                pending);
}

/* Returns 1 when the action is to begin, else it did so for another request, and it is answered. */
static int answer_again(Request *request, const Action *action, PendingAction *pending) {
        const char *user = request->user->name;
        Outcomes *outcomes = request->web->outcomes;
        Outcome *outcome = outcomes_find(outcomes, user, request->path, action->ticket);
        int r;

        if (!outcome) {
                r = outcomes_add(outcomes, user, request->path, action->ticket, &pending->outcome);
                return r < 0 ? r : 1;
        }
        pending->result = outcome_result(outcome);
        return pending->result ? answer(request, pending)
                               : answer_unfinished(request, _("This still runs."));
}

int action_run(Request *request, const Action *action) {
        _cleanup_(pending_freep) PendingAction *pending = NULL;
        ChildCommand command = {
                .arguments = action->arguments,
                .user = request->user ? request->user->name : NULL,
                .input = action->input,
                .input_size = action->input_size,
                .is_action = true,
                .is_long = action->ticket != NULL,
        };
        int r;

        if (http_server_is_stopping(request->web->http))
                return answer_failed(
                        request, 503, _("The web app is restarting. Try again in a moment."), NULL,
                        action->again);
        r = pending_new(request, action, &pending);
        if (r < 0)
                return r;

        if (action->ticket) {
                r = answer_again(request, action, pending);
                if (r <= 0)
                        return r;
        }
        r = children_run(request->web->children, &command, on_end, pending);
        if (r < 0 && pending->outcome)
                outcome_remove(request->web->outcomes, pending->outcome);
        if (r == -EBUSY)
                return answer_busy(
                        request, action->failed, _("Too many actions wait already. Try again."),
                        action->again);
        if (r < 0)
                return r;
        (void) TAKE_PTR(pending);
        request_wait(request);
        return 0;
}
