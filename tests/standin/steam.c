/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "steam.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "network.h"

#define PORTS_TRIED 100U

#ifdef __i386__
#define CLIENT_LIBRARY ".steam/sdk32/steamclient.so"
#else
#define CLIENT_LIBRARY ".steam/sdk64/steamclient.so"
#endif

static int check_readable(const char *path) {
        char byte;
        ssize_t n;
        int fd, r;

        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        n = read(fd, &byte, sizeof(byte));
        r = n < 0 ? -errno : n == 0 ? -ENODATA : 0;
        close(fd);
        return r;
}

/* The engine asks for the processor and the memory, Steam's library for the kernel. */
static int read_host(void) {
        static const char *const paths[] = {
                "/proc/cpuinfo",
                "/proc/meminfo",
                "/proc/sys/kernel/osrelease",
        };

        for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
                int r = check_readable(paths[i]);

                if (r < 0) {
                        printf("processorinfo_linux.cpp (96) : Assertion Failed: %s: %s\n",
                               paths[i], strerror(-r));
                        printf("[S_API FAIL] SteamAPI_Init() failed; create pipe failed.\n");
                        return r;
                }
        }

        return 0;
}

static int load_client(void) {
        const char *home = getenv("HOME");
        char path[512];

        if (snprintf(path, sizeof(path), "%s/%s", home ? home : "", CLIENT_LIBRARY) >=
                    (int) sizeof(path) ||
            !dlopen(path, RTLD_NOW)) {
                printf("[S_API FAIL] SteamAPI_Init() failed; unable to locate a running instance "
                       "of Steam, or a local steamclient.so.\n");
                return -ENOENT;
        }

        return 0;
}

/* Each server of a host takes the next free one, unless -steamport says where to begin. */
static int open_port(Server *s) {
        unsigned first = s->steam_port, port = first;
        int fd = -EADDRINUSE;

        for (; fd == -EADDRINUSE && port < first + PORTS_TRIED && port <= UINT16_MAX; port++)
                fd = network_bind(SOCK_DGRAM, s->address, (uint16_t) port);

        if (fd < 0) {
                printf("SteamGameServer_InitSafe failed: port %u: %s\n", first, strerror(-fd));
                return fd;
        }

        s->steam_port = (uint16_t) (port - 1);
        return 0;
}

void steam_start(Server *s) {
        if (read_host() >= 0 && load_client() >= 0 && open_port(s) >= 0)
                return;

        s->lan = true;
        printf("Unable to load Steam support library.\n");
        printf("This server will operate in LAN mode only.\n");
}
