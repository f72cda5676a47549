/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/unit-ports.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <pwd.h>
#include <string.h>
#include <sys/ioctl.h>
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

/* --- by /proc -----------------------------------------------------------------------------------
 */

bool udp_line_parse(const char *line, uint16_t port, uid_t uid, char ret[static INET_ADDRSTRLEN]) {
        unsigned address, local_port, owner;
        struct in_addr in;

        /* sl local_address:port remote st queues tr:when retransmits uid … */
        if (sscanf(line, " %*u: %8x:%4x %*s %*x %*s %*s %*x %u", &address, &local_port, &owner) !=
                    3 ||
            local_port != port || owner != uid)
                return false;
        in.s_addr = address; /* the kernel prints the bytes in memory as a number of this host */
        return inet_ntop(AF_INET, &in, ret, INET_ADDRSTRLEN) != NULL;
}

int udp_lines_parse(FILE *f, uint16_t port, uid_t uid, char ret[static INET_ADDRSTRLEN]) {
        char line[256], address[INET_ADDRSTRLEN];
        int found = 0;

        while (fgets(line, sizeof(line), f)) {
                if (!udp_line_parse(line, port, uid, address))
                        continue;
                if (found && strcmp(address, ret) != 0)
                        (void) snprintf(address, sizeof(address), "0.0.0.0");
                memcpy(ret, address, sizeof(address));
                found = 1;
        }
        return found;
}

int user_udp_address(const char *user, uint16_t port, char ret[static INET_ADDRSTRLEN]) {
        const struct passwd *entry = getpwnam(user);
        _cleanup_fclose_ FILE *f = NULL;

        if (!entry)
                return -ESRCH;
        /* Not /proc/net, a link that a /proc with processes only lacks. */
        f = fopen("/proc/self/net/udp", "re");
        return f ? udp_lines_parse(f, port, entry->pw_uid, ret) : -errno;
}

/* By ioctl(2), for callers that may not ask by netlink. */
bool ipv4_is_own(const char *address) {
        _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        _cleanup_free_ struct ifreq *requests = NULL;
        struct ifconf list = {};
        struct in_addr wanted;

        if (inet_pton(AF_INET, address, &wanted) != 1)
                return false;
        if (ntohl(wanted.s_addr) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET)
                return true;
        /* Without a place for them, the kernel tells their size. */
        if (fd < 0 || ioctl(fd, SIOCGIFCONF, &list) < 0)
                return false;
        requests = calloc(1, (size_t) list.ifc_len + 1);
        list.ifc_req = requests;
        if (!requests || ioctl(fd, SIOCGIFCONF, &list) < 0)
                return false;
        for (size_t i = 0; i < (size_t) list.ifc_len / sizeof(requests[0]); i++) {
                struct sockaddr_in one;

                memcpy(&one, &requests[i].ifr_addr, sizeof(one));
                if (one.sin_addr.s_addr == wanted.s_addr)
                        return true;
        }
        return false;
}

void game_address(uint16_t port, char ret[static INET_ADDRSTRLEN]) {
        if (user_udp_address(GAME_USER, port, ret) <= 0 || strcmp(ret, "0.0.0.0") == 0 ||
            !ipv4_is_own(ret))
                (void) snprintf(ret, INET_ADDRSTRLEN, GAME_ADDRESS_DEFAULT);
}
