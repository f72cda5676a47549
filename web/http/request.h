/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The HTTP part of a request: its line, headers, body and answer. For http/ and for app/, which
 * adds the route and the user. A request that waits stays valid until it is answered, also when the
 * client has gone meanwhile.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "http/form.h"

struct HttpConnection;
struct HttpHeader;
struct MHD_Connection;
struct MHD_Response;

enum {
        HTTP_ADDRESS_MAX = 48, /* bytes of an address as text */
        HTTP_BODY_MAX = 256 * 1024,
        /* A text of 1 MiB with each byte escaped, and what is beside it. */
        HTTP_BODY_LARGE_MAX = 4 * 1024 * 1024,
        HTTP_URI_MAX = 4096,
        HTTP_SINK_MAX = 16 * 1024 * 1024, /* of a body that goes to a sink */
        HTTP_SINK_STEP = 64 * 1024,       /* so much must come within DEADLINE_BODY */
};

/* Takes a body as it comes, instead of memory. */
typedef struct HttpSink {
        /* A part of it. An error is kept in sink_error, and what follows is read and dropped. */
        int (*write)(void *userdata, const char *data, size_t size);
        /* Called once: the body is complete, or the client has gone. */
        void (*closed)(void *userdata);
        /* The request is over. */
        void (*freed)(void *userdata);
        void *userdata;
} HttpSink;

typedef struct HttpRequest {
        struct HttpConnection *connection;
        struct MHD_Connection *mhd;

        char *uri;              /* path and query, as sent; NULL: out of memory */
        const char *path;       /* without the query; points into uri */
        const char *query_text; /* the same */
        const char *method;     /* "GET", "POST"; "GET" for HEAD; set by the handlers */
        Form query, form;

        char *body;
        size_t body_size, body_allocated;

        HttpSink sink; /* of a request with a sink; write is NULL: it has none */
        uint64_t sunk; /* bytes that it took */
        int sink_error;

        struct MHD_Response *response; /* NULL: not answered yet */
        unsigned status;
        struct HttpHeader *headers; /* of the answer to come */
        bool response_is_shared;    /* its owner frees it */

        unsigned malformed_status; /* 0: it is not */
        bool must_close; /* after the answer: what follows is not understood, or not wanted */
        bool is_stream;
        bool is_started, is_waiting, is_suspended;
} HttpRequest;

/* Returns "http://HOST/PATH" without scheme and host, and another target as it is; NULL without a
 * host. */
const char *http_origin_form(const char *target);

/* The request line was read. A target that can't be used leaves the path "/" and sets
 * malformed_status. -ENOMEM. */
int http_request_begin(HttpRequest *request, const char *target) _must_check_;

/* Makes room for a body of this size. -ENOMEM. */
int http_request_reserve_body(HttpRequest *request, size_t size) _must_check_;

/* The body goes to this sink, which is closed with the request at the latest. */
void http_request_set_sink(HttpRequest *request, const HttpSink *sink);

/* All of it was read. */
void http_request_close_sink(HttpRequest *request);

/* A part of the body. -EFBIG: more than was announced. */
int http_request_body(HttpRequest *request, const char *data, size_t size) _must_check_;

/* Reads the fields of the query, once, and of the body. Errors as form_parse(). */
int http_request_parse_fields(HttpRequest *request) _must_check_;

/* A header, a cookie of the request; NULL when absent. Valid as long as the request. */
const char *http_request_header(const HttpRequest *request, const char *name);
const char *http_request_cookie(const HttpRequest *request, const char *name);

/* The size that Content-Length says; 0 without one. */
size_t http_request_body_length(const HttpRequest *request);

/* The address that the last proxy saw (X-Forwarded-For); NULL when it said none. */
const char *http_request_forwarded(
        const HttpRequest *request, char buffer[static HTTP_ADDRESS_MAX]);

/* One more header of the answer to come, in a list. */
typedef struct HttpHeader {
        struct HttpHeader *next;
        const char *name; /* a literal */
        char value[];
} HttpHeader;

/* Frees what it holds and empties it for the connection's next request. */
void http_request_clear(HttpRequest *request);
