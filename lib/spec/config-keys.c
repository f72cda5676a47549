/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/config-keys.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "spec/address.h"
#include "spec/config-values.h"

enum {
        WRITABLE_DIRECTORIES_MAX = 64,
        SERVERS_PER_USER_MAX = 16384,
        KEEP_VERSIONS_MAX = 1000,
        USER_OVERLAYS_MAX = 4096,
        MAX_OVERLAY_GB_MAX = 1000,
        WORKSHOP_CACHE_GB_MAX = 10000,
        RESOLVERS_MAX = 3,
};

/* A number from 1 to 65535 without leading zeros; the first character after it. */
static const char *parse_port(const char *text, uint16_t *ret) {
        unsigned value = 0;

        if (*text == '0')
                return NULL;
        for (; *text >= '0' && *text <= '9'; text++) {
                value = value * 10 + (unsigned) (*text - '0');
                if (value > UINT16_MAX)
                        return NULL;
        }

        *ret = (uint16_t) value;
        return value > 0 ? text : NULL;
}

static int set_port_range(HostConfig *config, const char *value, const char **ret_problem) {
        uint16_t min, max;
        const char *p = parse_port(value, &min);

        p = p && *p == '-' ? parse_port(p + 1, &max) : NULL;
        if (!p || *p != '\0' || max < min) {
                *ret_problem = N_("must be two ports from 1 to 65535 like 27015-27114");
                return -EINVAL;
        }

        config->port_min = min;
        config->port_max = max;
        return 0;
}

static int set_public_address(HostConfig *config, const char *value, const char **ret_problem) {
        char *copy = NULL;

        if (*value != '\0') {
                if (!host_address_is_valid(value)) {
                        *ret_problem =
                                "must be an IPv4 address, an IPv6 address without brackets, or a "
                                "host name, without a port";
                        return -EINVAL;
                }
                copy = strdup(value);
                if (!copy)
                        return -ENOMEM;
        }

        free(config->public_address);
        config->public_address = copy;
        return 0;
}

/* Below the game's own directory, so that a typo can't open the binaries to the game. */
bool config_is_writable_directory(const char *path) {
        static const char prefix[] = "left4dead2/";
        static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789._- ";

        if (strncmp(path, prefix, sizeof(prefix) - 1) != 0)
                return false;

        for (const char *p = path;; p++) {
                size_t n = strspn(p, characters);

                if (n == 0 || n > NAME_MAX || strchr(". ", *p) || p[n - 1] == ' ')
                        return false;
                p += n;
                if (*p == '\0')
                        return strlen(path) < PATH_MAX / 2;
                if (*p != '/')
                        return false;
        }
}

/* The next word of a list, in double quotes or without: its length with the quotes, 0 at the end of
 * the list, -EINVAL for a quote without its other. From malloc. */
static int next_word(const char *list, char **ret) {
        bool quoted = *list == '"';
        size_t length = strcspn(list + quoted, quoted ? "\"" : " \t\"");
        const char *end = list + quoted + length;

        if (*end == '"' ? !quoted : quoted)
                return -EINVAL;
        end += quoted;
        if (*end != '\0' && *end != ' ' && *end != '\t')
                return -EINVAL;
        if (end == list)
                return 0;

        *ret = strndup(list + quoted, length);
        return *ret ? (int) (end - list) : -ENOMEM;
}

static int set_writable_directories(
        HostConfig *config, const char *value, const char **ret_problem) {
        _cleanup_(strv_freep) char **list = calloc(WRITABLE_DIRECTORIES_MAX + 1, sizeof(char *));

        if (!list)
                return -ENOMEM;

        for (size_t n = 0;; n++) {
                int length;

                value += strspn(value, " \t");
                if (n == WRITABLE_DIRECTORIES_MAX && *value) {
                        *ret_problem = N_("has more than 64 directories");
                        return -EINVAL;
                }
                length = next_word(value, &list[n]);
                if (length == 0)
                        break;
                if (length == -ENOMEM)
                        return length;
                if (length < 0 || !config_is_writable_directory(list[n])) {
                        *ret_problem =
                                "must be directories below left4dead2/, separated by blanks, "
                                "of letters, digits and . _ - without a leading dot; one "
                                "with blanks in its name needs double quotes";
                        return -EINVAL;
                }
                value += length;
        }

        strv_free(config->writable_directories);
        config->writable_directories = TAKE_PTR(list);
        return 0;
}

static int set_system_cpus(HostConfig *config, const char *value, const char **ret_problem) {
        CpuSet cpus = {};

        if (*value != '\0' && cpu_set_parse(value, &cpus) < 0) {
                *ret_problem = N_("must be numbers and ranges like 0-1,4, or empty");
                return -EINVAL;
        }

        config->system_cpus = cpus;
        return 0;
}

static int set_steamcmd(HostConfig *config, const char *value, const char **ret_problem) {
        if (value[0] != '/' || !utf8_is_printable(value) || strlen(value) >= PATH_MAX) {
                *ret_problem = N_("must be an absolute path");
                return -EINVAL;
        }

        char *copy = strdup(value);

        if (!copy)
                return -ENOMEM;
        free(config->steamcmd);
        config->steamcmd = copy;
        return 0;
}

enum { STEAM_ACCOUNT_MAX = 64 };

/* It becomes a word of a script for steamcmd. */
static int set_steam_account(HostConfig *config, const char *value, const char **ret_problem) {
        static const char legal[] =
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.@-";
        size_t n = strlen(value);
        char *copy;

        if (n > STEAM_ACCOUNT_MAX || strspn(value, legal) != n) {
                *ret_problem = N_(
                        "must be the name of a Steam account: up to 64 letters, digits, '_', '.', '@' and '-'");
                return -EINVAL;
        }
        copy = strdup(value);
        if (!copy)
                return -ENOMEM;
        free(config->steam_account);
        config->steam_account = copy;
        return 0;
}

static int set_update_check(HostConfig *config, const char *value, const char **ret_problem) {
        bool is_daily = strcmp(value, "daily") == 0;

        if (!is_daily && strcmp(value, "never") != 0) {
                *ret_problem = N_("must be daily or never");
                return -EINVAL;
        }
        config->checks_daily = is_daily;
        return 0;
}

static int set_behind_https(HostConfig *config, const char *value, const char **ret_problem) {
        return config_parse_yes_no(value, &config->behind_https, ret_problem);
}

static int set_metrics(HostConfig *config, const char *value, const char **ret_problem) {
        return config_parse_yes_no(value, &config->has_metrics, ret_problem);
}

static int set_public_page(HostConfig *config, const char *value, const char **ret_problem) {
        return config_parse_yes_no(value, &config->has_public_page, ret_problem);
}

static int set_keep_versions(HostConfig *config, const char *value, const char **ret_problem) {
        uint16_t number;

        if (!config_parse_number(value, KEEP_VERSIONS_MAX, &number) || number == 0) {
                *ret_problem = N_("must be a number from 1 to 1000");
                return -EINVAL;
        }
        config->keep_versions = number;
        return 0;
}

static int set_user_overlays(HostConfig *config, const char *value, const char **ret_problem) {
        if (!config_parse_number(value, USER_OVERLAYS_MAX, &config->user_overlays)) {
                *ret_problem = N_("must be a number from 0 to 4096");
                return -EINVAL;
        }
        return 0;
}

static int set_user_overlay_bytes(HostConfig *config, const char *value, const char **ret_problem) {
        static const char units[] = "KMGT";
        uint16_t number = 0;
        char digits[8] = "";
        const char *unit;
        size_t n = strlen(value);

        unit = n > 0 ? strchr(units, value[n - 1]) : NULL;
        if (!unit || n > sizeof(digits) || !memcpy(digits, value, n - 1) ||
            !config_parse_number(digits, UINT16_MAX, &number)) {
                *ret_problem = N_("must be a number up to 65535 and K, M, G or T, like 20G");
                return -EINVAL;
        }
        config->user_overlay_bytes = (uint64_t) number << (10 * (unit - units + 1));
        return 0;
}

static int set_max_overlay_gb(HostConfig *config, const char *value, const char **ret_problem) {
        uint16_t number;

        if (!config_parse_number(value, MAX_OVERLAY_GB_MAX, &number) || number == 0) {
                *ret_problem = N_("must be a number of gigabytes from 1 to 1000");
                return -EINVAL;
        }
        config->max_overlay_gb = number;
        return 0;
}

static int set_workshop_cache_gb(HostConfig *config, const char *value, const char **ret_problem) {
        uint16_t number;

        if (!config_parse_number(value, WORKSHOP_CACHE_GB_MAX, &number)) {
                *ret_problem = N_("must be a number of gigabytes from 0 to 10000");
                return -EINVAL;
        }
        config->workshop_cache_gb = number;
        return 0;
}

/* The address of a web service; paths follow it, with a slash. */
static int set_base_url(char **url, const char *value, const char **ret_problem) {
        const char *host = strncmp(value, "https://", 8) == 0  ? value + 8
                           : strncmp(value, "http://", 7) == 0 ? value + 7
                                                               : "";
        char *copy;

        if (*host == '\0' || *host == '/' || host[strcspn(host, " \t\"<>\\^`{|}?#")] != '\0' ||
            value[strlen(value) - 1] == '/') {
                *ret_problem =
                        N_("must be an http:// or https:// address without a slash at its end");
                return -EINVAL;
        }
        copy = strdup(value);
        if (!copy)
                return -ENOMEM;
        free(*url);
        *url = copy;
        return 0;
}

static int set_workshop_api(HostConfig *config, const char *value, const char **ret_problem) {
        return set_base_url(&config->workshop_api, value, ret_problem);
}

static int set_github_api(HostConfig *config, const char *value, const char **ret_problem) {
        return set_base_url(&config->github_api, value, ret_problem);
}

static int set_avatar_api(HostConfig *config, const char *value, const char **ret_problem) {
        return set_base_url(&config->avatar_api, value, ret_problem);
}

static int set_avatar_pictures(HostConfig *config, const char *value, const char **ret_problem) {
        return set_base_url(&config->avatar_pictures, value, ret_problem);
}

static bool is_address(const char *text) {
        unsigned char address[sizeof(struct in6_addr)];

        return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* The most that resolv.conf has: libc looks at the first three. */
static int set_resolvers(HostConfig *config, const char *value, const char **ret_problem) {
        _cleanup_free_ char *list = strdup(value);
        char *copy, *rest;
        size_t n = 0;

        if (!list)
                return -ENOMEM;
        for (char *word = strtok_r(list, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest))
                if (++n > RESOLVERS_MAX || !is_address(word)) {
                        n = 0;
                        break;
                }
        if (n == 0) {
                *ret_problem = N_("must be one to three IP addresses, separated by blanks");
                return -EINVAL;
        }
        copy = strdup(value);
        if (!copy)
                return -ENOMEM;
        free(config->resolvers);
        config->resolvers = copy;
        return 0;
}

static int set_servers_per_user(HostConfig *config, const char *value, const char **ret_problem) {
        if (!config_parse_number(value, SERVERS_PER_USER_MAX, &config->servers_per_user)) {
                *ret_problem = N_("must be a number from 0 to 16384");
                return -EINVAL;
        }
        return 0;
}

typedef struct ConfigKey {
        const char *section, *name, *standard;
        int (*set)(HostConfig *config, const char *value, const char **ret_problem);
} ConfigKey;

/* deploy/left4me.conf ships each of these commented out at its default. */
static const ConfigKey config_keys[] = {
        { "server", "port_range", "27015-27114", set_port_range },
        { "server", "public_address", "", set_public_address },
        { "server", "writable_directories",
          "left4dead2/cfg left4dead2/logs left4dead2/ems left4dead2/demos left4dead2/stats "
          "left4dead2/addons/sourcemod/logs left4dead2/addons/sourcemod/data "
          "left4dead2/addons/sourcemod/configs left4dead2/addons/stripper/logs",
          set_writable_directories },
        { "rcon", "allow", "", config_set_rcon_allow },
        { "guard", "enabled", "yes", config_set_guard_enabled },
        { "guard", "queries_per_source", "10", config_set_queries_per_source },
        { "guard", "queries_per_server", "200", config_set_queries_per_server },
        { "guard", "packets_per_source", "100", config_set_packets_per_source },
        { "guard", "mark_traffic", "yes", config_set_mark_traffic },
        { "alerts", "allow", "", config_set_alert_allow },
        { "alerts", "interval", "5", config_set_alert_interval },
        { "cpu", "system_cpus", "", set_system_cpus },
        { "install", "steamcmd", "/usr/games/steamcmd", set_steamcmd },
        { "install", "steam_account", "", set_steam_account },
        { "install", "update_check", "daily", set_update_check },
        { "content", "keep_versions", "3", set_keep_versions },
        { "content", "user_overlays", "20", set_user_overlays },
        { "content", "user_overlay_bytes", "20G", set_user_overlay_bytes },
        { "content", "max_overlay_gb", "20", set_max_overlay_gb },
        { "content", "workshop_cache_gb", "50", set_workshop_cache_gb },
        { "content", "workshop_api", "https://api.steampowered.com", set_workshop_api },
        { "content", "github_api", "https://api.github.com", set_github_api },
        { "content", "resolvers", "1.1.1.1 9.9.9.9", set_resolvers },
        { "watch", "interval", "10", config_set_watch_interval },
        { "watch", "hang_after", "60", config_set_hang_after },
        { "avatars", "api", "https://api.steampowered.com", set_avatar_api },
        { "avatars", "pictures", "https://avatars.steamstatic.com", set_avatar_pictures },
        { "web", "behind_https", "no", set_behind_https },
        { "web", "metrics", "yes", set_metrics },
        { "web", "public_page", "no", set_public_page },
        { "web", "servers_per_user", "10", set_servers_per_user },
};

const char config_sections[] = N_(
        "[server], [rcon], [guard], [alerts], [cpu], [install], [content], [watch], [avatars] and [web]");

bool config_section_is_known(const char *section) {
        for (size_t i = 0; i < ELEMENTSOF(config_keys); i++)
                if (strcmp(config_keys[i].section, section) == 0)
                        return true;
        return false;
}

const char *config_section_keys(const char *section) {
        if (strcmp(section, "server") == 0)
                return N_("port_range, public_address and writable_directories");
        if (strcmp(section, "rcon") == 0)
                return "allow";
        if (strcmp(section, "guard") == 0)
                return N_("enabled, queries_per_source, queries_per_server, packets_per_source "
                          "and mark_traffic");
        if (strcmp(section, "alerts") == 0)
                return N_("allow and interval");
        if (strcmp(section, "cpu") == 0)
                return "system_cpus";
        if (strcmp(section, "content") == 0)
                return N_("keep_versions, user_overlays, user_overlay_bytes, max_overlay_gb, "
                          "workshop_cache_gb, workshop_api, github_api and resolvers");
        if (strcmp(section, "watch") == 0)
                return N_("interval and hang_after");
        if (strcmp(section, "avatars") == 0)
                return N_("api and pictures");
        if (strcmp(section, "web") == 0)
                return N_("behind_https, metrics, public_page and servers_per_user");
        return N_("steamcmd, steam_account and update_check");
}

int config_key_set(
        HostConfig *config, const char *section, const char *name, const char *value,
        const char **ret_problem) {
        for (size_t i = 0; i < ELEMENTSOF(config_keys); i++) {
                const ConfigKey *key = &config_keys[i];

                if (strcmp(key->section, section) == 0 && strcmp(key->name, name) == 0)
                        return key->set(config, *value ? value : key->standard, ret_problem);
        }
        return -ENOENT;
}

int config_keys_set_defaults(HostConfig *config) {
        for (size_t i = 0; i < ELEMENTSOF(config_keys); i++) {
                const char *problem;
                int r = config_keys[i].set(config, config_keys[i].standard, &problem);

                if (r < 0)
                        return r;
        }
        return 0;
}
