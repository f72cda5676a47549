/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/ip-network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"

/* A number of bits without sign, blanks or leading zeros. */
static bool parse_prefix(const char *text, unsigned max, unsigned *ret) {
        unsigned value = 0;
        size_t length = strlen(text);

        if (length == 0 || length > 3 || (text[0] == '0' && length > 1))
                return false;
        for (const char *p = text; *p; p++) {
                if (*p < '0' || *p > '9')
                        return false;
                value = value * 10 + (unsigned) (*p - '0');
        }

        *ret = value;
        return value <= max;
}

static bool has_bits_behind_prefix(const IpNetwork *network) {
        unsigned bits = network->family == AF_INET ? 32 : 128;

        for (unsigned bit = network->prefix; bit < bits; bit++)
                if (network->address[bit / 8] & (0x80 >> bit % 8))
                        return true;
        return false;
}

static int refuse(const char **ret_problem, const char *problem) {
        *ret_problem = problem;
        return -EINVAL;
}

int ip_network_parse(const char *text, IpNetwork *ret, const char **ret_problem) {
        static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF };
        const char *slash = strchr(text, '/');
        size_t length = slash ? (size_t) (slash - text) : strlen(text);
        IpNetwork network = { .family = memchr(text, ':', length) ? AF_INET6 : AF_INET };
        unsigned bits = network.family == AF_INET ? 32 : 128;
        char address[INET6_ADDRSTRLEN];

        if (length >= sizeof(address))
                return refuse(
                        ret_problem, N_("must be an IP address or a network like 192.0.2.0/24"));
        memcpy(address, text, length);
        address[length] = '\0';
        if (inet_pton(network.family, address, network.address) != 1)
                return refuse(
                        ret_problem, N_("must be an IP address or a network like 192.0.2.0/24"));

        network.prefix = bits;
        if (slash && !parse_prefix(slash + 1, bits, &network.prefix))
                return refuse(
                        ret_problem, bits == 32 ? N_("the prefix must be a number from 0 to 32")
                                                : N_("the prefix must be a number from 0 to 128"));
        if (has_bits_behind_prefix(&network))
                return refuse(
                        ret_problem,
                        N_("the address has bits behind the prefix: use 192.0.2.0/24, not 192.0.2.7/24"));
        if (network.family == AF_INET6 && network.prefix >= 96 &&
            memcmp(network.address, mapped, sizeof(mapped)) == 0)
                return refuse(
                        ret_problem,
                        N_("must be written as IPv4 address, without ::ffff: before it"));

        *ret = network;
        return 0;
}

const char *ip_network_format(const IpNetwork *network, char buffer[static IP_NETWORK_TEXT_MAX]) {
        char address[INET6_ADDRSTRLEN];

        if (!inet_ntop(network->family, network->address, address, sizeof(address)))
                address[0] = '\0'; /* only for another family */
        if (network->prefix == (network->family == AF_INET ? 32 : 128))
                (void) snprintf(buffer, IP_NETWORK_TEXT_MAX, "%s", address);
        else
                (void) snprintf(buffer, IP_NETWORK_TEXT_MAX, "%s/%u", address, network->prefix);
        return buffer;
}
