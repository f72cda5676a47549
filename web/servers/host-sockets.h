/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The netlink sockets of left4me-web-host.socket, by which the web app, without a network of its
 * own, asks about the host's. It can do without: addresses are the host's name then, and whether a
 * server is ready is unknown.
 */

typedef struct HostSockets {
        int route_fd; /* NETLINK_ROUTE; -EBADF: there is none, as the next */
        int diag_fd;  /* NETLINK_SOCK_DIAG */
} HostSockets;

#define HOST_SOCKETS_INIT { .route_fd = -EBADF, .diag_fd = -EBADF }

/* Finds them among what systemd passed. They stay open as long as the program runs. */
void host_sockets_find(HostSockets *ret);
