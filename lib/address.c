/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "address.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

#include "cleanup.h"

/* Connecting a datagram socket sends nothing: the kernel looks up the route and the address. */
static int find_address(struct in_addr *ret) {
        _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct sockaddr_in far = { .sin_family = AF_INET, .sin_port = htons(9) }, own;
        socklen_t size = sizeof(own);

        /* TEST-NET-1: nobody has it, so it goes where the default route goes. */
        far.sin_addr.s_addr = htonl(0xC0000201);
        if (fd < 0 || connect(fd, (struct sockaddr *) &far, sizeof(far)) < 0 ||
            getsockname(fd, (struct sockaddr *) &own, &size) < 0)
                return -errno;

        *ret = own.sin_addr;
        return 0;
}

const char *server_address(uint16_t port, char buffer[static ADDRESS_MAX]) {
        char host[HOST_NAME_MAX + 1] = "localhost";
        struct in_addr address;

        if (find_address(&address) < 0 || !inet_ntop(AF_INET, &address, host, sizeof(host)))
                (void) gethostname(host, sizeof(host) - 1);
        (void) snprintf(buffer, ADDRESS_MAX, "%s:%u", host, port);
        return buffer;
}
