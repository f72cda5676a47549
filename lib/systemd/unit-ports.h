/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The ports a unit really has open. The kernel notes with each socket the control group of the
 * process that made it and tells everybody (sock_diag(7)), so this needs no rights, and sockets of
 * other units on the same port don't count.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/cleanup.h"

/*
 * Whether a process of this control group ("/l4d2.slice/…") has the UDP port open for IPv4.
 * diag_fd: a NETLINK_SOCK_DIAG socket of the network that is meant, or -EBADF: the caller's own.
 * -ENOENT: the group does not exist; -EOPNOTSUPP: the kernel doesn't support the query.
 */
int unit_has_udp_port(int diag_fd, const char *control_group, uint16_t port, bool *ret)
        _must_check_;

#define GAME_USER "left4me-game"

/*
 * The only IPv4 address at which processes of this user have the UDP port open, "0.0.0.0" for all
 * or several; by /proc, for callers that may not ask by netlink. 1; 0: none; -ESRCH: unknown user;
 * or -errno.
 */
int user_udp_address(const char *user, uint16_t port, char ret[static INET_ADDRSTRLEN])
        _must_check_;

/*
 * Where to ask the game server that has the port: the only address of this host at which it
 * listens, else 127.0.0.1. RCON and queries listen at the same addresses.
 */
#define GAME_ADDRESS_DEFAULT "127.0.0.1"
void game_address(uint16_t port, char ret[static INET_ADDRSTRLEN]);

/* Whether an interface of this host has it: a server may bind others (IP_FREEBIND). */
bool ipv4_is_own(const char *address);

/* A line of /proc/net/udp, or another text: whether it is a socket of this user on this port. */
bool udp_line_parse(const char *line, uint16_t port, uid_t uid, char ret[static INET_ADDRSTRLEN]);

/* All its lines: 1 with an address as user_udp_address() has it; 0: none. */
int udp_lines_parse(FILE *f, uint16_t port, uid_t uid, char ret[static INET_ADDRSTRLEN])
        _must_check_;
