/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/kept.h"
#include "app/login.h"
#include "auth/session.h"
#include "auth/text-equal.h"
#include "base/log.h"
#include "base/text.h"
#include "http/check.h"
#include "http/response.h"
#include "http/server.h"

/* So many bodies above HTTP_BODY_MAX at once: each, and what is made of it, is in memory. */
enum { LARGE_MAX = 16 };
static size_t n_large;

static bool csrf_is_right(const Request *request);
static void finish(Request *request, int r);

/* --- headers ---------------------------------------------------------------------------------- */

static HttpRequest *make_request(void *userdata) {
        Request *request = calloc(1, sizeof(*request));

        if (!request)
                return NULL;
        request->web = userdata;
        return &request->http;
}

static void free_request(HttpRequest *http) {
        free(request_of(http));
}

static void begin(HttpRequest *http, const char *target) {
        Request *request = request_of(http);
        const char *path;

        /* Without memory the URI is NULL, which take_headers() answers. */
        (void) !http_request_begin(http, target);
        request->path = http->path;
        request->language = languages_english(request->web->languages);
        /* Also for what is refused before it gets to the router: programs read JSON. */
        path = http_origin_form(target);
        request->match.is_api = path && router_path_is_api(path);
}

/* 405, with what the path takes. */
static void answer_methods(Request *request) {
        static const struct {
                const char *method, *name;
        } all[] = { { "GET", "GET, HEAD" }, { "POST", "POST" }, { "PUT", "PUT" } };
        char text[32] = "";

        for (size_t i = 0; i < ELEMENTSOF(all); i++) {
                size_t n = strlen(text);
                RouteMatch match;

                router_match(request->web->routes, all[i].method, request->http.path, &match);
                if (match.route)
                        (void) snprintf(
                                text + n, sizeof(text) - n, "%s%s", n > 0 ? ", " : "", all[i].name);
        }
        (void) !http_response_header(&request->http, "Allow", text);
        answer_error_always(request, 405, NULL);
}

static bool find_route(Request *request, const char *method) {
        const RouteTable *routes = request->web->routes;
        HttpRequest *http = &request->http;

        http->method = strcmp(method, "POST") == 0  ? "POST"
                       : strcmp(method, "PUT") == 0 ? "PUT"
                                                    : "GET";
        if (strcmp(method, "HEAD") != 0 && strcmp(method, http->method) != 0) {
                answer_error_always(request, 501, NULL);
                return false;
        }

        router_match(routes, http->method, request->path, &request->match);
        if (request->match.is_api)
                request->path = request->path[4] == '\0' ? "/" : request->path + 4;
        if (request->match.route)
                return true;

        /* The address that the page of a failed action has, when it is asked for again. */
        if (request->match.path_exists && !request->match.is_api &&
            strcmp(http->method, "GET") == 0) {
                char page[ROUTE_PATH_MAX];

                router_page_above(routes, request->path, page);
                if (answer_redirect(request, page) < 0)
                        answer_error_always(request, 503, NULL);
        } else if (request->match.path_exists)
                answer_methods(request);
        else
                answer_error_always(request, 404, NULL);
        return false;
}

/* The one place that lets a handler run: a client with the rights of its row asks. */
static bool admit(Request *request) {
        login_identify(request);
        request->is_admitted = request->match.route && access_check(request);
        return request->is_admitted;
}

/* The same before the body was read; text that is to be given back is read in any case. */
static bool admit_body(Request *request, size_t size) {
        login_identify(request);
        return (size > 0 && access_gives_back(request)) || admit(request);
}

/* Before anything of the body is written. */
static void open_sink(Request *request) {
        int r;

        if (!csrf_is_right(request)) {
                answer_error_always(
                        request, 403, _("This page has expired. Reload it and try again."));
                return;
        }
        r = http_request_parse_fields(&request->http);
        if (r < 0)
                answer_error_always(
                        request, r == -ENOMEM ? 503 : 400,
                        r == -ENOMEM ? NULL : _("Couldn't read the form or the query."));
        else {
                r = request->match.route->handle(request);
                if (r < 0 || !request->http.sink.write)
                        finish(request, r);
        }
}

/* A large body is read only from a client with the rights of its row: others get no text back. */
static bool has_room(Request *request, size_t size) {
        if (size <= HTTP_BODY_MAX || request->match.route->flags & ROUTE_UPLOAD)
                return true;
        if (!(request->match.route->flags & ROUTE_LARGE)) {
                answer_error_always(request, 413, NULL);
                return false;
        }
        if (!admit(request))
                return false;
        if (n_large == LARGE_MAX) {
                (void) !http_response_header(&request->http, "Retry-After", "2");
                answer_error_always(request, 503, NULL);
                return false;
        }
        request->is_large = true;
        n_large++;
        return true;
}

static void check_headers(HttpRequest *http, const char *method, const char *version) {
        HttpFault fault = { http->malformed_status, NULL };
        Request *request = request_of(http);
        size_t size;

        http->must_close = true;
        if (!http->uri) {
                request->path = "/";
                answer_error_always(request, 503, NULL);
                return;
        }
        if (fault.status == 0)
                http_check_headers(http, method, version, &fault);
        if (fault.status != 0) {
                answer_error_always(request, fault.status, fault.text ? _(fault.text) : NULL);
                return;
        }
        if (http_server_is_stopping(request->web->http))
                (void) !http_response_header(http, "Connection", "close");

        size = http_request_body_length(http);
        http->must_close = size > 0;
        if (!find_route(request, method) || !has_room(request, size) || !admit_body(request, size))
                return;
        if (request->match.route->flags & ROUTE_UPLOAD)
                open_sink(request);
        else if (size > 0 && http_request_reserve_body(http, size) < 0)
                answer_error_always(request, 503, NULL);
}

static void take_headers(HttpRequest *http, const char *method, const char *version) {
        Request *request = request_of(http);

        request->language = languages_choose(
                request->web->languages, request_header(request, "Accept-Language"));
        language_use(request->language);
        check_headers(http, method, version);
        language_reset();
}

/* --- the handler ------------------------------------------------------------------------------ */

/* A client that posts must have read the form from us, in this session. */
static bool csrf_is_right(const Request *request) {
        const char *token = request_field(request, "csrf");

        if (!token)
                token = request_header(request, "X-CSRF-Token");
        return request->session && token && text_equal(token, request->session->csrf);
}

/* Takes a handler's result; afterwards the request is answered, or waits. */
static void finish(Request *request, int r) {
        const HttpRequest *http = &request->http;

        if (r < 0)
                (void) log_error_errno(r, "Failed to handle %s %s", http->method, request->path);
        else if (!http->response && !http->is_waiting)
                log_error("No answer to %s %s", http->method, request->path);
        if (!http->is_waiting)
                answer_error_always(request, r == -ENOMEM ? 503 : 500, NULL);
}

static void refuse_old_form(Request *request) {
        if (kept_is_possible(request))
                finish(request,
                       kept_answer(
                               request, 403,
                               _("You have logged in again since this form was made, so it was not "
                                 "taken.")));
        else
                answer_error_always(
                        request, 403, _("This page has expired. Reload it and try again."));
}

static void handle(HttpRequest *http) {
        Request *request = request_of(http);
        const Route *route = request->match.route;
        int r;

        http->is_started = true;

        /* First, because the answer to a stranger may give back what was typed. */
        r = http_request_parse_fields(http);
        /* The body took time: another user may have logged in since. */
        if ((http->body_size > 0 || http->sink.write) && !admit(request))
                return;
        if (!request->is_admitted) {
                answer_error_always(request, 500, NULL);
                return;
        }

        if (r == -ENOMEM)
                answer_error_always(request, 503, NULL);
        else if (r < 0)
                answer_error_always(request, 400, _("Couldn't read the form or the query."));
        else if (
                strcmp(http->method, "GET") != 0 && !(route->flags & ROUTE_OWN_CSRF) &&
                !csrf_is_right(request))
                refuse_old_form(request);
        else
                finish(request, route->handle(request));
}

static void run(HttpRequest *http) {
        language_use(request_of(http)->language);
        handle(http);
        language_reset();
}

static void continue_handling(
        Request *request, RequestContinuation allowed, RequestContinuation refused,
        const void *userdata) {
        request->http.is_waiting = false;
        if (!refused) {
                if (admit(request))
                        finish(request, allowed(request, userdata));
                return;
        }

        login_identify(request);
        request->is_admitted = access_is_granted(request);
        finish(request, (request->is_admitted ? allowed : refused)(request, userdata));
}

void request_continue(
        Request *request, RequestContinuation allowed, RequestContinuation refused,
        const void *userdata) {
        language_use(request->language);
        continue_handling(request, allowed, refused, userdata);
        language_reset();
}

/* --- the end ---------------------------------------------------------------------------------- */

static void clear(HttpRequest *http) {
        Request *request = request_of(http);

        http_request_clear(http);
        sd_json_variant_unref(request->error);
        n_large -= request->is_large;
        *request = (Request) {
                .http = *http,
                .web = request->web,
                .language = languages_english(request->web->languages),
        };
}

HttpHandlers dispatch_handlers(Web *web) {
        return (HttpHandlers) {
                .make = make_request,
                .free = free_request,
                .begin = begin,
                .headers = take_headers,
                .run = run,
                .clear = clear,
                .userdata = web,
        };
}
