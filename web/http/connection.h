/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One client's connection: its address, its time, and whether it sleeps. For http/; app/ reads the
 * address.
 */

#include <stdbool.h>
#include <stdint.h>

#include "http/deadline.h"
#include "http/request.h"

typedef struct HttpConnection {
        struct HttpServer *server;
        struct MHD_Connection *mhd;
        int fd;                         /* libmicrohttpd's */
        bool is_local;                  /* from this host: loopback or a Unix socket */
        char address[HTTP_ADDRESS_MAX]; /* "unix" for a Unix socket */
        uint16_t *n_of_address;         /* counts the connections of its address, or NULL */
        Deadline deadline;
        TAILQ_ENTRY(HttpConnection) suspended;
        HttpRequest *request; /* one after the other in the same memory, which the handlers made */
} HttpConnection;

/* The connection sleeps, or is awake again. Suspending is only allowed in MHD's callbacks. */
void http_connection_suspend(HttpConnection *connection);
void http_connection_resume(HttpConnection *connection);

/* Nothing more is sent or read; libmicrohttpd closes the connection when it gets its turn. */
void http_connection_abort(HttpConnection *connection);

/* Starts or ends the time a connection has. */
void http_connection_deadline(HttpConnection *connection, DeadlineKind kind);

/* Its request is cleared and its deadline ends. */
void http_connection_free(HttpConnection *connection);
