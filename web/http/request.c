/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http/request.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- the request line ------------------------------------------------------------------------- */

/* A request target has no other characters (RFC 9112, 3.2), and pages and the log repeat the path.
 */
static bool is_printable(const char *uri) {
        for (const unsigned char *p = (const unsigned char *) uri; *p; p++)
                if (*p <= ' ' || *p >= 0x7f)
                        return false;
        return true;
}

/* "http://HOST/PATH", as a client may ask any server (RFC 9112, 3.2.2), is "/PATH" here, whatever
 * the host: there is only this one. */
const char *http_origin_form(const char *uri) {
        const char *host, *rest;

        if (strncasecmp(uri, "http://", 7) == 0)
                host = uri + 7;
        else if (strncasecmp(uri, "https://", 8) == 0)
                host = uri + 8;
        else
                return uri;
        rest = host + strcspn(host, "/?");
        return rest == host ? NULL : rest;
}

int http_request_begin(HttpRequest *request, const char *target) {
        const char *uri = http_origin_form(target);
        bool slash;
        char *query;

        if (uri && strlen(uri) > HTTP_URI_MAX)
                request->malformed_status = 414;
        else if (!uri || !is_printable(uri))
                request->malformed_status = 400;
        if (request->malformed_status != 0)
                uri = "/";
        /* Nothing, or a query, may follow the host. Other targets without a slash match no route.
         */
        slash = uri != target && uri[0] != '/';
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

/* --- headers ---------------------------------------------------------------------------------- */

const char *http_request_header(const HttpRequest *request, const char *name) {
        return MHD_lookup_connection_value(request->mhd, MHD_HEADER_KIND, name);
}

const char *http_request_cookie(const HttpRequest *request, const char *name) {
        return MHD_lookup_connection_value(request->mhd, MHD_COOKIE_KIND, name);
}

size_t http_request_body_length(const HttpRequest *request) {
        const char *length = http_request_header(request, "Content-Length");

        return length ? (size_t) strtoul(length, NULL, 10) : 0;
}

static enum MHD_Result take_forwarded(
        void *userdata, _unused_ enum MHD_ValueKind kind, const char *name, const char *value) {
        const char **last = userdata;

        if (strcasecmp(name, "X-Forwarded-For") == 0)
                *last = value;
        return MHD_YES;
}

/* The last element of the last line is what the proxy saw; a client may have written the others. */
const char *http_request_forwarded(
        const HttpRequest *request, char buffer[static HTTP_ADDRESS_MAX]) {
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

/* --- body ------------------------------------------------------------------------------------- */

int http_request_reserve_body(HttpRequest *request, size_t size) {
        request->body = malloc(size);
        if (!request->body)
                return -ENOMEM;
        request->body_allocated = size;
        return 0;
}

void http_request_set_sink(HttpRequest *request, const HttpSink *sink) {
        request->sink = *sink;
}

void http_request_close_sink(HttpRequest *request) {
        if (request->sink.closed)
                request->sink.closed(request->sink.userdata);
        request->sink.closed = NULL;
}

static void sink_body(HttpRequest *request, const char *data, size_t size) {
        int r;

        if (request->sink_error < 0)
                return;
        r = request->sink.write(request->sink.userdata, data, size);
        if (r < 0)
                request->sink_error = r;
        else
                request->sunk += size;
}

int http_request_body(HttpRequest *request, const char *data, size_t size) {
        if (request->sink.write) {
                sink_body(request, data, size);
                return 0;
        }
        /* http/check.c has seen the length; this is what it announced at most. */
        if (size > request->body_allocated - request->body_size)
                return -EFBIG;

        memcpy(request->body + request->body_size, data, size);
        request->body_size += size;
        return 0;
}

int http_request_parse_fields(HttpRequest *request) {
        const char *query = request->query_text;
        int r;

        if (!request->query.fields) {
                r = form_parse(query, strlen(query), &request->query);
                if (r < 0)
                        return r;
        }
        return form_parse(request->body, request->body_size, &request->form);
}

/* --- the end ---------------------------------------------------------------------------------- */

void http_request_clear(HttpRequest *request) {
        HttpHeader *next;

        for (HttpHeader *header = request->headers; header; header = next) {
                next = header->next;
                free(header);
        }
        if (request->response && !request->response_is_shared)
                MHD_destroy_response(request->response);
        http_request_close_sink(request);
        if (request->sink.freed)
                request->sink.freed(request->sink.userdata);
        form_clear(&request->query);
        form_clear(&request->form);
        if (request->body)
                explicit_bzero(request->body, request->body_size);
        free(request->body);
        free(request->uri);
        *request = (HttpRequest) { .connection = request->connection, .mhd = request->mhd };
}
