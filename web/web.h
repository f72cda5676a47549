/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The parts that the whole web app shares: one of each, made in main.c and reached from a request
 * as request->web. It holds nothing about servers, overlays or blueprints: pages ask for these each
 * time.
 */

#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "base/paths.h"
#include "servers/host-sockets.h"
#include "spec/config.h"
#include "spec/spec.h"

typedef struct Web {
        sd_event *event;
        sd_bus *bus; /* the system bus, attached to the event loop */

        Paths *paths;
        HostConfig *config; /* another one when its files change: don't keep it */
        SpecContext specs;  /* borrows paths and config */

        const struct RouteTable *routes; /* which requests there are, see app/router.h */
        struct HttpServer *http;
        struct Languages *languages; /* with the templates */
        struct StaticFiles *files;
        struct Fallback *fallback;
        struct Children *children;
        struct Outcomes *outcomes;
        struct Users *users;
        struct Sessions *sessions;
        struct Hasher *hasher;
        struct Worker *readers; /* see app/reading.h */
        struct LoginLimits *limits;
        HostSockets host_sockets;
        struct Servers *servers;
        struct ConfigWatch *config_watch;
        struct LogHub *logs;
        struct EventStreams *events;
        struct StreamWatch *stream_watch;

        uint64_t started; /* CLOCK_REALTIME in µs: no other run has the same */
} Web;
