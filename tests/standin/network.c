/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cvar.h"

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

/* Returns the descriptor. It stays open until the server ends, and is never read. */
static int open_further(const Server *s, uint16_t first, uint16_t *ret_port) {
        unsigned tries = s->strict_port ? 1 : PORTS_TRIED;
        int fd = -EADDRINUSE;

        for (unsigned i = 0; i < tries && fd < 0 && first + i <= UINT16_MAX; i++) {
                uint16_t port = (uint16_t) (first + i);

                fd = network_bind(SOCK_DGRAM, s->address, port);
                if (fd < 0)
                        printf("WARNING: UDP_OpenSocket: port: %u bind: %s\n", port, strerror(-fd));
                else
                        *ret_port = port;
        }

        if (fd < 0)
                printf("ERROR: Port %u was unavailable%s\n", first,
                       s->strict_port ? " - quitting due to \"-strictportbind\" command-line flag!"
                                      : "");
        return fd;
}

int network_open_client(Server *s) {
        int fd = open_further(s, s->client_port, &s->client_port);

        return fd < 0 ? fd : 0;
}

int network_open_tv(Server *s) {
        uint16_t port = (uint16_t) cvar_number("tv_port");
        int fd;

        if (s->tv_fd >= 0 || !cvar_number("tv_enable"))
                return 0;

        fd = open_further(s, port, &port);
        if (fd < 0)
                return fd;

        s->tv_fd = fd;
        printf("SourceTV: port %u\n", port);
        return 0;
}
