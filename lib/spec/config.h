/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The host configuration: /etc/left4me/left4me.conf and left4me.conf.d/NAME.conf beside it, in
 * file-name order, later assignments win. INI, read with inih. A bad line is an error and is
 * ignored, the rest holds: a typo must not take every server of the host down.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/cpu-set.h"
#include "base/errors.h"
#include "base/ip-network.h"
#include "base/paths.h"

/* [guard], see filter/guard.h. Rates are packets a second. */
typedef struct GuardSettings {
        bool is_enabled;             /* enabled= */
        uint16_t queries_per_source; /* from one address to one server */
        uint16_t queries_per_server; /* from all addresses together */
        uint16_t packets_per_source; /* other connectionless packets, as queries_per_source */
        bool marks_traffic;          /* mark_traffic=: DSCP and priority of game packets */
} GuardSettings;

typedef struct HostConfig {
        uint16_t port_min, port_max; /* [server] port_range=, both included */
        char *public_address;        /* [server] public_address=, see spec/address.h; NULL: none */
        char **writable_directories; /* [server] writable_directories=, relative, checked */
        IpNetwork *rcon_networks;    /* [rcon] allow=; none: RCON from this host only */
        size_t n_rcon_networks;
        GuardSettings guard;       /* [guard] */
        IpNetwork *alert_networks; /* [alerts] allow=: private ones that alerts can reach */
        size_t n_alert_networks;
        uint16_t alert_interval;     /* [alerts] interval=: minutes, see alert/past.h */
        CpuSet system_cpus;          /* [cpu] system_cpus=; empty: no split */
        char *steamcmd;              /* [install] steamcmd=, absolute path */
        char *steam_account;         /* [install] steam_account=; "": anonymous only */
        bool checks_daily;           /* [install] update_check=: asks Steam once a day */
        uint16_t keep_versions;      /* [content] keep_versions=: how many of each stay */
        bool behind_https;           /* [web] behind_https=: a proxy on this host does TLS */
        bool has_metrics;            /* [web] metrics=: for programs of this host without a login */
        bool has_public_page;        /* [web] public_page=: servers with public: true, no login */
        uint16_t servers_per_user;   /* [web] servers_per_user=: how many a user may have */
        uint16_t user_overlays;      /* [content] user_overlays=: the same for overlays */
        uint64_t user_overlay_bytes; /* [content] user_overlay_bytes=: on the disk, all together */
        uint16_t workshop_cache_gb;  /* [content] workshop_cache_gb=: downloads no version uses */
        uint16_t max_overlay_gb; /* [content] max_overlay_gb=: size of a version that a job makes */
        char *workshop_api;      /* [content] workshop_api=: base URL, without a slash at its end */
        char *github_api;        /* [content] github_api=, likewise */
        char *avatar_api;        /* [avatars] api=: base URL, likewise */
        char *avatar_pictures;   /* [avatars] pictures=, likewise */
        uint16_t watch_interval_sec; /* [watch] interval=: between two polls of a server */
        uint16_t hang_after_sec;     /* [watch] hang_after=: of silence */
        char *resolvers;             /* [content] resolvers=: addresses of the jobs' name servers */
} HostConfig;

/*
 * Missing files are not an error. Always gives a usable configuration unless memory is short
 * (-ENOMEM); errors of the files are in errors.
 */
int host_config_load(const Paths *paths, SpecErrors *errors, HostConfig **ret) _must_check_;

HostConfig *host_config_free(HostConfig *config);
DEFINE_CLEANUP(HostConfig *, host_config_free)
