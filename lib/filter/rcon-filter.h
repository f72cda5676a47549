/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The rules that limit who reaches the servers' RCON, for nft(8): a table of its own that drops
 * connection requests over TCP to the servers' ports (filter/rcon-ports.h), except from this host
 * and from the networks of the host configuration; and the guard against floods of queries over UDP
 * (filter/guard.h).
 */

#include <stdbool.h>
#include <sys/types.h>

#include "filter/rcon-ports.h"
#include "spec/config.h"

#define RCON_FILTER_FAMILY "inet"
#define RCON_FILTER_TABLE  "left4me"
#define RCON_FILTER_NFT    "/usr/sbin/nft"
#define RCON_FILTER_UNIT   "left4me-rcon-filter.service"
/* Also when the unit is active and its rules were flushed. */
#define RCON_FILTER_TURN_ON \
        "systemctl enable " RCON_FILTER_UNIT " && systemctl restart " RCON_FILTER_UNIT
#define RCON_FILTER_PROGRAM "/usr/lib/left4me/left4me-rcon-filter"

/* The set of the ports in that table. */
#define RCON_FILTER_PORTS "ports"

/* Its counter of refused connections. */
#define RCON_FILTER_COUNTER "rcon_refused"

/*
 * The rules as a script that replaces the table in one transaction, from malloc. game_uid: as
 * guard_write() takes it. closed: without the configured networks. 0 or -ENOMEM.
 */
int rcon_filter_format(
        const HostConfig *config, const RconPorts *ports, uid_t game_uid, bool closed, char **ret)
        _must_check_;

/* The ports as "27015-27114, 28015", from malloc. 0 or -ENOMEM. */
int rcon_filter_format_ports(const RconPorts *ports, char **ret) _must_check_;

/* A script that removes the table, and succeeds when it does not exist. */
extern const char rcon_filter_removal[];

/*
 * Output of `left4me-rcon-filter check`, for `l4d2ctl doctor`: one of the first four, and after
 * RCON_FILTER_OTHER or RCON_FILTER_BROKEN a line of RCON_FILTER_OPEN and a port for each server
 * that runs on a port that the loaded rules leave out.
 */
#define RCON_FILTER_NONE   "none"   /* no table */
#define RCON_FILTER_SAME   "same"   /* what `apply` would load now */
#define RCON_FILTER_OTHER  "other"  /* other rules, fewer or more */
#define RCON_FILTER_BROKEN "broken" /* some rules, and a configuration with errors */
#define RCON_FILTER_OPEN   "open"
