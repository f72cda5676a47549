/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/unit-ports.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/netlink.h"

/* A control group's number is the inode number of its directory. */
static int cgroup_id(const char *control_group, uint64_t *ret) {
        _cleanup_free_ char *path = NULL;
        struct stat st;

        if (control_group[0] != '/')
                return -ENOENT;
        if (asprintf(&path, "/sys/fs/cgroup%s", control_group) < 0)
                return -ENOMEM;
        if (stat(path, &st) < 0)
                return -errno;
        *ret = st.st_ino;
        return 0;
}

/* The group of the process that made the socket; 0: it is not told. */
static uint64_t cgroup_of(const struct nlmsghdr *header, const struct inet_diag_msg *socket) {
        int size = (int) (header->nlmsg_len - NLMSG_LENGTH(sizeof(*socket)));
        uint64_t id = 0;

        for (const struct rtattr *a = (const void *) (socket + 1); RTA_OK(a, size);
             a = RTA_NEXT(a, size))
                if (a->rta_type == INET_DIAG_CGROUP_ID && RTA_PAYLOAD(a) == sizeof(id))
                        memcpy(&id, RTA_DATA(a), sizeof(id));
        return id;
}

typedef struct Search {
        uint64_t cgroup;
        uint16_t port;
        bool found;
} Search;

static int look_at(const struct nlmsghdr *message, void *userdata) {
        const struct inet_diag_msg *socket = NLMSG_DATA(message);
        Search *search = userdata;
        uint64_t cgroup;

        if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*socket)))
                return -EBADMSG;
        if (ntohs(socket->id.idiag_sport) != search->port)
                return 0;
        cgroup = cgroup_of(message, socket);
        if (cgroup == 0)
                return -EOPNOTSUPP;
        search->found |= cgroup == search->cgroup;
        return 0;
}

static int list_sockets(int diag_fd, Search *search) {
        struct {
                struct nlmsghdr header;
                struct inet_diag_req_v2 request;
        } message = {
                .header = {
                        .nlmsg_len = sizeof(message),
                        .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                        .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                },
                .request = {
                        .sdiag_family = AF_INET,
                        .sdiag_protocol = IPPROTO_UDP,
                        .idiag_states = UINT32_MAX,
                        /* The kernel leaves out all others, and there may be thousands. */
                        .id.idiag_sport = htons(search->port),
                },
        };
        int r;

        r = netlink_ask(diag_fd, NETLINK_SOCK_DIAG, &message.header, look_at, search);
        /* The kernel has no udp_diag. */
        return r == -ENOENT ? -EOPNOTSUPP : r;
}

int unit_has_udp_port(int diag_fd, const char *control_group, uint16_t port, bool *ret) {
        Search search = { .port = port };
        int r;

        r = cgroup_id(control_group, &search.cgroup);
        if (r < 0)
                return r;
        r = list_sockets(diag_fd, &search);
        if (r < 0)
                return r;

        *ret = search.found;
        return 0;
}
