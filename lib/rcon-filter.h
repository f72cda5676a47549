/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The rules that limit who reaches the servers' RCON, for nft(8): a table of its own that drops
 * connection requests over TCP to the servers' ports, except from this host and from the networks
 * of the host configuration. No packet of UDP is looked at: players come by UDP, and one who loses
 * the first packet keeps a Steam ticket that no other attempt can use.
 */

#include <stdbool.h>

#include "config.h"

#define RCON_FILTER_FAMILY "inet"
#define RCON_FILTER_TABLE  "left4me"
#define RCON_FILTER_NFT    "/usr/sbin/nft"
#define RCON_FILTER_UNIT   "left4me-rcon-filter.service"

/*
 * The rules as a script that replaces the table in one transaction, from malloc. closed: without
 * the configured networks. The table has a comment by which rcon_filter_is_loaded() knows it.
 * 0 or -ENOMEM.
 */
int rcon_filter_format(const HostConfig *config, bool closed, char **ret) _must_check_;

/* A script that removes the table, and is no error when there is none. */
extern const char rcon_filter_removal[];

/* Whether a listing of the table by nft shows the rules of this configuration, whole. -ENOMEM. */
int rcon_filter_is_loaded(const HostConfig *config, const char *listing) _must_check_;
