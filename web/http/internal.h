/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by server.c, accept.c and connection.c. */

#include <systemd/sd-event.h>

#include "http/connection.h"
#include "http/handlers.h"

typedef struct HttpServer HttpServer;

enum { HTTP_LISTEN_MAX = 8, HTTP_ADDRESS_BUCKETS = 4096 };

TAILQ_HEAD(HttpConnections, HttpConnection);

struct HttpServer {
        sd_event *event; /* borrowed */
        HttpHandlers handlers;
        struct MHD_Daemon *daemon;
        sd_event_source *epoll, *scheduled, *patience;
        Deadlines *deadlines;
        struct HttpConnections suspended;
        size_t n_connections;
        bool is_stopping;

        sd_event_source *listening[HTTP_LISTEN_MAX];
        size_t n_listening;
        bool is_paused;           /* not listening until a connection ends */
        HttpConnection *accepted; /* on its way to libmicrohttpd */

        /* Connections by a hash of their address: a collision only makes the limit stricter. */
        uint64_t address_key;
        uint16_t n_of_address[HTTP_ADDRESS_BUCKETS];
};

/* Something may go on with its connections: libmicrohttpd gets its turn from the loop. */
void http_server_schedule(HttpServer *server);
