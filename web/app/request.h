/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One HTTP request, from its headers to its answer. A handler reads it with the functions below and
 * answers with exactly one function of app/response.h, at once or later: whoever answers later
 * calls request_wait() first. A request that waits stays valid until it is answered, also when the
 * client has gone meanwhile.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <systemd/sd-json.h>

#include "http/form.h"
#include "app/router.h"
#include "auth/users.h"
#include "web.h"

struct HttpConnection;
struct MHD_Connection;
struct MHD_Response;
struct Session;

enum { REQUEST_BODY_MAX = 256 * 1024, REQUEST_TITLE_MAX = 128 };

typedef struct Request {
        Web *web;
        struct HttpConnection *connection;
        struct MHD_Connection *mhd;

        char *uri;        /* path and query, as sent */
        const char *path; /* without /api and the query; points into uri */
        const char *query_text;
        const char *method; /* "GET", "POST"; "GET" for HEAD */
        bool is_head;
        RouteMatch match; /* match.route is never NULL in a handler */
        Form query, form;

        struct Session *session; /* NULL: not logged in */
        const WebUser *user;     /* who: a copy, that of the session's user */

        /* What a page shows beside its model; set by the handlers' helpers. */
        char title[REQUEST_TITLE_MAX]; /* "": the route's */
        sd_json_variant *error;        /* {text, details}: the failed action this page reports */
        unsigned error_status;         /* and its HTTP status */

        /* The rest belongs to app/request.c, app/response.c, app/login.c and http/server.c. */
        WebUser user_copy;
        char csrf[33];         /* for who is not logged in */
        char changed_user[64]; /* whose password is being changed */
        char *body;
        size_t body_size, body_allocated;
        struct MHD_Response *response;
        unsigned status;
        struct ResponseHeader *headers;
        unsigned malformed_status; /* 0: it is not */
        bool must_close; /* after the answer: what follows is not understood, or not wanted */
        bool is_stream;
        bool response_is_shared; /* somebody else frees it */
        bool is_admitted;        /* there is a route, and rights to it: the handler may run */
        bool is_started, is_waiting, is_suspended;
        bool session_is_new;
} Request;

static inline bool request_is_api(const Request *request) {
        return request->match.is_api;
}

/* {name} of the route's pattern: a legal name, checked by the router. Never NULL for a name that
 * the pattern has. */
static inline const char *request_parameter(const Request *request, const char *name) {
        return route_match_value(&request->match, name);
}

/* ?name=value; NULL when absent. */
static inline const char *request_query(const Request *request, const char *name) {
        return form_get(&request->query, name);
}

/* A field of the posted form; NULL when absent. */
static inline const char *request_field(const Request *request, const char *name) {
        return form_get(&request->form, name);
}

/* What was typed, when the page comes again after an error, else fallback. */
const char *request_typed(const Request *request, const char *name, const char *fallback);

/* A header of the request; NULL when absent. */
const char *request_header(const Request *request, const char *name);

/* The page's title, when the route's is too general. */
void request_set_title(Request *request, const char *format, ...) _printf_(2, 3);

/* The answer comes later, from the event loop: whoever gives it calls request_continue(). */
static inline void request_wait(Request *request) {
        request->is_waiting = true;
}

/* As a RouteHandler, with what was waited for. */
typedef int (*RequestContinuation)(Request *request, const void *userdata);

/*
 * The only way on for a request that waited. It finds out again who asks and whether they still may
 * do it, calls `allowed`, and answers 500 when that fails. Without the rights the answer is the
 * refusal; or `refused` gives it (NULL: there is none), to say that what was asked for is done.
 * That must not show anything for which one needs the rights.
 */
void request_continue(
        Request *request, RequestContinuation allowed, RequestContinuation refused,
        const void *userdata);

/* The client's address as text: behind a trusted proxy what that says. For logs. Valid until the
 * next call. */
const char *request_address(const Request *request);

/* The same for limits: of an IPv6 address the network of 64 bits, which is what one customer has.
 * Valid until the next call. */
const char *request_network(const Request *request);

/* --- used by http/server.c -----------------------------------------------------------------------
 */

/* The request line was read. -ENOMEM. */
int request_begin(Request *request, const char *uri) _must_check_;

/* All headers were read: finds the route and decides whether the body is wanted. May answer. */
void request_headers(Request *request, const char *method, const char *version);

/* A part of the body. -EFBIG. */
int request_body(Request *request, const char *data, size_t size) _must_check_;

/* All was read: answers, or waits. */
void request_run(Request *request);

/* Frees what it holds and empties it for the connection's next request. */
void request_clear(Request *request);
