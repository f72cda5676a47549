/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Values of the host configuration's keys, for the table in config-keys.c. Each setter leaves its
 * member as it was on -EINVAL, with *ret_problem in static storage, and on -ENOMEM.
 */

#include <stdbool.h>
#include <stdint.h>

#include "spec/config.h"

/* A decimal number from 0 to max, with up to five digits. */
bool config_parse_number(const char *value, unsigned long max, uint16_t *ret) _must_check_;

/* "yes" or "no". */
int config_parse_yes_no(const char *value, bool *ret, const char **ret_problem) _must_check_;

/* config-network.c */
int config_set_rcon_allow(HostConfig *config, const char *value, const char **ret_problem);
int config_set_guard_enabled(HostConfig *config, const char *value, const char **ret_problem);
int config_set_queries_per_source(HostConfig *config, const char *value, const char **ret_problem);
int config_set_queries_per_server(HostConfig *config, const char *value, const char **ret_problem);
int config_set_packets_per_source(HostConfig *config, const char *value, const char **ret_problem);
int config_set_mark_traffic(HostConfig *config, const char *value, const char **ret_problem);
int config_set_alert_allow(HostConfig *config, const char *value, const char **ret_problem);
int config_set_alert_interval(HostConfig *config, const char *value, const char **ret_problem);

/* config-watch.c: [watch] */
int config_set_watch_interval(HostConfig *config, const char *value, const char **ret_problem);
int config_set_hang_after(HostConfig *config, const char *value, const char **ret_problem);
