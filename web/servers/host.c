/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The host's address, at which players find the servers. */

#include "servers/internal.h"

#include <string.h>

#include "base/time-text.h"
#include "base/timer.h"

/* How old an address may be that is shown. */
#define HOST_INTERVAL (5 * USEC_PER_SEC)

void servers_host_stale(Servers *servers) {
        char host[HOST_ADDRESS_MAX];

        host_address(servers->specs->config, servers->host_sockets->route_fd, host);
        if (strcmp(host, servers->host) == 0)
                return;
        memcpy(servers->host, host, sizeof(host));
        servers_touch(servers, NULL);
}

/* The web app has no network of its own, so no announcement of a changed address reaches it. */
static int on_host_timer(sd_event_source *source, uint64_t now _unused_, void *userdata) {
        servers_host_stale(userdata);
        return timer_start(source, HOST_INTERVAL);
}

int servers_host_watch(Servers *servers) {
        servers_host_stale(servers);
        return sd_event_add_time_relative(
                servers->event, &servers->host_timer, CLOCK_MONOTONIC, HOST_INTERVAL, USEC_PER_SEC,
                on_host_timer, servers);
}
