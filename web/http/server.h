/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * HTTP: libmicrohttpd parses, we accept connections, give them time and count them. Its epoll
 * descriptor is one source of our event loop; it has no thread and no timer of its own.
 *
 * What a client may do: HTTP_CONNECTIONS_MAX connections in all (past that, the one that has been
 * silent longest makes place), HTTP_CONNECTIONS_PER_ADDRESS from one address that isn't this
 * host's, and a total time for each step of a request (HttpTimes).
 */

#include <stdbool.h>
#include <stdint.h>

#include "http/deadline.h"
#include "app/request.h"

typedef struct HttpServer HttpServer;

enum {
        HTTP_CONNECTIONS_MAX = 4096,
        HTTP_CONNECTIONS_PER_ADDRESS = 256,
        HTTP_ADDRESS_MAX = 48,       /* bytes of an address as text */
        HTTP_MEMORY_MAX = 16 * 1024, /* bytes for a connection: all headers must fit */
};

typedef struct HttpConnection {
        HttpServer *server;
        struct MHD_Connection *mhd;
        int fd;                         /* libmicrohttpd's */
        bool is_local;                  /* from this host: loopback or a Unix socket */
        char address[HTTP_ADDRESS_MAX]; /* "unix" for a Unix socket */
        uint16_t *n_of_address;         /* counts the connections of its address, or NULL */
        Deadline deadline;
        TAILQ_ENTRY(HttpConnection) suspended;
        Request request;
} HttpConnection;

int http_server_new(Web *web, HttpServer **ret) _must_check_;

/* Accepts connections of a listening socket, which stays the caller's. */
int http_server_listen(HttpServer *server, int fd) _must_check_;

/* Something may go on with its connections: libmicrohttpd gets its turn from the loop. */
void http_server_schedule(HttpServer *server);

/* The connection sleeps, or is awake again. Suspending is only allowed in MHD's callbacks. */
void http_connection_suspend(HttpConnection *connection);
void http_connection_resume(HttpConnection *connection);

/* Nothing more is sent or read; libmicrohttpd closes the connection when it gets its turn. */
void http_connection_abort(HttpConnection *connection);

/* Starts or ends the time a connection has. */
void http_connection_deadline(HttpConnection *connection, DeadlineKind kind);

/*
 * Accepts nothing more, ends streams, lets what has begun come to its end for at most `patience`
 * microseconds, then ends the event loop. The listening sockets are the service manager's:
 * clients wait there for the next one.
 */
void http_server_drain(HttpServer *server, uint64_t patience);

HttpServer *http_server_free(HttpServer *server);
DEFINE_CLEANUP(HttpServer *, http_server_free)
