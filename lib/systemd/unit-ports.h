/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The ports a unit really has open. The kernel notes with each socket the control group of the
 * process that made it and tells everybody (sock_diag(7)), so this needs no rights, and sockets of
 * other units on the same port don't count.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

/*
 * Whether a process of this control group ("/l4d2.slice/…") has the UDP port open for IPv4.
 * diag_fd: a NETLINK_SOCK_DIAG socket of the network that is meant, or -EBADF: the caller's own.
 * -ENOENT: the group does not exist; -EOPNOTSUPP: the kernel doesn't support the query.
 */
int unit_has_udp_port(int diag_fd, const char *control_group, uint16_t port, bool *ret)
        _must_check_;
