/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The login page. Neither its text nor its duration depends on whether a user of that name exists.
 */

#include <string.h>

#include "app/answer.h"
#include "app/dispatch.h"
#include "app/kept.h"
#include "app/login.h"
#include "auth/audit-entry.h"
#include "auth/hasher.h"
#include "auth/login-limit.h"
#include "auth/users.h"
#include "base/text.h"
#include "base/time-text.h"
#include "pages/pages.h"
#include "view/model.h"

enum { USER_TYPED_MAX = 64, THEN_MAX = 2048 };

#define PATH_CHARACTERS                                        \
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
        "0123456789-_./"

/* A path of ours, perhaps with a query, and nothing else, or the overview. */
static const char *safe_path(const char *then) {
        size_t length;

        if (!then || then[0] != '/' || strlen(then) >= THEN_MAX)
                return "/";
        length = strspn(then, PATH_CHARACTERS);
        if (memmem(then, length, "//", 2) ||
            (then[length] != '\0' &&
             (then[length] != '?' || then[strspn(then, PATH_CHARACTERS "?=&%+;:,~*")] != '\0')))
                return "/";
        return then;
}

/* Says which action was not done because the session had ended, from the path of the form. */
static int say_undone(Request *request) {
        static const struct {
                const char *end, *text;
        } deeds[] = {
                { "/start", N_("'%s' was not started: your session had ended.") },
                { "/stop", N_("'%s' was not stopped: your session had ended.") },
                { "/restart", N_("'%s' was not restarted: your session had ended.") },
                { "/reset", N_("'%s' was not reset: your session had ended.") },
                { "/delete", N_("'%s' was not deleted: your session had ended.") },
        };
        const char *format = N_("'%s' was not changed: your session had ended.");
        const char *path = request_query(request, "undone");
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *lines = NULL;
        char text[256] = "";
        RouteMatch match;
        int r;

        if (!path)
                return 0;
        router_match(request->web->routes, "POST", path, &match);
        if (!match.route)
                return 0;
        if (match.route->access == ACCESS_SERVER_OWNER) {
                for (size_t i = 0; i < ELEMENTSOF(deeds); i++)
                        if (strcmp(strrchr(path, '/'), deeds[i].end) == 0)
                                format = deeds[i].text;
                model_sentence(text, sizeof(text), format, route_match_value(&match, "name"));
        }
        r = sd_json_variant_new_array(&lines, NULL, 0);
        if (r < 0)
                return r;
        request->error_status = 200;
        return sd_json_buildo(
                &request->error,
                SD_JSON_BUILD_PAIR_STRING(
                        "text",
                        text[0] ? text
                                : _("Your last action was not done: your session had ended.")),
                SD_JSON_BUILD_PAIR_VARIANT("details", lines));
}

static int page_login_alone(Request *request) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *model = NULL;
        const char *then = request_field(request, "then");
        int r;

        if (request->user && strcmp(request->http.method, "GET") == 0 && !request_is_api(request))
                return answer_redirect(request, safe_path(request_query(request, "then")));
        r = login_prepare_form(request);
        if (r >= 0 && !request->error)
                r = say_undone(request);
        if (r < 0)
                return r;

        r = sd_json_buildo(
                &model, SD_JSON_BUILD_PAIR_STRING("name", request_typed(request, "name", "")),
                SD_JSON_BUILD_PAIR_STRING(
                        "then", safe_path(then ? then : request_query(request, "then"))),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_users", users_exist(request->web->users)));
        if (r < 0)
                return r;
        return answer_page(request, 200, "login", model);
}

/* Also of a form that carries text: it is still there after a wrong password. */
int page_login(Request *request) {
        return kept_by_login(request) ? page_kept(request) : page_login_alone(request);
}

/* --- logging in ------------------------------------------------------------------------------- */

typedef struct Attempt {
        Request *request;
        char name[USER_TYPED_MAX];
        UserIdentity identity; /* of the file whose hash is compared */
        bool exists;
        int result; /* of the comparison */
} Attempt;

static int refuse(Request *request, const char *name) {
        audit_login("login-failed", name, request_address(request));
        return answer_failed(request, 403, _("Wrong username or password."), NULL, page_login);
}

static int finish(Request *request, const void *userdata) {
        const Attempt *attempt = userdata;
        const WebUser *user = users_find(request->web->users, attempt->name);
        int r;

        if (attempt->result < 0)
                return attempt->result;
        /* The user's file may have changed during the comparison. */
        if (attempt->result == 0 || !attempt->exists || !user ||
            !user_identity_equal(&user->identity, &attempt->identity))
                return refuse(request, attempt->name);

        r = login_begin(request, user);
        if (r < 0)
                return r;
        login_limits_succeed(request->web->limits, request_network(request), user->name);
        audit_login("login", user->name, request_address(request));
        if (request_is_api(request))
                return answer_done(request, "/", _("You are logged in."));
        if (kept_by_login(request))
                return page_kept(request);
        return answer_redirect(
                request, user->must_change_password ? "/password"
                                                    : safe_path(request_field(request, "then")));
}

static void on_verified(int result, void *userdata) {
        _cleanup_free_ Attempt *attempt = userdata;

        attempt->result = result;
        request_continue(attempt->request, finish, NULL, attempt);
}

int post_login(Request *request) {
        const char *name = request_field(request, "name");
        const char *password = request_field(request, "password");
        _cleanup_free_ Attempt *attempt = calloc(1, sizeof(*attempt));
        const WebUser *user;
        HasherClient client;
        unsigned wait;
        int r;

        if (!attempt)
                return -ENOMEM;
        if (!login_form_is_ours(request))
                return answer_failed(
                        request, 403,
                        _("This form has expired, or cookies are blocked. Try again."), NULL,
                        page_login);
        if (!name || !password)
                return answer_failed(
                        request, 400, _("Enter a username and a password."), NULL, page_login);

        (void) snprintf(attempt->name, sizeof(attempt->name), "%s", name);
        attempt->request = request;
        /* An attempt that is not made doesn't count. */
        client = login_client(request);
        if (!hasher_has_room(request->web->hasher, &client))
                return login_answer_busy(request, page_login);
        wait = login_limits_try(
                request->web->limits, request_network(request), attempt->name, now_monotonic());
        if (wait > 0)
                return answer_wait(request, wait, page_login);

        user = users_find(request->web->users, name);
        attempt->exists = user != NULL;
        if (user)
                attempt->identity = user->identity;
        r = hasher_verify(
                request->web->hasher, &client, password, user ? user->password : NULL, on_verified,
                attempt);
        if (r == -EBUSY)
                return login_answer_busy(request, page_login);
        if (r < 0)
                return r;
        (void) TAKE_PTR(attempt);
        request_wait(request);
        return 0;
}

int post_logout(Request *request) {
        int r;

        audit_login("logout", request->user->name, request_address(request));
        r = login_end(request);
        if (r < 0)
                return r;
        return answer_done(request, "/login", _("You are logged out."));
}
