/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Keys about packets from and to the network: [rcon], [guard] and [alerts]. */

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "spec/config-values.h"

enum {
        NETWORKS_MAX = 256,
        GUARD_RATE_MAX = 10000,
        ALERT_INTERVAL_MAX = 1440,
};

/* --- networks --------------------------------------------------------------------------------- */

static int parse_networks(
        char *list, IpNetwork networks[static NETWORKS_MAX], size_t *ret_n,
        const char **ret_problem) {
        size_t n = 0;
        char *rest;

        for (char *word = strtok_r(list, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
                int r;

                if (n == NETWORKS_MAX) {
                        *ret_problem = N_("has more than 256 networks");
                        return -EINVAL;
                }
                r = ip_network_parse(word, &networks[n++], ret_problem);
                if (r < 0)
                        return r;
        }
        *ret_n = n;
        return 0;
}

static int set_networks(
        IpNetwork **list, size_t *n_list, const char *value, const char **ret_problem) {
        _cleanup_free_ IpNetwork *networks = calloc(NETWORKS_MAX, sizeof(*networks));
        _cleanup_free_ char *words = strdup(value);
        size_t n;
        int r;

        if (!networks || !words)
                return -ENOMEM;
        r = parse_networks(words, networks, &n, ret_problem);
        if (r < 0)
                return r;

        free(*list);
        *list = TAKE_PTR(networks);
        *n_list = n;
        return 0;
}

int config_set_rcon_allow(HostConfig *config, const char *value, const char **ret_problem) {
        return set_networks(&config->rcon_networks, &config->n_rcon_networks, value, ret_problem);
}

/* --- guard ------------------------------------------------------------------------------------ */

/* 0 would leave servers out of every list, so it is refused rather than read as "no limit". */
static int set_rate(uint16_t *rate, const char *value, const char **ret_problem) {
        uint16_t number;

        if (!config_parse_number(value, GUARD_RATE_MAX, &number) || number == 0) {
                *ret_problem = N_("must be a number of packets a second from 1 to 10000");
                return -EINVAL;
        }
        *rate = number;
        return 0;
}

int config_set_guard_enabled(HostConfig *config, const char *value, const char **ret_problem) {
        return config_parse_yes_no(value, &config->guard.is_enabled, ret_problem);
}

int config_set_queries_per_source(HostConfig *config, const char *value, const char **ret_problem) {
        return set_rate(&config->guard.queries_per_source, value, ret_problem);
}

int config_set_queries_per_server(HostConfig *config, const char *value, const char **ret_problem) {
        return set_rate(&config->guard.queries_per_server, value, ret_problem);
}

int config_set_packets_per_source(HostConfig *config, const char *value, const char **ret_problem) {
        return set_rate(&config->guard.packets_per_source, value, ret_problem);
}

int config_set_mark_traffic(HostConfig *config, const char *value, const char **ret_problem) {
        return config_parse_yes_no(value, &config->guard.marks_traffic, ret_problem);
}

/* --- alerts ----------------------------------------------------------------------------------- */

int config_set_alert_allow(HostConfig *config, const char *value, const char **ret_problem) {
        return set_networks(&config->alert_networks, &config->n_alert_networks, value, ret_problem);
}

int config_set_alert_interval(HostConfig *config, const char *value, const char **ret_problem) {
        uint16_t number;

        if (!config_parse_number(value, ALERT_INTERVAL_MAX, &number) || number == 0) {
                *ret_problem = N_("must be a number of minutes from 1 to 1440");
                return -EINVAL;
        }
        config->alert_interval = number;
        return 0;
}
