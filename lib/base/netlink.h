/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Asking the kernel about a network by netlink(7). The socket belongs to the network in which it
 * was made: a program that has none of its own asks about the host's through one that it inherits.
 * Nothing here waits: the kernel has answered when a request is sent.
 */

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

/* 1: this was all that is wanted, 0: go on, or -errno, which ends it. */
typedef int (*NetlinkHandler)(const struct nlmsghdr *message, void *userdata);

/*
 * Sends the request, whose nlmsg_seq is set here, and hands over each message of the answer. The
 * rest of an earlier answer is dropped. fd: a socket of the network that is meant, or -EBADF: the
 * function makes one of the protocol (NETLINK_ROUTE, …) in the caller's own. 0 also when no handler
 * returned 1. An error of the kernel is returned as -errno; -EOPNOTSUPP: the kernel or the caller's
 * sandbox lacks this protocol; -EBADMSG, -EAGAIN: no usable answer.
 */
int netlink_ask(
        int fd, int protocol, struct nlmsghdr *request, NetlinkHandler handler, void *userdata)
        _must_check_;
