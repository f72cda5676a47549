/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/command.h"

#include <string.h>

#include "app/answer.h"
#include "app/dispatch.h"
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
        int (*then)(Request *request, const ChildResult *result);
        int (*lost)(Request *request);
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
        pending->then = action->then;
        pending->lost = action->lost;
        pending->location = strdup(action->location);
        pending->done = strdup(action->done);
        pending->failed = strdup(action->failed);
        if (!pending->location || !pending->done || !pending->failed)
                return -ENOMEM;

        *ret = TAKE_PTR(pending);
        return 0;
}

static unsigned status_of(const ChildResult *result) {
        if (result->is_late)
                return 504;
        switch (result->exit_code) {
        case CTL_USAGE:
                return 400;
        case CTL_NO_INSTANCE:
                return 404;
        case CTL_INVALID_SPEC:
                return 422;
        case CTL_CONFLICT:
                return 409;
        case CTL_DENIED:
                return 403;
        default:
                return 500;
        }
}

static int answer(Request *request, const void *userdata) {
        const PendingAction *pending = userdata;
        const ChildResult *result = pending->result;
        int r;

        if (result->exit_code != CTL_OK)
                return answer_failed(
                        request, status_of(result), pending->failed, result->errors,
                        pending->again);

        if (pending->then) {
                r = pending->then(request, result);
                if (r < 0 || request_is_answered(request))
                        return r;
        }
        return answer_done(request, pending->location, pending->done);
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
        request_continue(
                pending->request, answer, result->exit_code == CTL_OK ? answer_lost : NULL,
                pending);
}

int action_run(Request *request, const Action *action) {
        _cleanup_(pending_freep) PendingAction *pending = NULL;
        ChildCommand command = {
                .arguments = action->arguments,
                .user = request->user ? request->user->name : NULL,
                .input = action->input,
                .input_size = action->input_size,
                .is_action = true,
        };
        int r;

        if (http_server_is_stopping(request->web->http))
                return answer_failed(
                        request, 503, _("The web app is restarting. Try again in a moment."), NULL,
                        action->again);
        r = pending_new(request, action, &pending);
        if (r < 0)
                return r;

        r = children_run(request->web->children, &command, on_end, pending);
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
