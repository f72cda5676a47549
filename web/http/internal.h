/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What http/server.c and http/accept.c share. */

#include "http/server.h"

enum { HTTP_LISTEN_MAX = 8, HTTP_ADDRESS_BUCKETS = 4096 };

TAILQ_HEAD(HttpConnections, HttpConnection);

struct HttpServer {
        Web *web;
        struct MHD_Daemon *daemon;
        sd_event_source *epoll, *scheduled, *patience;
        Deadlines *deadlines;
        struct HttpConnections suspended;
        size_t n_connections;

        sd_event_source *listening[HTTP_LISTEN_MAX];
        size_t n_listening;
        bool is_paused;           /* not listening until a connection ends */
        HttpConnection *accepted; /* on its way to libmicrohttpd */

        /* Connections by a hash of their address: a collision only makes the limit stricter. */
        uint64_t address_key;
        uint16_t n_of_address[HTTP_ADDRESS_BUCKETS];
};
