/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The TCP ports on which servers take commands: those of port_range= and, because neither a spec
 * nor a running server is bound to that, those that systemd lets a server bind and those that the
 * trees of running servers were made with.
 */

#include <stdbool.h>
#include <stdint.h>

#include "spec/config.h"

typedef struct RconPorts {
        uint64_t bits[65536 / 64];
} RconPorts;

bool rcon_ports_has(const RconPorts *ports, uint16_t port);

/* The first port from here on, and the last one of those that follow it without a gap. false: none.
 */
bool rcon_ports_next(
        const RconPorts *ports, unsigned from, uint16_t *ret_first, uint16_t *ret_last);

/*
 * Reads files that left4me-generator and left4me-overlay wrote as root. It leaves out unreadable
 * ones: then *ret has all the rest, and the result is the first -errno.
 */
int rcon_ports_find(const HostConfig *config, const Paths *paths, RconPorts *ret) _must_check_;

/* Only the ports of trees: of servers that run, or ran until a moment ago. */
int rcon_ports_find_running(const Paths *paths, RconPorts *ret) _must_check_;
