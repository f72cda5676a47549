/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Networks of IPv4 and IPv6 as people write them: "192.0.2.0/24", "2001:db8::/32", or an address
 * alone. Numbers only: no name is looked up.
 */

#include <stdint.h>

#include "base/cleanup.h"

typedef struct IpNetwork {
        int family;          /* AF_INET or AF_INET6 */
        unsigned prefix;     /* bits, 32 or 128 for one address */
        uint8_t address[16]; /* in network order; of IPv4 the first four bytes */
} IpNetwork;

enum { IP_NETWORK_TEXT_MAX = 64 };

/*
 * 0, or -EINVAL and *ret_problem in static storage. Bits behind the prefix are an error, because
 * the address or the prefix is not the one that was meant; so is an IPv4 address in an IPv6 one
 * ("::ffff:192.0.2.1"), which no packet has.
 */
int ip_network_parse(const char *text, IpNetwork *ret, const char **ret_problem) _must_check_;

/* The network in the kernel's spelling, with its prefix unless it is one address. */
const char *ip_network_format(const IpNetwork *network, char buffer[static IP_NETWORK_TEXT_MAX]);
