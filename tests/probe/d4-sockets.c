/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * D4: kinds of sockets, each by every way to create one. On i386 the C library uses socketcall(2);
 * the filters that systemd makes look at socket(2) of the native ABI only.
 */

#include <errno.h>
#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls.h"
#include "tries.h"

static const struct {
        const char *name;
        int family, type, protocol;
} kinds[] = {
        { "AF_INET-raw", AF_INET, SOCK_RAW, 1 },
        { "AF_PACKET", AF_PACKET, SOCK_DGRAM, 0 },
        { "AF_NETLINK", AF_NETLINK, SOCK_RAW, NETLINK_ROUTE },
        { "AF_XDP", AF_XDP, SOCK_RAW, 0 },
        { "AF_ALG", AF_ALG, SOCK_SEQPACKET, 0 },
        { "AF_VSOCK", AF_VSOCK, SOCK_STREAM, 0 },
        { "AF_UNIX", AF_UNIX, SOCK_STREAM, 0 },
};

static size_t kind(const Attempt *a) {
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
                if (strcmp(kinds[i].name, a->object) == 0)
                        return i;
        abort();
}

/* Nothing can be shown with a kind of socket that the kernel doesn't have. */
static int checked(int r) {
        return r == -ESOCKTNOSUPPORT ? -NOT_APPLICABLE : r;
}

static int try_socket(const Attempt *a, const Targets *t) {
        size_t i = kind(a);

        (void) t;
        return checked(
                result(syscall(SYS_socket, kinds[i].family, kinds[i].type, kinds[i].protocol)));
}

static int try_socketcall(const Attempt *a, const Targets *t) {
        size_t i = kind(a);
        long r;

        (void) t;
        r = socketcall(SOCKETCALL_SOCKET, kinds[i].family, kinds[i].type, kinds[i].protocol);
        return r < 0 ? checked((int) r) : 0;
}

/* Switches the loopback interface on, which it is. */
static int try_set_link(const Attempt *a, const Targets *t) {
        struct {
                struct nlmsghdr header;
                struct ifinfomsg link;
        } request = {
                .header = { .nlmsg_len = sizeof(request),
                            .nlmsg_type = RTM_NEWLINK,
                            .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
                .link = { .ifi_index = 1, .ifi_flags = IFF_UP, .ifi_change = IFF_UP },
        };
        struct {
                struct nlmsghdr header;
                struct nlmsgerr error;
                char rest[256];
        } answer = {};
        int fd;

        (void) a;
        (void) t;
        fd = (int) syscall(SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
        if (fd < 0)
                return -errno;
        if (send(fd, &request, sizeof(request), 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
                return -errno;
        return answer.error.error;
}

const Attempt d4_socket_attempts[] = {
        { "D4d", "socket", "AF_INET-raw", try_socket },
        { "D4d", "socket", "AF_PACKET", try_socket },
        { "D4d", "socket", "AF_NETLINK", try_socket },
        { "D4d", "socket", "AF_XDP", try_socket },
        { "D4d", "socket", "AF_ALG", try_socket },
        { "D4d", "socket", "AF_VSOCK", try_socket },
        { "D4d", "socket", "AF_UNIX", try_socket },
        { "D4d", "socketcall", "AF_INET-raw", try_socketcall },
        { "D4d", "socketcall", "AF_PACKET", try_socketcall },
        { "D4d", "socketcall", "AF_NETLINK", try_socketcall },
        { "D4d", "socketcall", "AF_XDP", try_socketcall },
        { "D4d", "socketcall", "AF_ALG", try_socketcall },
        { "D4d", "socketcall", "AF_VSOCK", try_socketcall },
        { "D4d", "socketcall", "AF_UNIX", try_socketcall },
        { "D4d", "netlink", "set-link", try_set_link },
        {},
};
