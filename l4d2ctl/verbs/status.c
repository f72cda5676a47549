/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl status [NAME…]: what systemctl status tells about a unit, for a server, and its last log
 * lines. Without names all servers, briefly. Exits with 3 when a server named does not run.
 */

#include <inttypes.h>

#include "base/log.h"
#include "base/time-text.h"
#include "common/state-color.h"
#include "common/terminal.h"
#include "layer/cfg.h"
#include "servers/log-lines.h"
#include "servers/overrides.h"
#include "servers/servers.h"
#include "servers/steam-login.h"
#include "spec/address.h"
#include "spec/hostname.h"
#include "spec/ports.h"
#include "verbs/verbs.h"

enum { LABEL_WIDTH = 11, LOG_LINES = 10 };

static void print_label(const char *label) {
        printf("%*s: ", LABEL_WIDTH, label);
}

static void print_dot(const Server *server) {
        Color color = server_state_color(server->state);

        printf("%s●%s ", color_on(color, stdout), color_off(color, stdout));
}

static void print_state(const Server *server) {
        Color color = server_state_color(server->state);

        printf("%s%s%s", color_on(color, stdout), server_state_to_string(server->state),
               color_off(color, stdout));
        if (server->is_ready == 0)
                printf(", %snot yet ready: its port is not open%s", color_on(COLOR_YELLOW, stdout),
                       color_off(COLOR_YELLOW, stdout));
}

/* " since Mon 2025-11-24 04:00:00 CET; 2min 3s ago" */
static void print_since(const Server *server) {
        char time[TIME_TEXT_MAX], span[TIME_TEXT_MAX];
        uint64_t since = server->query.state.state_change, now = now_realtime();

        if (since > 0)
                printf(" since %s; %s ago", time_format(since, time),
                       span_format(now > since ? now - since : 0, span));
}

static void print_list(const char *label, char *const *items) {
        if (!items[0])
                return;
        print_label(label);
        for (size_t i = 0; items[i]; i++)
                printf("%s%s", i > 0 ? ", " : "", items[i]);
        putchar('\n');
}

static void print_measures(const UnitState *unit) {
        char text[SIZE_TEXT_MAX];

        print_label("Memory");
        printf("%s\n", unit->memory_bytes == UINT64_MAX ? "not measured"
                                                        : size_format(unit->memory_bytes, text));
        print_label("CPU");
        if (unit->cpu_nsec == UINT64_MAX)
                printf("not measured\n");
        else
                printf("%" PRIu64 ".%03" PRIu64 "s\n", unit->cpu_nsec / 1000000000,
                       unit->cpu_nsec / 1000000 % 1000);
        print_label("Tasks");
        if (unit->tasks == UINT64_MAX)
                printf("not measured\n");
        else
                printf("%" PRIu64 "\n", unit->tasks);
}

/* "killed by SIGSEGV, Mon 2025-11-24 04:00:00 CET; 2min 3s ago", when it runs again. Runs that
 * ended well may lie between that one and this one. */
static bool print_last_end(const Server *server, const char *before) {
        char time[TIME_TEXT_MAX], span[TIME_TEXT_MAX];
        const LastEnd *end = &server->last_end;
        uint64_t now = now_realtime();

        if (end->usec == 0 || server->state != SERVER_RUNNING)
                return false;
        printf("%s%s%s%s, %s; %s ago\n", before, color_on(COLOR_YELLOW, stdout), end->text,
               color_off(COLOR_YELLOW, stdout), time_format(end->usec, time),
               span_format(now > end->usec ? now - end->usec : 0, span));
        return true;
}

static void print_unit(const Server *server) {
        const UnitState *unit = &server->query.state;
        char result[RESULT_TEXT_MAX];

        print_label("State");
        print_state(server);
        print_since(server);
        putchar('\n');

        describe_result(unit, result, sizeof(result));
        if (!print_last_end(server, "      Ended: ") && result[0] != '\0') {
                print_label("Last run");
                printf("%s\n", result);
        }
        if (server->blocked.pid > 0) {
                printf("%*s", LABEL_WIDTH + 2, "");
                blocked_print(&server->blocked, stdout);
        }
        if (unit->main_pid > 0) {
                print_label("Main PID");
                printf("%" PRIu32 "\n", unit->main_pid);
        }
        if (server->state == SERVER_RUNNING || unit->restarts > 0) {
                print_label("Restarts");
                printf("%" PRIu32 "\n", unit->restarts);
        }
        if (server->state == SERVER_RUNNING)
                print_measures(unit);
}

static void print_more_ports(const InstanceSettings *settings) {
        static const char *const words[_PORT_ROLE_MAX] = {
                [PORT_CLIENT] = "client",
                [PORT_STEAM] = "Steam",
                [PORT_SOURCETV] = "SourceTV",
        };

        for (PortRole role = PORT_CLIENT; role < _PORT_ROLE_MAX; role++)
                if (instance_port(settings, role) > 0)
                        printf(", %s %u", words[role], instance_port(settings, role));
}

/* In this order: lowest layer first. */
static void print_executed(const Spec *spec) {
        const char *separator = "";
        size_t n = 0;

        if (spec->executed == 0)
                return;
        while (spec->overlays[n])
                n++;
        print_label("Executed");
        while (n-- > 0)
                if (layer_cfg_is_executed(spec, n)) {
                        printf("%s%s", separator, spec->overlays[n]);
                        separator = ", ";
                }
        putchar('\n');
}

/* Where it listens now, and where after a restart. */
static void print_port(const Server *server, const InstanceSettings *settings, const char *host) {
        char address[ADDRESS_MAX];
        unsigned port = settings->port, live = server->live_port > 0 ? server->live_port : port;

        print_label("Port");
        printf("%u (UDP and TCP)", live);
        if (live != port)
                printf(", %s%u after a restart%s", color_on(COLOR_YELLOW, stdout), port,
                       color_off(COLOR_YELLOW, stdout));
        else
                print_more_ports(settings);
        putchar('\n');
        print_label("Connect");
        printf("connect %s\n", server_address(host, (uint16_t) live, address));
}

static void print_settings(const Server *server, const char *host) {
        const Spec *spec = server->spec.spec;
        char hostname[HOSTNAME_LENGTH_MAX + 1];

        if (spec->label) {
                print_label("Label");
                printf("%s\n", spec->label);
        }
        hostname_of(spec, hostname);
        print_label("Host name");
        printf("%s\n", hostname);
        print_port(server, &spec->settings, host);
        print_label("Autostart");
        printf("%s\n", spec->settings.autostart ? "yes" : "no");
        print_label("Hardening");
        printf("%s\n", hardening_profile_to_string(spec->settings.hardening));
        print_list("Overlays", spec->overlays);
        print_executed(spec);
        if (spec->blueprint) {
                print_label("Blueprint");
                printf("%s\n", spec->blueprint);
        }
}

/* Returns advice about the spec, or NULL. */
static const char *spec_hint(const Server *server) {
        if (!server->spec.exists)
                return "it is gone: the server can't be started again";
        if (spec_errors_any(&server->spec.errors))
                return "refused, see below";
        if (server->is_changed)
                return "changed since start: restart to apply";
        if (server->spec.is_unread)
                return "not read by systemd yet: the next l4d2ctl start does it";
        return NULL;
}

static void print_spec_state(const Server *server) {
        const char *hint = spec_hint(server);

        print_label("Spec");
        printf("%s", server->spec.path);
        if (hint)
                printf(" (%s%s%s)", color_on(COLOR_YELLOW, stdout), hint,
                       color_off(COLOR_YELLOW, stdout));
        putchar('\n');
}

static void print_complaints(const Server *server) {
        if (spec_errors_any(&server->spec.errors)) {
                putchar('\n');
                spec_errors_print(&server->spec.errors, stdout);
        }
        if (server->spec.notes)
                printf("\nAt its last run the generator said:\n%s", server->spec.notes);
}

/* The server runs and is ready, and all the same players from outside can't join. */
static void print_steam(const Server *server) {
        const char *remedy;

        if (server->state != SERVER_RUNNING ||
            steam_login_failed(server->units.server, server->query.state.inactive_exit, &remedy) <=
                    0)
                return;
        print_label("Steam");
        printf("%snot logged in%s: only players of its own network can join; %s\n",
               color_on(COLOR_YELLOW, stdout), color_off(COLOR_YELLOW, stdout), remedy);
}

static void print_log(const Server *server) {
        /* A server that never ran has none, and a hint who may read it belongs after the rest. */
        if (server->query.state.inactive_exit == 0)
                return;
        putchar('\n');
        (void) fflush(stdout);
        (void) !print_last_lines(server->name, server->units.server, LOG_LINES, stdout);
}

/* Shows changes past the spec. Without this line, users would not look for them there. */
static void print_overrides(const Server *server, const Overrides *overrides) {
        const char *on = color_on(COLOR_YELLOW, stdout), *off = color_off(COLOR_YELLOW, stdout);

        if (overrides->is_masked) {
                print_label("Masked");
                printf("%ssystemd does not start it before 'systemctl unmask %s'%s\n", on,
                       server->units.server, off);
        }
        if (overrides->output) {
                print_label("Log");
                printf("%snot in the journal: its unit has StandardOutput=%s%s\n", on,
                       overrides->output, off);
        }
        for (char *const *path = overrides->drop_ins; path && *path; path++) {
                print_label("Drop-in");
                printf("%s%s%s\n", on, *path, off);
        }
}

static int print_server(Ctl *ctl, const Server *server, const char *host) {
        _cleanup_(overrides_clear) Overrides overrides = {};
        int r = overrides_load(ctl, server, &overrides);

        print_dot(server);
        printf("%s%s%s - %s\n", color_on(COLOR_BOLD, stdout), server->name,
               color_off(COLOR_BOLD, stdout), server->units.server);
        print_unit(server);
        print_steam(server);
        print_overrides(server, &overrides);
        if (server->spec.spec)
                print_settings(server, host);
        print_spec_state(server);
        print_complaints(server);
        print_log(server);
        return r;
}

/* All servers: a line each, and what is wrong with it. */
static void print_brief(const Server *server) {
        char result[RESULT_TEXT_MAX];
        const char *hint = spec_hint(server);

        print_dot(server);
        printf("%s%s%s - ", color_on(COLOR_BOLD, stdout), server->name,
               color_off(COLOR_BOLD, stdout));
        print_state(server);
        print_since(server);
        if (server->live_port > 0)
                printf("; port %u", server->live_port);
        else if (server->spec.spec)
                printf("; port %u", server->spec.spec->settings.port);
        putchar('\n');

        describe_result(&server->query.state, result, sizeof(result));
        if (!print_last_end(server, "    ended: ") && server->state != SERVER_RUNNING &&
            server->state != SERVER_STOPPED && result[0] != '\0')
                printf("    %s\n", result);
        if (server->blocked.pid > 0) {
                printf("    ");
                blocked_print(&server->blocked, stdout);
        }
        for (size_t i = 0; i < server->spec.errors.n_items; i++) {
                printf("    ");
                spec_error_print_line(&server->spec.errors.items[i], stdout);
                putchar('\n');
        }
        if (hint && !spec_errors_any(&server->spec.errors))
                printf("    spec %s\n", hint);
}

static int print_text(Ctl *ctl, const Servers *servers) {
        bool brief = ctl->n_operands == 0;
        int r = CTL_OK;

        for (size_t i = 0; i < servers->n_items; i++) {
                if (i > 0 && !brief)
                        putchar('\n');
                if (brief)
                        print_brief(&servers->items[i]);
                else
                        r = exit_code_merge(
                                r, print_server(ctl, &servers->items[i], servers->host));
        }
        if (brief && servers->n_items == 0)
                log_notice("There are no servers; l4d2ctl initialize makes one");
        return r;
}

/* One that was asked for by name is an object, anything else a list. */
static int print_as_json(Ctl *ctl, const Servers *servers) {
        _cleanup_free_ Overrides *overrides = NULL;
        int r = CTL_OK;

        if (ctl->n_operands == 1 && servers->n_items == 0)
                return CTL_OK;
        overrides = calloc(servers->n_items + 1, sizeof(*overrides));
        if (!overrides) {
                (void) log_error_errno(-ENOMEM, "Failed to make JSON");
                return CTL_FAILURE;
        }
        for (size_t i = 0; i < servers->n_items; i++)
                r = exit_code_merge(r, overrides_load(ctl, &servers->items[i], &overrides[i]));
        r = exit_code_merge(r, servers_print_json(servers, overrides, ctl->n_operands != 1));
        for (size_t i = 0; i < servers->n_items; i++)
                overrides_clear(&overrides[i]);
        return r;
}

static int exit_code(const Servers *servers) {
        for (size_t i = 0; i < servers->n_items; i++)
                if (servers->items[i].state != SERVER_RUNNING)
                        return CTL_NOT_RUNNING;
        return CTL_OK;
}

int verb_status(Ctl *ctl) {
        _cleanup_(servers_clear) Servers servers = {};
        int r;

        r = ctl_check_names(ctl, 0);
        if (r != CTL_OK)
                return r;

        if (ctl->n_operands > 0)
                r = servers_load(ctl, ctl->operands, ctl->n_operands, &servers);
        else
                r = servers_load_all(ctl, &servers);
        if (r != CTL_OK && r != CTL_NO_INSTANCE)
                return r;

        servers_find_ends(&servers);
        if (ctl->options.json)
                r = exit_code_merge(r, print_as_json(ctl, &servers));
        else
                r = exit_code_merge(r, print_text(ctl, &servers));
        return ctl->n_operands > 0 ? exit_code_merge(r, exit_code(&servers)) : r;
}
