/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The functions that the HTTP server calls, so that it depends on no page. For app/dispatch.c. */

#include "http/request.h"

/*
 * The steps of a request. A handler answers with a function of http/response.h, or sets is_waiting
 * and answers later.
 */
typedef struct HttpHandlers {
        /* Memory for the requests of one connection, zeroed; NULL: there is none, the connection
         * is closed. The HttpRequest may be the first part of something larger. */
        HttpRequest *(*make)(void *userdata);
        void (*free)(HttpRequest *request);

        /* The request line was read; target as sent. Calls http_request_begin(). */
        void (*begin)(HttpRequest *request, const char *target);

        /* All headers were read. May answer; without an answer it has made room for the body, or
         * has set a sink. */
        void (*headers)(HttpRequest *request, const char *method, const char *version);

        /* All was read. */
        void (*run)(HttpRequest *request);

        /* The request is over. Calls http_request_clear(). */
        void (*clear)(HttpRequest *request);

        void *userdata;
} HttpHandlers;
