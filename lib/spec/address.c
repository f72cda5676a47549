/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/address.h"

#include <arpa/inet.h>
#include <limits.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/netlink.h"

/* --- configured addresses -----------------------------------------------------------------------
 */

static bool is_label(const char *text, size_t length) {
        static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789-";

        return length > 0 && length < 64 && strspn(text, characters) >= length && text[0] != '-' &&
               text[length - 1] != '-';
}

/* The last label of a name is never a number: that would be an address with a mistake in it. */
static bool is_host_name(const char *text) {
        size_t length = 0;

        if (strlen(text) >= HOST_ADDRESS_MAX)
                return false;
        for (;; text += length + 1) {
                length = strcspn(text, ".");
                if (!is_label(text, length))
                        return false;
                if (text[length] == '\0')
                        return strspn(text, "0123456789") < length;
        }
}

bool host_address_is_valid(const char *text) {
        struct in_addr ipv4;
        struct in6_addr ipv6;

        if (inet_pton(AF_INET, text, &ipv4) == 1)
                return ipv4.s_addr != htonl(INADDR_ANY) && !IN_MULTICAST(ntohl(ipv4.s_addr)) &&
                       ipv4.s_addr != htonl(INADDR_BROADCAST);
        if (inet_pton(AF_INET6, text, &ipv6) == 1)
                return !IN6_IS_ADDR_UNSPECIFIED(&ipv6) && !IN6_IS_ADDR_MULTICAST(&ipv6);
        return is_host_name(text);
}

/* --- what the kernel would use ------------------------------------------------------------------
 */

static int take_route(const struct nlmsghdr *message, void *userdata) {
        const struct rtmsg *route = NLMSG_DATA(message);
        struct in_addr *own = userdata;
        int size;

        if (message->nlmsg_type != RTM_NEWROUTE ||
            message->nlmsg_len < NLMSG_LENGTH(sizeof(*route)))
                return -EBADMSG;
        size = (int) (message->nlmsg_len - NLMSG_LENGTH(sizeof(*route)));
        for (const struct rtattr *a = RTM_RTA(route); RTA_OK(a, size); a = RTA_NEXT(a, size))
                if (a->rta_type == RTA_PREFSRC && RTA_PAYLOAD(a) == sizeof(*own)) {
                        memcpy(own, RTA_DATA(a), sizeof(*own));
                        return 1;
                }
        return -ENODATA;
}

/* From where a packet to the internet would come. Nothing is sent. */
static int find_address(int route_fd, struct in_addr *ret) {
        struct {
                struct nlmsghdr header;
                struct rtmsg route;
                struct rtattr attribute;
                struct in_addr far;
        } request = {
                .header = {
                        .nlmsg_len = sizeof(request),
                        .nlmsg_type = RTM_GETROUTE,
                        .nlmsg_flags = NLM_F_REQUEST,
                },
                .route = { .rtm_family = AF_INET, .rtm_dst_len = 32 },
                .attribute = { .rta_len = RTA_LENGTH(sizeof(struct in_addr)), .rta_type = RTA_DST },
                /* TEST-NET-1: no host has it, so it takes the default route. */
                .far = { .s_addr = htonl(0xC0000201) },
        };
        int r;

        *ret = (struct in_addr) {};
        r = netlink_ask(route_fd, NETLINK_ROUTE, &request.header, take_route, ret);
        return r < 0 ? r : ret->s_addr == htonl(INADDR_ANY) ? -ENODATA : 0;
}

/* --- both together ------------------------------------------------------------------------------
 */

void host_address(const HostConfig *config, int route_fd, char ret[static HOST_ADDRESS_MAX]) {
        struct in_addr own;

        if (config->public_address) {
                (void) snprintf(ret, HOST_ADDRESS_MAX, "%s", config->public_address);
                return;
        }
        if (find_address(route_fd, &own) >= 0 && inet_ntop(AF_INET, &own, ret, HOST_ADDRESS_MAX))
                return;
        (void) snprintf(ret, HOST_ADDRESS_MAX, "localhost");
        (void) gethostname(ret, HOST_ADDRESS_MAX - 1);
        ret[HOST_ADDRESS_MAX - 1] = '\0';
}

const char *server_address(const char *host, uint16_t port, char buffer[static ADDRESS_MAX]) {
        bool is_ipv6 = strchr(host, ':');

        (void) snprintf(
                buffer, ADDRESS_MAX, "%s%s%s:%u", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "",
                port);
        return buffer;
}
