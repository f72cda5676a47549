/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * HTTP: libmicrohttpd parses, we accept connections, give them time and count them. Its epoll
 * descriptor is one source of our event loop; it has no thread and no timer of its own. The server
 * depends on no page and no user: it calls HttpHandlers.
 *
 * Limits for clients: HTTP_CONNECTIONS_MAX connections in all (past that, the one that has been
 * silent longest is closed), HTTP_CONNECTIONS_PER_ADDRESS from one address that isn't this host's,
 * and a total time for each step of a request (DeadlineKind).
 */

#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "http/handlers.h"

typedef struct HttpServer HttpServer;

enum {
        HTTP_CONNECTIONS_MAX = 4096,
        HTTP_CONNECTIONS_PER_ADDRESS = 256,
        HTTP_MEMORY_MAX = 16 * 1024, /* bytes for a connection: all headers must fit */
};

/* The handlers are copied. -ENOMEM, -EOPNOTSUPP, or an error of sd-event. */
int http_server_new(sd_event *event, const HttpHandlers *handlers, HttpServer **ret) _must_check_;

/* Accepts connections of a listening socket, which stays the caller's. */
int http_server_listen(HttpServer *server, int fd) _must_check_;

/*
 * Accepts nothing more, ends streams, lets what has begun come to its end for at most `patience`
 * microseconds, then ends the event loop. The listening sockets are the service manager's:
 * clients wait there for the next one.
 */
void http_server_drain(HttpServer *server, uint64_t patience);

/* Whether it drains: nothing new should be begun. false for NULL. */
bool http_server_is_stopping(const HttpServer *server);

HttpServer *http_server_free(HttpServer *server);
DEFINE_CLEANUP(HttpServer *, http_server_free)
