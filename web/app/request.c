/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/request.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app/access.h"
#include "http/server.h"
#include "app/kept.h"
#include "log.h"
#include "app/login.h"
#include "http/check.h"
#include "app/response.h"
#include "auth/session.h"
#include "auth/text-equal.h"

enum { URI_MAX = 4096 };

const char *request_header(const Request *request, const char *name) {
        return MHD_lookup_connection_value(request->mhd, MHD_HEADER_KIND, name);
}

const char *request_typed(const Request *request, const char *name, const char *fallback) {
        const char *typed = request->error ? request_field(request, name) : NULL;

        return typed ? typed : fallback;
}

static enum MHD_Result take_forwarded(
        void *userdata, _unused_ enum MHD_ValueKind kind, const char *name, const char *value) {
        const char **last = userdata;

        if (strcasecmp(name, "X-Forwarded-For") == 0)
                *last = value;
        return MHD_YES;
}

/* The last element of the last line is what the proxy saw; anybody may have written those before.
 */
static const char *forwarded_address(const Request *request, char buffer[HTTP_ADDRESS_MAX]) {
        const char *list = NULL, *last;
        struct in6_addr address;

        (void) MHD_get_connection_values(
                request->mhd, MHD_HEADER_KIND, take_forwarded, (void *) &list);
        if (!list)
                return NULL;
        last = strrchr(list, ',');
        last = last ? last + 1 : list;
        last += strspn(last, " \t");
        if (inet_pton(AF_INET, last, &address) != 1 && inet_pton(AF_INET6, last, &address) != 1)
                return NULL;
        (void) snprintf(buffer, HTTP_ADDRESS_MAX, "%s", last);
        return buffer;
}

const char *request_address(const Request *request) {
        static char buffer[HTTP_ADDRESS_MAX];
        const HttpConnection *c = request->connection;
        const char *forwarded = NULL;

        if (c->is_local && request->web->config->behind_https)
                forwarded = forwarded_address(request, buffer);
        return forwarded ? forwarded : c->address;
}

const char *request_network(const Request *request) {
        static char buffer[HTTP_ADDRESS_MAX];
        const char *text = request_address(request);
        struct in6_addr address;

        if (inet_pton(AF_INET6, text, &address) != 1)
                return text;
        if (IN6_IS_ADDR_V4MAPPED(&address))
                return inet_ntop(AF_INET, &address.s6_addr[12], buffer, sizeof(buffer));
        memset(&address.s6_addr[8], 0, 8);
        return inet_ntop(AF_INET6, &address, buffer, sizeof(buffer));
}

void request_set_title(Request *request, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(request->title, sizeof(request->title), format, ap);
        va_end(ap);
}

/* --- headers ---------------------------------------------------------------------------------- */

/* A request target has no others (RFC 9112, 3.2), and pages and the log repeat the path. */
static bool is_printable(const char *uri) {
        for (const unsigned char *p = (const unsigned char *) uri; *p; p++)
                if (*p <= ' ' || *p >= 0x7f)
                        return false;
        return true;
}

/* "http://HOST/PATH", as one may ask any server (RFC 9112, 3.2.2), is "/PATH" here, whatever the
 * host: there is only this one. Sets *ret_slash when what is returned needs one before it. NULL:
 * there is no host. */
static const char *origin_form(const char *uri, bool *ret_slash) {
        const char *host, *rest;

        *ret_slash = false;
        if (strncasecmp(uri, "http://", 7) == 0)
                host = uri + 7;
        else if (strncasecmp(uri, "https://", 8) == 0)
                host = uri + 8;
        else
                return uri;
        rest = host + strcspn(host, "/?");
        *ret_slash = rest[0] != '/';
        return rest == host ? NULL : rest;
}

int request_begin(Request *request, const char *target) {
        const char *uri;
        bool slash;
        char *query;

        uri = origin_form(target, &slash);
        if (!uri) {
                request->malformed_status = 400;
                uri = "/";
        }
        /* Also for what is refused before it gets to the router: programs read JSON. */
        request->match.is_api = router_path_is_api(uri);
        if (strlen(uri) > URI_MAX)
                request->malformed_status = 414;
        else if (!is_printable(uri))
                request->malformed_status = 400;
        if (request->malformed_status != 0) {
                uri = "/";
                slash = false;
        }
        if (asprintf(&request->uri, "%s%s", slash ? "/" : "", uri) < 0) {
                request->uri = NULL;
                return -ENOMEM;
        }

        query = strchr(request->uri, '?');
        if (query)
                *query++ = '\0';
        request->path = request->uri;
        request->query_text = query ? query : "";
        return 0;
}

static bool find_route(Request *request, const char *method) {
        request->is_head = strcmp(method, "HEAD") == 0;
        request->method = strcmp(method, "POST") == 0 ? "POST" : "GET";
        if (strcmp(method, "GET") != 0 && strcmp(method, "POST") != 0 && !request->is_head) {
                response_error_always(request, 501, NULL);
                return false;
        }

        router_match(request->web->routes, request->method, request->path, &request->match);
        if (request->match.is_api)
                request->path = request->path[4] == '\0' ? "/" : request->path + 4;
        if (request->match.route)
                return true;

        /* The address that the page of a failed action has, when it is asked for again. */
        if (request->match.path_exists && !request->match.is_api &&
            strcmp(request->method, "GET") == 0) {
                char page[ROUTE_PATH_MAX];

                router_page_above(request->web->routes, request->path, page);
                if (response_redirect(request, page) < 0)
                        response_error_always(request, 503, NULL);
        } else if (request->match.path_exists) {
                const char *other = strcmp(request->method, "GET") == 0 ? "POST" : "GET, HEAD";

                (void) !response_header(request, "Allow", other);
                response_error_always(request, 405, NULL);
        } else
                response_error_always(request, 404, NULL);
        return false;
}

/* The one place that lets a handler run: somebody with the rights of its row asks. */
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

static size_t body_length(const Request *request) {
        const char *length = request_header(request, "Content-Length");

        return length ? (size_t) strtoul(length, NULL, 10) : 0;
}

static void reserve_body(Request *request, size_t size) {
        request->body = malloc(size);
        if (!request->body) {
                response_error_always(request, 503, NULL);
                return;
        }
        request->body_allocated = size;
}

void request_headers(Request *request, const char *method, const char *version) {
        RequestFault fault = { request->malformed_status, NULL };
        size_t size;

        request->must_close = true;
        /* The URI never came: there was no memory for it. */
        if (!request->uri) {
                request->path = "/";
                response_error_always(request, 503, NULL);
                return;
        }
        if (fault.status == 0)
                request_check_headers(request, method, version, &fault);
        if (fault.status != 0) {
                response_error_always(request, fault.status, fault.text);
                return;
        }
        if (request->web->is_stopping)
                (void) !response_header(request, "Connection", "close");

        size = body_length(request);
        request->must_close = size > 0;
        if (find_route(request, method) && admit_body(request, size) && size > 0)
                reserve_body(request, size);
}

/* --- body ------------------------------------------------------------------------------------- */

int request_body(Request *request, const char *data, size_t size) {
        /* request_check_headers() has seen the length; this is what it announced at most. */
        if (size > request->body_allocated - request->body_size)
                return -EFBIG;

        memcpy(request->body + request->body_size, data, size);
        request->body_size += size;
        return 0;
}

static int parse_fields(Request *request) {
        const char *query = request->query_text;
        int r;

        r = form_parse(query, strlen(query), &request->query);
        if (r < 0)
                return r;
        return form_parse(request->body, request->body_size, &request->form);
}

/* Whoever posts must have read the form from us, in this session. */
static bool csrf_is_right(const Request *request) {
        const char *token = request_field(request, "csrf");

        if (!token)
                token = request_header(request, "X-CSRF-Token");
        return request->session && token && text_equal(token, request->session->csrf);
}

/* What a handler returned; afterwards there is an answer, or somebody is still to give it. */
static void finish(Request *request, int r) {
        if (r < 0)
                (void) log_error_errno(r, "Failed to handle %s %s", request->method, request->path);
        else if (!request->response && !request->is_waiting)
                log_error("No answer to %s %s", request->method, request->path);
        if (!request->is_waiting)
                response_error_always(request, r == -ENOMEM ? 503 : 500, NULL);
}

void request_run(Request *request) {
        const Route *route = request->match.route;
        int r;

        request->is_started = true;

        /* First, because the answer to a stranger may give back what was typed. */
        r = parse_fields(request);
        /* A body took its time: whoever sent it may be somebody else by now. */
        if (request->body_size > 0 && !admit(request))
                return;
        if (!request->is_admitted) {
                response_error_always(request, 500, NULL);
                return;
        }

        if (r == -ENOMEM)
                response_error_always(request, 503, NULL);
        else if (r < 0)
                response_error_always(request, 400, "The form or the query can't be read.");
        else if (
                strcmp(request->method, "POST") == 0 && !(route->flags & ROUTE_OWN_CSRF) &&
                !csrf_is_right(request)) {
                if (kept_is_possible(request))
                        finish(request, kept_answer(
                                                request, 403,
                                                "You have logged in again since this form was "
                                                "made, so it was not taken."));
                else
                        response_error_always(
                                request, 403, "The form is too old. Load the page again.");
        } else
                finish(request, route->handle(request));
}

void request_continue(
        Request *request, RequestContinuation allowed, RequestContinuation refused,
        const void *userdata) {
        request->is_waiting = false;
        if (!refused) {
                if (admit(request))
                        finish(request, allowed(request, userdata));
                return;
        }

        login_identify(request);
        request->is_admitted = access_is_granted(request);
        finish(request, (request->is_admitted ? allowed : refused)(request, userdata));
}

void request_clear(Request *request) {
        response_clear(request);
        form_clear(&request->query);
        form_clear(&request->form);
        sd_json_variant_unref(request->error);
        if (request->body)
                explicit_bzero(request->body, request->body_size);
        free(request->body);
        free(request->uri);
        *request = (Request) {
                .web = request->web,
                .connection = request->connection,
                .mhd = request->mhd,
        };
}
