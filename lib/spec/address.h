/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The address where players find the servers of this host. The host may have many addresses and be
 * behind a router with NAT: public_address= of the host configuration names the address. Without
 * it, this is the address that the host itself uses towards the internet, found out without asking
 * another host.
 */

#include <stdbool.h>
#include <stdint.h>

#include "spec/config.h"

enum {
        HOST_ADDRESS_MAX = 254, /* a host name has up to 253 characters */
        ADDRESS_MAX = HOST_ADDRESS_MAX + sizeof("[]:65535"),
};

/* Whether it is an IPv4 or IPv6 address of a host, or a host name. */
bool host_address_is_valid(const char *text);

/*
 * "192.0.2.7", "2001:db8::7" or a name: the host's own name when it has no route. route_fd: a
 * NETLINK_ROUTE socket of the network that is meant, or -EBADF: the caller's own.
 */
void host_address(const HostConfig *config, int route_fd, char ret[static HOST_ADDRESS_MAX]);

/* "192.0.2.7:27015", "[2001:db8::7]:27015". */
const char *server_address(const char *host, uint16_t port, char buffer[static ADDRESS_MAX]);
