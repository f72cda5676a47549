/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec-tree.h"

#include "spec/config.h"

TestSuite(config, .init = tree_setup, .fini = tree_teardown);

static HostConfig *load(SpecErrors *errors) {
        HostConfig *config = NULL;

        cr_assert_eq(host_config_load(tree_paths, errors, &config), 0);
        cr_assert_not_null(config);
        return config;
}

static HostConfig *load_clean(void) {
        SpecErrors errors = {};
        HostConfig *config = load(&errors);

        cr_assert_not(spec_errors_any(&errors));
        return config;
}

/* Loads text as left4me.conf and expects these errors, without the path before the file's name. */
static HostConfig *load_bad(const char *text, const char *expected) {
        _cleanup_free_ char *printed = NULL, *prefix = NULL;
        SpecErrors errors = {};
        HostConfig *config;
        char *p;

        tree_write("etc/left4me/left4me.conf", text);
        config = load(&errors);
        printed = errors_text(&errors);

        cr_assert_gt(asprintf(&prefix, "%s/etc/left4me/", tree_root), 0);
        while ((p = strstr(printed, prefix)))
                memmove(p, p + strlen(prefix), strlen(p + strlen(prefix)) + 1);
        cr_assert_str_eq(printed, expected);
        return config;
}

Test(config, defaults) {
        _cleanup_(host_config_freep) HostConfig *config = load_clean();

        cr_assert_eq(config->port_min, 27015);
        cr_assert_eq(config->port_max, 27114);
        cr_assert_null(config->public_address);
        cr_assert_str_eq(config->writable_directories[0], "left4dead2/cfg");
        cr_assert_str_eq(config->writable_directories[2], "left4dead2/ems");
        cr_assert_str_eq(config->writable_directories[8], "left4dead2/addons/stripper/logs");
        cr_assert_null(config->writable_directories[9]);
        cr_assert(cpu_set_is_empty(&config->system_cpus));
        cr_assert_eq(config->n_rcon_networks, 0);
        cr_assert(config->guard.is_enabled);
        cr_assert_eq(config->guard.queries_per_source, 10);
        cr_assert_eq(config->guard.queries_per_server, 200);
        cr_assert_eq(config->guard.packets_per_source, 100);
        cr_assert(config->guard.marks_traffic);
        cr_assert_eq(config->n_alert_networks, 0);
        cr_assert_eq(config->alert_interval, 5);
        cr_assert_str_eq(config->steamcmd, "/usr/games/steamcmd");
        cr_assert_str_eq(config->steam_account, "");
        cr_assert(config->checks_daily);
        cr_assert_not(config->behind_https);
        cr_assert(config->has_metrics);
        cr_assert_not(config->has_public_page);
        cr_assert_eq(config->servers_per_user, 10);
        cr_assert_eq(config->watch_interval_sec, 10);
        cr_assert_eq(config->hang_after_sec, 60);
        cr_assert_eq(config->keep_versions, 3);
        cr_assert_eq(config->user_overlays, 20);
        cr_assert_eq(config->user_overlay_bytes, UINT64_C(20) << 30);
        cr_assert_eq(config->max_overlay_gb, 20);
        cr_assert_eq(config->workshop_cache_gb, 50);
        cr_assert_str_eq(config->workshop_api, "https://api.steampowered.com");
        cr_assert_str_eq(config->github_api, "https://api.github.com");
        cr_assert_str_eq(config->resolvers, "1.1.1.1 9.9.9.9");
        cr_assert_str_eq(config->avatar_api, "https://api.steampowered.com");
        cr_assert_str_eq(config->avatar_pictures, "https://avatars.steamstatic.com");
}

Test(config, every_key) {
        tree_write(
                "etc/left4me/left4me.conf",
                "# comment\n; comment\n\n[server]\n  port_range = 1-65535 ; why\n"
                "public_address=play.example.org\n"
                "writable_directories=left4dead2/cfg   left4dead2/Addons/x.y\n"
                "[rcon]\nallow=192.0.2.0/24  2001:db8::1 ; why\n"
                "[guard]\nenabled=no\nqueries_per_source=1\nqueries_per_server=10000\n"
                "packets_per_source=7\nmark_traffic=no\n"
                "[alerts]\nallow=192.168.1.0/24 2001:db8::2\ninterval=1440\n"
                "[cpu]\nsystem_cpus=0-1,4\n[install]\nsteamcmd=/opt/steam cmd/run\n"
                "steam_account=an.admin_1@example.org\nupdate_check=never\n"
                "[content]\nkeep_versions=1000\nuser_overlays=0\nuser_overlay_bytes=65535T\n"
                "max_overlay_gb=7\nworkshop_cache_gb=0\n"
                "workshop_api=http://127.0.0.1:8000/api\ngithub_api=https://git.example.org\n"
                "resolvers=192.0.2.1 2001:db8::1\n"
                "[web]\nbehind_https=yes\nmetrics=no\npublic_page=yes\nservers_per_user=0\n");

        _cleanup_(host_config_freep) HostConfig *config = load_clean();
        _cleanup_free_ char *cpus = NULL;

        cr_assert_eq(config->port_min, 1);
        cr_assert_eq(config->port_max, 65535);
        cr_assert_str_eq(config->public_address, "play.example.org");
        cr_assert_str_eq(config->writable_directories[1], "left4dead2/Addons/x.y");
        cr_assert_null(config->writable_directories[2]);
        cr_assert_eq(cpu_set_format(&config->system_cpus, &cpus), 0);
        cr_assert_str_eq(cpus, "0-1,4");
        cr_assert_eq(config->n_rcon_networks, 2);
        cr_assert_eq(config->rcon_networks[0].prefix, 24);
        cr_assert_eq(config->rcon_networks[1].prefix, 128);
        cr_assert_not(config->guard.is_enabled);
        cr_assert_eq(config->guard.queries_per_source, 1);
        cr_assert_eq(config->guard.queries_per_server, 10000);
        cr_assert_eq(config->guard.packets_per_source, 7);
        cr_assert_not(config->guard.marks_traffic);
        cr_assert_eq(config->n_alert_networks, 2);
        cr_assert_eq(config->alert_networks[1].prefix, 128);
        cr_assert_eq(config->alert_interval, 1440);
        cr_assert_str_eq(config->steamcmd, "/opt/steam cmd/run");
        cr_assert_str_eq(config->steam_account, "an.admin_1@example.org");
        cr_assert_not(config->checks_daily);
        cr_assert(config->behind_https);
        cr_assert_not(config->has_metrics);
        cr_assert(config->has_public_page);
        cr_assert_eq(config->servers_per_user, 0);
        cr_assert_eq(config->keep_versions, 1000);
        cr_assert_eq(config->user_overlays, 0);
        cr_assert_eq(config->user_overlay_bytes, UINT64_C(65535) << 40);
        cr_assert_eq(config->max_overlay_gb, 7);
        cr_assert_eq(config->workshop_cache_gb, 0);
        cr_assert_str_eq(config->workshop_api, "http://127.0.0.1:8000/api");
        cr_assert_str_eq(config->github_api, "https://git.example.org");
        cr_assert_str_eq(config->resolvers, "192.0.2.1 2001:db8::1");
}

Test(config, content_jobs_reject_bad_values) {
        static const char *const bad[] = {
                "max_overlay_gb=0",       "max_overlay_gb=1001",       "workshop_api=ftp://x",
                "workshop_api=http://",   "workshop_api=http:///x",    "github_api=https://x/",
                "github_api=https://x?y", "github_api=https://x y",    "resolvers=x",
                "resolvers=1.1.1.1 x",    "resolvers=::1 ::2 ::3 ::4", "workshop_cache_gb=10001",
                "workshop_cache_gb=-1",
        };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_(host_config_freep) HostConfig *config = NULL;
                _cleanup_free_ char *text = NULL;
                SpecErrors errors = {};

                cr_assert_gt(asprintf(&text, "[content]\n%s\n", bad[i]), 0);
                tree_write("etc/left4me/left4me.conf", text);
                config = load(&errors);
                cr_assert_eq(errors.n_items, 1, "%s", bad[i]);
                cr_assert_eq(errors.items[0].line, 2);
                cr_assert_eq(config->max_overlay_gb, 20);
                cr_assert_eq(config->workshop_cache_gb, 50);
                cr_assert_str_eq(config->workshop_api, "https://api.steampowered.com");
                cr_assert_str_eq(config->github_api, "https://api.github.com");
                cr_assert_str_eq(config->resolvers, "1.1.1.1 9.9.9.9");
                spec_errors_clear(&errors);
        }
}

Test(config, keep_versions_is_a_number) {
        static const char *const bad[] = { "0", "1001", "-1", "x", "3x" };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_free_ char *text = NULL, *expected = NULL;

                cr_assert_gt(asprintf(&text, "[content]\nkeep_versions=%s\n", bad[i]), 0);
                cr_assert_gt(
                        asprintf(
                                &expected,
                                "left4me.conf:2:15: error: must be a number from 1 to 1000\n"
                                "    2 | keep_versions=%s\n      |               ^\n",
                                bad[i]),
                        0);
                _cleanup_(host_config_freep) HostConfig *config = load_bad(text, expected);

                cr_assert_eq(config->keep_versions, 3);
        }
}

Test(config, user_overlay_bytes_is_a_size) {
        static const char *const bad[] = { "-1G",  "65536K", "1",  "G",
                                           "1.5G", "1 G",    "1g", "999999999999G" };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_free_ char *text = NULL, *expected = NULL;

                cr_assert_gt(asprintf(&text, "[content]\nuser_overlay_bytes=%s\n", bad[i]), 0);
                cr_assert_gt(
                        asprintf(
                                &expected,
                                "left4me.conf:2:20: error: must be a number up to 65535 and K, M, "
                                "G or T, like 20G\n"
                                "    2 | user_overlay_bytes=%s\n      |                    ^\n",
                                bad[i]),
                        0);
                _cleanup_(host_config_freep) HostConfig *config = load_bad(text, expected);

                cr_assert_eq(config->user_overlay_bytes, UINT64_C(20) << 30);
        }
}

Test(config, times_of_the_watcher_are_seconds) {
        static const char *const bad[] = {
                "interval=0",     "interval=301",   "interval=1.5", "interval=10s",
                "interval=-1",    "interval=00001", "hang_after=4", "hang_after=3601",
                "hang_after=1 0", "interval=99999",
        };
        _cleanup_(host_config_freep) HostConfig *good = NULL;

        tree_write("etc/left4me/left4me.conf", "[watch]\ninterval=300\nhang_after=5\n");
        good = load_clean();
        cr_assert_eq(good->watch_interval_sec, 300);
        cr_assert_eq(good->hang_after_sec, 5);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_(host_config_freep) HostConfig *config = NULL;
                _cleanup_free_ char *text = NULL;
                SpecErrors errors = {};

                cr_assert_gt(asprintf(&text, "[watch]\n%s\n", bad[i]), 0);
                tree_write("etc/left4me/left4me.conf", text);
                config = load(&errors);
                cr_expect(spec_errors_any(&errors), "%s", bad[i]);
                cr_expect_eq(config->watch_interval_sec, 10, "%s", bad[i]);
                cr_expect_eq(config->hang_after_sec, 60, "%s", bad[i]);
                spec_errors_clear(&errors);
        }
}

Test(config, an_unknown_key_is_told_those_of_its_section) {
        static const struct {
                const char *section, *known;
        } sections[] = {
                { "watch", "known here are interval and hang_after\n" },
                { "avatars", "known here are api and pictures\n" },
                { "install", "known here are steamcmd, steam_account and update_check\n" },
        };

        for (size_t i = 0; i < ELEMENTSOF(sections); i++) {
                _cleanup_(host_config_freep) HostConfig *config = NULL;
                _cleanup_free_ char *text = NULL, *expected = NULL;

                cr_assert_gt(asprintf(&text, "[%s]\nkey=1\n", sections[i].section), 0);
                cr_assert_gt(
                        asprintf(
                                &expected,
                                "left4me.conf:2:1: error: unknown key, %s    2 | key=1\n"
                                "      | ^\n",
                                sections[i].known),
                        0);
                config = load_bad(text, expected);
        }
}

Test(config, addresses_about_avatars_are_of_http) {
        _cleanup_(host_config_freep) HostConfig *config = load_bad(
                "[avatars]\napi=http://127.0.0.1:8000\npictures=file:///etc\n",
                "left4me.conf:3:10: error: must be an http:// or https:// address without a slash "
                "at its end\n"
                "    3 | pictures=file:///etc\n"
                "      |          ^\n");

        cr_assert_str_eq(config->avatar_api, "http://127.0.0.1:8000");
        cr_assert_str_eq(config->avatar_pictures, "https://avatars.steamstatic.com");
}

Test(config, servers_per_user_is_a_number) {
        static const char *const bad[] = {
                "-1", "+1", "16385", "1x", "x", "999999999999999", "1 2"
        };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_free_ char *text = NULL, *expected = NULL;

                cr_assert_gt(asprintf(&text, "[web]\nservers_per_user=%s\n", bad[i]), 0);
                cr_assert_gt(
                        asprintf(
                                &expected,
                                "left4me.conf:2:18: error: must be a number from 0 to 16384\n"
                                "    2 | servers_per_user=%s\n      |                  ^\n",
                                bad[i]),
                        0);
                _cleanup_(host_config_freep) HostConfig *config = load_bad(text, expected);

                cr_assert_eq(config->servers_per_user, 10);
        }
}

Test(config, rcon_networks_are_all_good_or_none_is_taken) {
        _cleanup_(host_config_freep) HostConfig *config = load_bad(
                "[rcon]\nallow=192.0.2.1\nallow=192.0.2.2 192.0.2.3/33\n",
                "left4me.conf:3:7: error: the prefix must be a number from 0 to 32\n"
                "    3 | allow=192.0.2.2 192.0.2.3/33\n"
                "      |       ^\n");
        _cleanup_free_ char *many = NULL;
        size_t size;
        FILE *f = open_memstream(&many, &size);

        cr_assert_eq(config->n_rcon_networks, 1);

        cr_assert_not_null(f);
        (void) fputs("[rcon]\nallow=", f);
        for (unsigned i = 0; i < 256; i++)
                (void) fprintf(f, "10.0.0.%u ", i);
        (void) fflush(f);
        tree_write("etc/left4me/left4me.conf", many);
        _cleanup_(host_config_freep) HostConfig *full = load_clean();
        cr_assert_eq(full->n_rcon_networks, 256);

        (void) fputs("10.0.1.0", f);
        (void) fclose(f);
        tree_write("etc/left4me/left4me.conf", many);
        SpecErrors errors = {};
        _cleanup_(host_config_freep) HostConfig *over = load(&errors);
        _cleanup_free_ char *printed = errors_text(&errors);
        cr_assert_not_null(strstr(printed, ":2:7: error: has more than 256 networks"));
        cr_assert_eq(over->n_rcon_networks, 0);
}

Test(config, dropins_apply_in_order_and_empty_is_the_default) {
        tree_write(
                "etc/left4me/left4me.conf", "[server]\nport_range=1-2\n[install]\nsteamcmd=/a\n");
        tree_write("etc/left4me/left4me.conf.d/20-b.conf", "[server]\nport_range=5-6\n");
        tree_write(
                "etc/left4me/left4me.conf.d/10-a.conf",
                "[server]\nport_range=3-4\n[install]\nsteamcmd=\n");
        tree_write("etc/left4me/left4me.conf.d/30-c.conf.bak", "[server]\nport_range=7-8\n");
        tree_write("etc/left4me/left4me.conf.d/.40-d.conf", "[server]\nport_range=7-8\n");

        _cleanup_(host_config_freep) HostConfig *config = load_clean();

        cr_assert_eq(config->port_min, 5);
        cr_assert_str_eq(config->steamcmd, "/usr/games/steamcmd");
}

Test(config, a_bad_line_is_named_and_the_rest_holds) {
        _cleanup_(host_config_freep) HostConfig *config = load_bad(
                "stray=1\n[server]\n  port_range = 9-8\nport_rnge=1-2\nnonsense\n[nowhere]\nx=1\n"
                "[cpu\n[cpu]\nsystem_cpus=1-\n[install]\nsteamcmd=relative\n"
                "[server]\nport_range=30000-30010\n",
                "left4me.conf:1:1: error: an assignment before the first [section]\n"
                "    1 | stray=1\n"
                "      | ^\n"
                "left4me.conf:3:16: error: must be two ports from 1 to 65535 like 27015-27114\n"
                "    3 |   port_range = 9-8\n"
                "      |                ^\n"
                "left4me.conf:4:1: error: unknown key, known here are port_range, "
                "public_address and writable_directories\n"
                "    4 | port_rnge=1-2\n"
                "      | ^\n"
                "left4me.conf:5:1: error: expected KEY=VALUE\n"
                "    5 | nonsense\n"
                "      | ^\n"
                "left4me.conf:6:1: error: unknown section, known are [server], [rcon], [guard], [alerts], [cpu], [install], [content], [watch], [avatars] and [web]\n"
                "    6 | [nowhere]\n"
                "      | ^\n"
                "left4me.conf:8:1: error: a section needs a ']' at its end\n"
                "    8 | [cpu\n"
                "      | ^\n"
                "left4me.conf:10:13: error: must be numbers and ranges like 0-1,4, or empty\n"
                "   10 | system_cpus=1-\n"
                "      |             ^\n"
                "left4me.conf:12:10: error: must be an absolute path\n"
                "   12 | steamcmd=relative\n"
                "      |          ^\n");

        cr_assert_eq(config->port_min, 30000);
        cr_assert(cpu_set_is_empty(&config->system_cpus));
        cr_assert_str_eq(config->steamcmd, "/usr/games/steamcmd");
}

Test(config, rates_of_the_guard_are_numbers_and_never_zero) {
        _cleanup_(host_config_freep) HostConfig *config = load_bad(
                "[guard]\nqueries_per_source=0\nqueries_per_server=10001\npackets_per_source=-1\n"
                "mark_traffic=maybe\nenabled=1\nburst=3\n",
                "left4me.conf:2:20: error: must be a number of packets a second from 1 to 10000\n"
                "    2 | queries_per_source=0\n"
                "      |                    ^\n"
                "left4me.conf:3:20: error: must be a number of packets a second from 1 to 10000\n"
                "    3 | queries_per_server=10001\n"
                "      |                    ^\n"
                "left4me.conf:4:20: error: must be a number of packets a second from 1 to 10000\n"
                "    4 | packets_per_source=-1\n"
                "      |                    ^\n"
                "left4me.conf:5:14: error: must be yes or no\n"
                "    5 | mark_traffic=maybe\n"
                "      |              ^\n"
                "left4me.conf:6:9: error: must be yes or no\n"
                "    6 | enabled=1\n"
                "      |         ^\n"
                "left4me.conf:7:1: error: unknown key, known here are enabled, queries_per_source, "
                "queries_per_server, packets_per_source and mark_traffic\n"
                "    7 | burst=3\n"
                "      | ^\n");

        cr_assert(config->guard.is_enabled);
        cr_assert_eq(config->guard.queries_per_source, 10);
        cr_assert_eq(config->guard.queries_per_server, 200);
        cr_assert_eq(config->guard.packets_per_source, 100);
        cr_assert(config->guard.marks_traffic);
}

Test(config, the_interval_of_alerts_is_some_minutes) {
        _cleanup_(host_config_freep) HostConfig *config = load_bad(
                "[alerts]\ninterval=0\ninterval=1441\nallow=10.0.0.1/8\nrun=x\n",
                "left4me.conf:2:10: error: must be a number of minutes from 1 to 1440\n"
                "    2 | interval=0\n"
                "      |          ^\n"
                "left4me.conf:3:10: error: must be a number of minutes from 1 to 1440\n"
                "    3 | interval=1441\n"
                "      |          ^\n"
                "left4me.conf:4:7: error: the address has bits behind the prefix: use 192.0.2.0/24, "
                "not 192.0.2.7/24\n"
                "    4 | allow=10.0.0.1/8\n"
                "      |       ^\n"
                "left4me.conf:5:1: error: unknown key, known here are allow and interval\n"
                "    5 | run=x\n"
                "      | ^\n");

        cr_assert_eq(config->alert_interval, 5);
        cr_assert_eq(config->n_alert_networks, 0);
}

Test(config, ports) {
        static const char *const bad[] = {
                "27015",
                "0-1",
                "1-65536",
                "1-",
                "-1",
                "1--2",
                "1-2x",
                " 1-2-3",
                "01-2",
                "+1-2",
                "99999999999999999999-1",
        };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_free_ char *text = NULL;
                SpecErrors errors = {};

                cr_assert_gt(asprintf(&text, "[server]\nport_range=%s\n", bad[i]), 0);
                tree_write("etc/left4me/left4me.conf", text);

                _cleanup_(host_config_freep) HostConfig *config = load(&errors);

                cr_assert_eq(errors.n_items, 1, "%s", bad[i]);
                cr_assert_eq(config->port_min, 27015);
                spec_errors_clear(&errors);
        }
}

Test(config, a_writable_directory_may_have_blanks_in_its_name) {
        tree_write(
                "etc/left4me/left4me.conf",
                "[server]\nwritable_directories=\"left4dead2/ems/My Mod 2\"\tleft4dead2/x "
                "\"left4dead2/y\"\n");

        _cleanup_(host_config_freep) HostConfig *config = load_clean();

        cr_assert_str_eq(config->writable_directories[0], "left4dead2/ems/My Mod 2");
        cr_assert_str_eq(config->writable_directories[1], "left4dead2/x");
        cr_assert_str_eq(config->writable_directories[2], "left4dead2/y");
        cr_assert_null(config->writable_directories[3]);
}

Test(config, writable_directories_stay_below_the_game) {
        static const char *const bad[] = {
                "/etc",
                "left4dead2",
                "left4dead2/",
                "left4dead2/../x",
                "left4dead2//x",
                "bin/x",
                "left4dead2/.x",
                "left4dead2/a:b",
                "left4dead2/a,b",
                "left4dead2/a\\b",
                "left4dead2/x left4dead2/..",
                "left4dead2x/y",
                "left4dead2/\xc3\xbc",
                "\"left4dead2/ x\"",
                "\"left4dead2/x /y\"",
                "\"left4dead2/x \"",
                "\"left4dead2/x",
                "left4dead2/x\"",
                "left4dead2/x\"y\"",
                "\"left4dead2/x\"left4dead2/y",
                "\"\"",
                "\"left4dead2/../x y\"",
        };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_free_ char *text = NULL;
                SpecErrors errors = {};

                cr_assert_gt(asprintf(&text, "[server]\nwritable_directories=%s\n", bad[i]), 0);
                tree_write("etc/left4me/left4me.conf", text);

                _cleanup_(host_config_freep) HostConfig *config = load(&errors);

                cr_assert_eq(errors.n_items, 1, "%s", bad[i]);
                cr_assert_str_eq(config->writable_directories[0], "left4dead2/cfg");
                spec_errors_clear(&errors);
        }
}

/* It becomes a word of a script. */
Test(config, bad_steam_accounts) {
        static const char *const bad[] = { "a b", "a\"b", "a;b", "a+b", "a\tquit", "\xc3\xa4" };

        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                SpecErrors errors = {};
                char text[128];

                (void) snprintf(text, sizeof(text), "[install]\nsteam_account=x%sx\n", bad[i]);
                tree_write("etc/left4me/left4me.conf", text);

                _cleanup_(host_config_freep) HostConfig *config = load(&errors);

                if (strchr(bad[i], ';') == NULL)
                        cr_expect_eq(errors.n_items, 1, "%s", bad[i]);
                cr_assert_eq(config->steam_account[0] == 'x' ? config->steam_account[1] : 0, 0);
                spec_errors_clear(&errors);
        }
}

/* A typo does not stop the check. */
Test(config, update_check_is_daily_or_never) {
        static const char *const bad[] = { "weekly", "yes", "no", "Never", "daily never" };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_(host_config_freep) HostConfig *config = NULL;
                _cleanup_free_ char *text = NULL;
                SpecErrors errors = {};

                cr_assert_gt(asprintf(&text, "[install]\nupdate_check=%s\n", bad[i]), 0);
                tree_write("etc/left4me/left4me.conf", text);
                config = load(&errors);
                cr_expect_eq(errors.n_items, 1, "%s", bad[i]);
                cr_expect(config->checks_daily, "%s", bad[i]);
                spec_errors_clear(&errors);
        }
}

Test(config, long_lines) {
        char text[6000];
        SpecErrors errors = {};
        size_t n = (size_t) snprintf(text, sizeof(text), "[install]\nsteamcmd=/");

        memset(text + n, 'a', 2000);
        memcpy(text + n + 2000, "\n", 2);
        tree_write("etc/left4me/left4me.conf", text);

        _cleanup_(host_config_freep) HostConfig *fits = load_clean();

        cr_assert_eq(strlen(fits->steamcmd), 2001);

        memset(text + n, 'a', 5000);
        memcpy(text + n + 5000, "\n[server]\nport_range=1-2\n",
               sizeof("\n[server]\nport_range=1-2\n"));
        tree_write("etc/left4me/left4me.conf", text);

        _cleanup_(host_config_freep) HostConfig *config = load(&errors);

        cr_assert_eq(errors.n_items, 1);
        cr_assert_eq(errors.items[0].line, 2);
        cr_assert_eq(config->port_min, 1);
        spec_errors_clear(&errors);
}

Test(config, a_file_that_blocks_or_loops_is_an_error) {
        SpecErrors errors = {};
        char path[256];

        tree_write("etc/left4me/left4me.conf.d/20.conf", "[server]\nport_range=5-6\n");
        (void) snprintf(path, sizeof(path), "%s/etc/left4me/left4me.conf.d/10.conf", tree_root);
        cr_assert_eq(mkfifo(path, 0644), 0);
        (void) snprintf(path, sizeof(path), "%s/etc/left4me/left4me.conf", tree_root);
        cr_assert_eq(symlink("left4me.conf", path), 0);

        _cleanup_(host_config_freep) HostConfig *config = load(&errors);

        cr_assert_eq(errors.n_items, 2);
        cr_assert_eq(config->port_min, 5);
        spec_errors_clear(&errors);
}

/* The shipped file has every key commented out at its default: taking the signs away changes
 * nothing. Run from the top of the checkout, as the Makefile does. */
Test(config, the_shipped_file_says_the_defaults) {
        _cleanup_(host_config_freep) HostConfig *defaults = load_clean(), *shipped = NULL;
        char text[8192];
        FILE *f = fopen("deploy/left4me.conf", "re");
        unsigned n_keys = 0;
        size_t n;

        cr_assert_not_null(f);
        n = fread(text, 1, sizeof(text) - 1, f);
        cr_assert(n > 0 && feof(f));
        cr_assert_eq(fclose(f), 0);
        text[n] = '\0';

        for (char *p = text; (p = strstr(p, "\n#")); p += 2)
                if (p[2] >= 'a' && p[2] <= 'z') {
                        p[1] = ' ';
                        n_keys++;
                }
        cr_assert_eq(n_keys, 31);

        /* Other values first, so that a key that is not read would show. */
        tree_write(
                "etc/left4me/left4me.conf",
                "[server]\nport_range=1-2\npublic_address=x\n"
                "writable_directories=left4dead2/x\n"
                "[guard]\nenabled=no\nqueries_per_source=1\nqueries_per_server=1\n"
                "packets_per_source=1\nmark_traffic=no\n"
                "[alerts]\nallow=10.0.0.1\ninterval=9\n"
                "[cpu]\nsystem_cpus=0\n[install]\nsteamcmd=/x\nupdate_check=never\n"
                "[content]\nkeep_versions=7\nuser_overlays=7\nuser_overlay_bytes=7K\n"
                "max_overlay_gb=1\nworkshop_cache_gb=1\nworkshop_api=http://x\ngithub_api=http://x\nresolvers=::1\n"
                "[avatars]\napi=http://x\npictures=http://x\n");
        tree_write("etc/left4me/left4me.conf.d/10.conf", text);
        shipped = load_clean();

        cr_assert_eq(shipped->port_min, defaults->port_min);
        cr_assert_eq(shipped->port_max, defaults->port_max);
        cr_assert_str_eq(shipped->steamcmd, defaults->steamcmd);
        cr_assert_eq(shipped->checks_daily, defaults->checks_daily);
        cr_assert_eq(shipped->guard.is_enabled, defaults->guard.is_enabled);
        cr_assert_eq(shipped->guard.queries_per_source, defaults->guard.queries_per_source);
        cr_assert_eq(shipped->guard.queries_per_server, defaults->guard.queries_per_server);
        cr_assert_eq(shipped->guard.packets_per_source, defaults->guard.packets_per_source);
        cr_assert_eq(shipped->guard.marks_traffic, defaults->guard.marks_traffic);
        cr_assert_eq(shipped->n_alert_networks, 0);
        cr_assert_eq(shipped->alert_interval, defaults->alert_interval);
        cr_assert_eq(shipped->keep_versions, defaults->keep_versions);
        cr_assert_eq(shipped->user_overlays, defaults->user_overlays);
        cr_assert_eq(shipped->user_overlay_bytes, defaults->user_overlay_bytes);
        cr_assert_eq(shipped->max_overlay_gb, defaults->max_overlay_gb);
        cr_assert_eq(shipped->workshop_cache_gb, defaults->workshop_cache_gb);
        cr_assert_str_eq(shipped->workshop_api, defaults->workshop_api);
        cr_assert_str_eq(shipped->github_api, defaults->github_api);
        cr_assert_str_eq(shipped->resolvers, defaults->resolvers);
        cr_assert_str_eq(shipped->avatar_api, defaults->avatar_api);
        cr_assert_str_eq(shipped->avatar_pictures, defaults->avatar_pictures);
        cr_assert(cpu_set_is_empty(&shipped->system_cpus));
        for (size_t i = 0; i < 6; i++)
                cr_assert_eq(!shipped->writable_directories[i], !defaults->writable_directories[i]);
        for (size_t i = 0; defaults->writable_directories[i]; i++)
                cr_assert_str_eq(
                        shipped->writable_directories[i], defaults->writable_directories[i]);
}
