/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A request of the web app: an HTTP request with its row of the route table and its user. A handler
 * reads it with the functions below and answers with exactly one function of app/answer.h, at once
 * or later: a handler whose answer comes later calls request_wait() first, and goes on through
 * request_continue() of app/dispatch.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <systemd/sd-json.h>

#include "app/router.h"
#include "auth/users.h"
#include "http/request.h"
#include "view/language.h"
#include "web.h"

struct Session;

enum { REQUEST_TITLE_MAX = 128 };

typedef struct Request {
        HttpRequest http; /* first: see request_of() */
        Web *web;

        const Language *language; /* of the answer, never NULL */
        const char *path;         /* without /api and the query; points into http.uri */
        RouteMatch match;         /* match.route is never NULL in a handler */

        struct Session *session; /* NULL: not logged in */
        const WebUser *user;     /* a copy of the session's user */

        /* Shown on a page beside its model; set by the handlers' helpers. */
        char title[REQUEST_TITLE_MAX]; /* "": the route's */
        sd_json_variant *error;        /* {text, details}: the failed action this page reports */
        unsigned error_status;         /* and its HTTP status */

        /* The rest belongs to app/dispatch.c and app/login.c. */
        WebUser user_copy;
        char csrf[33];         /* for a client that is not logged in */
        char changed_user[64]; /* whose password is being changed */
        bool is_admitted;      /* there is a route, and rights to it: the handler may run */
        bool session_is_new;
        bool is_large; /* its body is one of those that dispatch.c counts */
} Request;

/* The Request that an HttpRequest is the first part of. */
static inline Request *request_of(HttpRequest *http) {
        return (Request *) (void *) http;
}

static inline bool request_is_api(const Request *request) {
        return request->match.is_api;
}

static inline bool request_is_post(const Request *request) {
        return strcmp(request->http.method, "POST") == 0;
}

/* {name} of the route's pattern: a legal name, checked by the router. Never NULL for a name that
 * the pattern has. */
static inline const char *request_parameter(const Request *request, const char *name) {
        return route_match_value(&request->match, name);
}

/* ?name=value; NULL when absent. */
static inline const char *request_query(const Request *request, const char *name) {
        return form_get(&request->http.query, name);
}

/* A field of the posted form; NULL when absent. */
static inline const char *request_field(const Request *request, const char *name) {
        return form_get(&request->http.form, name);
}

/* Returns the typed text when the page comes again after an error, else fallback. */
const char *request_typed(const Request *request, const char *name, const char *fallback);

/* A header of the request; NULL when absent. */
static inline const char *request_header(const Request *request, const char *name) {
        return http_request_header(&request->http, name);
}

/* The page's title, when the route's is too general. */
void request_set_title(Request *request, const char *format, ...) _printf_(2, 3);

/* The answer comes later, from the event loop: whatever gives it calls request_continue(). */
static inline void request_wait(Request *request) {
        request->http.is_waiting = true;
}

/* Whether the request has its answer. */
static inline bool request_is_answered(const Request *request) {
        return request->http.response != NULL;
}

/* The client's address as text: behind a trusted proxy what that says. For logs. Valid until the
 * next call. */
const char *request_address(const Request *request);

/* The same for limits: of an IPv6 address the network of 64 bits, which is what one customer has.
 * Valid until the next call. */
const char *request_network(const Request *request);
