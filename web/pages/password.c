/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The user's own password. The form asks for the current password, so that an attacker at an open
 * session can't lock its owner out. Every other session of the user ends, because the user's file
 * changes.
 */

#include <string.h>

#include "app/answer.h"
#include "app/command.h"
#include "app/dispatch.h"
#include "app/login.h"
#include "auth/hasher.h"
#include "auth/login-limit.h"
#include "auth/session.h"
#include "auth/users.h"
#include "base/text.h"
#include "base/time-text.h"
#include "pages/pages.h"
#include "spec/password.h"

int page_password(Request *request) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *model = NULL;
        int r;

        r = sd_json_buildo(
                &model,
                SD_JSON_BUILD_PAIR_BOOLEAN(
                        "must_change", request->user && request->user->must_change_password),
                SD_JSON_BUILD_PAIR_UNSIGNED("length_min", PASSWORD_LENGTH_MIN),
                SD_JSON_BUILD_PAIR_UNSIGNED("length_max", PASSWORD_LENGTH_MAX));
        if (r < 0)
                return r;
        return answer_page(request, 200, "password", model);
}

/* --- a new session ------------------------------------------------------------------------------
 * The file is new, so all sessions of the user have ended. The new password logs in again: only
 * when it is the one in the file, which an admin may have written once more meanwhile.
 */

static const char done[] = N_("Password changed.");

typedef struct Renewal {
        Request *request;
        UserIdentity identity; /* of the file whose hash is compared */
        int result;
} Renewal;

static int renew(Request *request, const void *userdata) {
        const WebUser *user = users_find(request->web->users, request->changed_user);
        const Renewal *renewal = userdata;
        int r;

        if (renewal->result != 1 || !user ||
            !user_identity_equal(&user->identity, &renewal->identity))
                return answer_done(request, "/login", _(done));
        r = login_begin(request, user);
        return r < 0 ? r : answer_done(request, "/", _(done));
}

static void on_compared(int result, void *userdata) {
        _cleanup_free_ Renewal *renewal = userdata;

        renewal->result = result;
        request_continue(renewal->request, renew, renew, renewal);
}

/* Without it the user has to log in, which does not count as a failure. */
static int begin_renewal(Request *request) {
        const WebUser *user = users_find(request->web->users, request->changed_user);
        const HasherClient client = login_client(request);
        _cleanup_free_ Renewal *renewal = NULL;

        if (!user)
                return 0;
        renewal = malloc(sizeof(*renewal));
        if (!renewal)
                return -ENOMEM;
        *renewal = (Renewal) { .request = request, .identity = user->identity };
        if (hasher_verify(
                    request->web->hasher, &client, request_field(request, "new"), user->password,
                    on_compared, renewal) < 0)
                return 0;
        (void) TAKE_PTR(renewal);
        request_wait(request);
        return 0;
}

/* --- the form -----------------------------------------------------------------------------------
 */

static int change(Request *request) {
        const char *name = request->user->name, *fresh = request_field(request, "new");
        _cleanup_free_ char *input = NULL;
        int r;

        if (asprintf(&input, "%s\n", fresh) < 0) {
                input = NULL;
                return -ENOMEM;
        }
        (void) snprintf(request->changed_user, sizeof(request->changed_user), "%s", name);
        r = action_run(
                request, &(Action) {
                                 .arguments = (const char *[]) { "user", "passwd", name, NULL },
                                 .input = input,
                                 .input_size = strlen(input),
                                 .location = "/",
                                 .done = _(done),
                                 .failed = _("Failed to change your password."),
                                 .again = page_password,
                                 .lost = begin_renewal,
                         });
        explicit_bzero(input, strlen(input));
        return r;
}

static int answer_verified(Request *request, const void *userdata) {
        const int *result = userdata;

        if (*result < 0)
                return *result;
        if (*result == 0)
                return answer_failed(
                        request, 403, _("Current password is wrong."), NULL, page_password);
        login_limits_succeed(request->web->limits, request_network(request), request->user->name);
        return change(request);
}

static void on_verified(int result, void *userdata) {
        request_continue(userdata, answer_verified, NULL, &result);
}

/* Why it can't be the new password, NULL when it can. */
static const char *complaint(const Request *request) {
        const char *fresh = request_field(request, "new"), *again = request_field(request, "again");
        const char *problem;

        if (!request_field(request, "current") || !fresh || !again)
                return _("Fill in all three fields.");
        if (strcmp(fresh, again) != 0)
                return _("The new passwords don't match.");
        if (strcmp(fresh, request_field(request, "current")) == 0)
                return _("The new password must differ from the current one.");
        problem = password_complaint(fresh);
        return problem ? _(problem) : NULL;
}

int post_password(Request *request) {
        HasherClient client;
        const char *problem = complaint(request);
        const WebUser *user;
        unsigned wait;
        int r;

        if (problem)
                return answer_failed(request, 422, problem, NULL, page_password);

        client = login_client(request);
        if (!hasher_has_room(request->web->hasher, &client))
                return login_answer_busy(request, page_password);
        /* Guessing goes through here as well. */
        wait = login_limits_try(
                request->web->limits, request_network(request), request->user->name,
                now_monotonic());
        if (wait > 0)
                return answer_wait(request, wait, page_password);

        user = users_find(request->web->users, request->user->name);
        r = hasher_verify(
                request->web->hasher, &client, request_field(request, "current"),
                user ? user->password : NULL, on_verified, request);
        if (r == -EBUSY)
                return login_answer_busy(request, page_password);
        if (r < 0)
                return r;
        request_wait(request);
        return 0;
}
