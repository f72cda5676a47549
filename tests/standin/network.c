/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORTS_TRIED 10U
#define BACKLOG     16

int network_address(const char *address, uint16_t port, struct sockaddr_in *ret) {
        struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(port) };

        if (strcmp(address, "localhost") == 0)
                address = "127.0.0.1";
        if (inet_pton(AF_INET, address, &sa.sin_addr) != 1)
                return -EINVAL;

        *ret = sa;
        return 0;
}

int network_bind(int type, const char *address, uint16_t port) {
        struct sockaddr_in sa;
        int fd, r, on = 1;

        r = network_address(address, port, &sa);
        if (r < 0)
                return r;

        fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;

        /* Else the port stays taken for a minute after the server closed a connection. */
        if (type == SOCK_STREAM)
                setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));

        if (bind(fd, (const struct sockaddr *) &sa, sizeof(sa)) < 0 ||
            (type == SOCK_STREAM && listen(fd, BACKLOG) < 0)) {
                r = -errno;
                close(fd);
                return r;
        }

        return fd;
}

static int open_pair(Server *s, uint16_t port) {
        int udp, tcp;

        udp = network_bind(SOCK_DGRAM, s->address, port);
        if (udp < 0) {
                printf("WARNING: UDP_OpenSocket: port: %u bind: %s\n", port, strerror(-udp));
                return udp;
        }

        tcp = network_bind(SOCK_STREAM, s->address, port);
        if (tcp < 0) {
                printf("WARNING: Unable to bind rcon socket, port: %u bind: %s\n", port,
                       strerror(-tcp));
                close(udp);
                return tcp;
        }

        s->udp_fd = udp;
        s->rcon_fd = tcp;
        s->port = port;
        return 0;
}

int network_open(Server *s) {
        unsigned tries = s->strict_port ? 1 : PORTS_TRIED, first = s->port;
        int r = -EADDRINUSE;

        for (unsigned i = 0; i < tries && first + i <= UINT16_MAX; i++) {
                r = open_pair(s, (uint16_t) (first + i));
                if (r != -EADDRINUSE)
                        break;
        }

        if (r < 0)
                printf("ERROR: Couldn't allocate dedicated server IP port %u: %s\n", first,
                       strerror(-r));
        return r;
}
