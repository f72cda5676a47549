/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/access.h"

#include <string.h>

#include "app/answer.h"
#include "app/kept.h"
#include "app/this-host.h"
#include "auth/users.h"
#include "base/log.h"
#include "base/text.h"
#include "http/response.h"
#include "server/owner.h"

static bool owns(const WebUser *user, const char *owner, size_t length) {
        return strlen(user->name) == length && strncmp(user->name, owner, length) == 0;
}

bool user_may_see(const WebUser *user, const char *blueprint) {
        return user->is_admin || (blueprint && owns(user, blueprint, strcspn(blueprint, "/")));
}

bool access_to_blueprint(const Request *request, const char *blueprint) {
        return request->user && user_may_see(request->user, blueprint);
}

bool access_to_server(const Request *request, const char *name) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        _cleanup_(spec_freep) Spec *spec = NULL;

        if (!request->user)
                return false;
        if (request->user->is_admin)
                return true;
        if (spec_load(&request->web->specs, name, &errors, &spec) < 0)
                return false;
        return access_to_blueprint(request, spec->blueprint);
}

bool user_may_change_overlay(const WebUser *user, const char *ref) {
        const char *slash = strchr(ref, '/');

        return user->is_admin || (slash && owns(user, ref, (size_t) (slash - ref)));
}

bool access_to_overlay(const Request *request, const char *ref) {
        return request->user && user_may_change_overlay(request->user, ref);
}

uint64_t access_since(const Request *request, const char *name) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        _cleanup_(spec_freep) Spec *spec = NULL;
        uint64_t since;

        if (request->user && request->user->is_admin)
                return 0;
        if (spec_load(&request->web->specs, name, &errors, &spec) < 0 ||
            !access_to_blueprint(request, spec->blueprint) ||
            server_owner_since(&request->web->specs, name, spec->blueprint, &since) < 0)
                return UINT64_MAX;
        return since;
}

static bool is_allowed(const Request *request) {
        const WebUser *user = request->user;

        switch (request->match.route->access) {
        case ACCESS_ANYONE:
                return true;
        case ACCESS_USER:
                return user != NULL;
        case ACCESS_SERVER_OWNER:
                return access_to_server(request, request_parameter(request, "name"));
        case ACCESS_BLUEPRINT_OWNER:
                return access_to_blueprint(request, request_parameter(request, "owner"));
        case ACCESS_OVERLAY_OWNER:
                return access_to_overlay(request, request_parameter(request, "ref"));
        case ACCESS_ADMIN:
        case ACCESS_METRICS:
                return user && user->is_admin;
        default:
                return false;
        }
}

/* The login page, which leads back to the page that was asked for, or names the action that was not
 * done. */
static int login_location(const Request *request, char **ret) {
        bool is_post = request_is_post(request);
        char page[ROUTE_PATH_MAX];
        char *text = NULL;
        size_t size;
        FILE *f;

        f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        (void) fputs("/login", f);
        if (is_post && strcmp(request->path, "/logout") != 0) {
                router_page_above(request->web->routes, request->path, page);
                (void) fputs("?then=", f);
                form_print_escaped(page, f);
                (void) fputs("&undone=", f);
                form_print_escaped(request->path, f);
        } else if (
                !is_post &&
                (strcmp(request->path, "/") != 0 || request->http.query_text[0] != '\0')) {
                (void) fputs("?then=", f);
                form_print_escaped(request->path, f);
                if (request->http.query_text[0] != '\0')
                        form_print_escaped("?", f);
                form_print_escaped(request->http.query_text, f);
        }
        if (fclose(f) != 0 || !text) {
                free(text);
                return -ENOMEM;
        }
        *ret = text;
        return 0;
}

int access_answer_stranger(Request *request) {
        _cleanup_free_ char *location = NULL;
        int r;

        if (request->http.form.n_fields > 0 && kept_is_possible(request))
                return kept_answer(
                        request, 401, _("Your text is not saved: your session had ended."));
        if (request_is_api(request) || request->match.route->flags & ROUTE_EVENTS)
                return answer_error(request, 401, NULL);
        r = login_location(request, &location);
        if (r < 0)
                return r;
        if (!request_header(request, "HX-Request"))
                return answer_redirect(request, location);
        /* A script takes what it is led to for the page it asked for, so it goes there itself; a
         * page that only looked for news stays, and says so. */
        if (request_is_post(request))
                r = http_response_header(&request->http, "HX-Redirect", location);
        return r < 0 ? r : answer_error(request, 401, NULL);
}

static int answer_one_time(Request *request) {
        if (request->http.form.n_fields > 0 && kept_is_possible(request))
                return kept_answer(
                        request, 403, _("Your text is not saved: change your password first."));
        if (request_is_api(request))
                return answer_error(request, 403, _("Change your password first."));
        return answer_redirect(request, "/password");
}

static bool must_change_first(const Request *request) {
        return request->user->must_change_password &&
               !(request->match.route->flags & ROUTE_ONE_TIME);
}

bool access_gives_back(const Request *request) {
        return (!request->user || must_change_first(request)) && kept_is_possible(request);
}

/* Also of a client that is not logged in. */
static bool is_open(const Request *request) {
        Access access = request->match.route->access;

        return access == ACCESS_ANYONE ||
               (access == ACCESS_METRICS && request->web->config->has_metrics &&
                request_is_of_this_host(request));
}

bool access_is_granted(const Request *request) {
        if (is_open(request))
                return true;
        return request->user && !must_change_first(request) && is_allowed(request);
}

bool access_check(Request *request) {
        unsigned status;
        int r;

        if (access_is_granted(request))
                return true;

        if (!request->user) {
                status = 401;
                r = access_answer_stranger(request);
        } else if (must_change_first(request)) {
                status = 403;
                r = answer_one_time(request);
        } else {
                status = 404;
                r = answer_error(request, status, NULL);
        }
        if (r < 0) {
                (void) log_error_errno(r, "Failed to refuse a request");
                answer_error_always(request, status, NULL);
        }
        return false;
}
