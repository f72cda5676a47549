/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verbs/status.h"

#include <inttypes.h>

#include "base/text.h"
#include "base/time-text.h"
#include "common/state-color.h"
#include "common/terminal.h"
#include "content/update-check.h"
#include "layer/cfg.h"
#include "servers/live.h"
#include "servers/log-lines.h"
#include "servers/overrides.h"
#include "servers/steam-login.h"
#include "spec/address.h"
#include "spec/hostname.h"
#include "spec/ports.h"
#include "verbs/status-label.h"

enum { LOG_LINES = 10 };

void status_print_dot(const Server *server) {
        Color color = server_state_color(server->state);

        printf("%s●%s ", color_on(color, stdout), color_off(color, stdout));
}

void status_print_state(const Server *server) {
        Color color = server_state_color(server->state);

        printf("%s%s%s", color_on(color, stdout), server_state_to_text(server->state),
               color_off(color, stdout));
        if (server->is_ready == 0)
                printf(", %s%s%s", color_on(COLOR_YELLOW, stdout),
                       _("not yet ready: its port is not open"), color_off(COLOR_YELLOW, stdout));
}

void status_print_since(const Server *server) {
        char time[TIME_TEXT_MAX], span[TIME_TEXT_MAX];
        uint64_t since = server->query.state.state_change, now = now_realtime();

        if (since > 0)
                printf(_(" since %s; %s ago"), time_format(since, time),
                       span_format(now > since ? now - since : 0, span));
}

static void print_list(StatusLabel label, char *const *items) {
        if (!items[0])
                return;
        status_print_label(label);
        for (size_t i = 0; items[i]; i++)
                printf("%s%s", i > 0 ? ", " : "", items[i]);
        putchar('\n');
}

static void print_measures(const UnitState *unit) {
        char text[SIZE_TEXT_MAX];

        status_print_label(LABEL_MEMORY);
        printf("%s\n", unit->memory_bytes == UINT64_MAX ? _("not measured")
                                                        : size_format(unit->memory_bytes, text));
        status_print_label(LABEL_CPU);
        if (unit->cpu_nsec == UINT64_MAX)
                printf("%s\n", _("not measured"));
        else
                printf("%" PRIu64 ".%03" PRIu64 "s\n", unit->cpu_nsec / 1000000000,
                       unit->cpu_nsec / 1000000 % 1000);
        status_print_label(LABEL_TASKS);
        if (unit->tasks == UINT64_MAX)
                printf("%s\n", _("not measured"));
        else
                printf("%" PRIu64 "\n", unit->tasks);
}

bool status_print_last_end(const Server *server, bool is_brief) {
        char text[RESULT_TEXT_MAX], time[TIME_TEXT_MAX], span[TIME_TEXT_MAX];
        const LastEnd *end = &server->last_end;
        uint64_t now = now_realtime();

        if (end->usec == 0 || server->state != SERVER_RUNNING)
                return false;
        if (is_brief)
                printf("    %s: ", _("ended"));
        else
                status_print_label(LABEL_ENDED);
        last_end_describe(end, text, sizeof(text));
        printf(_("%s%s%s, %s; %s ago\n"), color_on(COLOR_YELLOW, stdout), text,
               color_off(COLOR_YELLOW, stdout), time_format(end->usec, time),
               span_format(now > end->usec ? now - end->usec : 0, span));
        return true;
}

static void print_blind_restart(const QueuedRestart *restart, const char *span) {
        char time[TIME_TEXT_MAX];

        if (restart->deadline_usec > 0)
                printf(_("restart on %s, with its players, who can't be seen: no rcon_password that it takes (by %s, %s ago)\n"),
                       time_format(restart->deadline_usec, time), restart->user, span);
        else
                printf(_("restart when empty, which can't be seen: no rcon_password that it takes (by %s, %s ago)\n"),
                       restart->user, span);
}

/* "restart when empty, at the latest Mon 2025-11-24 04:00:00 CET (by wei, 2min 3s ago)". Without
 * its players only the deadline counts. */
static void print_queued(const Server *server) {
        const QueuedRestart *restart = &server->spec.restart;
        char time[TIME_TEXT_MAX], span[TIME_TEXT_MAX];
        uint64_t now = now_realtime();

        if (!queued_restart_is_due(restart, &server->query.state))
                return;
        (void) span_format(now > restart->queued_usec ? now - restart->queued_usec : 0, span);
        status_print_label(LABEL_QUEUED);
        if (live_hides_players(server->live, server->spec.spec))
                print_blind_restart(restart, span);
        else if (restart->deadline_usec > 0)
                printf(_("restart when empty, at the latest on %s (by %s, %s ago)\n"),
                       time_format(restart->deadline_usec, time), restart->user, span);
        else
                printf(_("restart when empty (by %s, %s ago)\n"), restart->user, span);
}

static void print_after_builds(const Server *server) {
        const BuildWishes *wishes = &server->spec.after_builds;
        char span[TIME_TEXT_MAX];
        uint64_t now = now_realtime();

        for (size_t i = 0; i < wishes->n_items; i++) {
                const BuildWish *wish = &wishes->items[i];

                (void) span_format(now > wish->queued_usec ? now - wish->queued_usec : 0, span);
                status_print_label(LABEL_QUEUED);
                if (wish->is_now)
                        printf(_("restart after the build of %s (by %s, %s ago)\n"), wish->ref,
                               wish->user, span);
                else
                        printf(_("restart after the build of %s, when empty (by %s, %s ago)\n"),
                               wish->ref, wish->user, span);
        }
}

static void print_unit(const Server *server) {
        const UnitState *unit = &server->query.state;
        char result[RESULT_TEXT_MAX];

        status_print_label(LABEL_STATE);
        status_print_state(server);
        status_print_since(server);
        putchar('\n');

        describe_result(unit, result, sizeof(result));
        if (!status_print_last_end(server, false) && result[0] != '\0') {
                status_print_label(LABEL_LAST_RUN);
                printf("%s\n", result);
        }
        if (server->blocked.pid > 0) {
                printf("%*s", status_label_width() + 2, "");
                blocked_print(&server->blocked, stdout);
        }
        if (unit->main_pid > 0) {
                status_print_label(LABEL_MAIN_PID);
                printf("%" PRIu32 "\n", unit->main_pid);
        }
        if (server->state == SERVER_RUNNING || unit->restarts > 0) {
                status_print_label(LABEL_RESTARTS);
                printf("%" PRIu32 "\n", unit->restarts);
        }
        print_queued(server);
        print_after_builds(server);
        if (server->state == SERVER_RUNNING)
                print_measures(unit);
}

static void print_more_ports(const InstanceSettings *settings) {
        static const char *const words[_PORT_ROLE_MAX] = {
                [PORT_CLIENT] = N_("client"),
                [PORT_STEAM] = N_("Steam"),
                [PORT_SOURCETV] = N_("SourceTV"),
        };

        for (PortRole role = PORT_CLIENT; role < _PORT_ROLE_MAX; role++)
                if (instance_port(settings, role) > 0)
                        printf(", %s %u", _(words[role]), instance_port(settings, role));
}

/* In this order: lowest layer first. */
static void print_executed(const Spec *spec) {
        const char *separator = "";
        size_t n = 0;

        if (spec->executed == 0)
                return;
        while (spec->overlays[n])
                n++;
        status_print_label(LABEL_EXECUTED);
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

        status_print_label(LABEL_PORT);
        printf(_("%u (UDP and TCP)"), live);
        if (live != port)
                printf(_(", %s%u after a restart%s"), color_on(COLOR_YELLOW, stdout), port,
                       color_off(COLOR_YELLOW, stdout));
        else
                print_more_ports(settings);
        putchar('\n');
        status_print_label(LABEL_CONNECT);
        printf("connect %s\n", server_address(host, (uint16_t) live, address));
}

/* "Mon..Fri 04:00, next on Mon 2025-11-24 04:00:00 CET" */
static void print_schedule(const Server *server) {
        char time[TIME_TEXT_MAX];

        if (!server->spec.spec->schedule)
                return;
        status_print_label(LABEL_SCHEDULE);
        if (server->next_restart > 0)
                printf(_("%s, next restart on %s\n"), server->spec.spec->schedule,
                       time_format(server->next_restart, time));
        else
                printf("%s\n", server->spec.spec->schedule);
}

static void print_settings(const Server *server, const char *host) {
        const Spec *spec = server->spec.spec;
        char hostname[HOSTNAME_LENGTH_MAX + 1];

        if (spec->label) {
                status_print_label(LABEL_LABEL);
                printf("%s\n", spec->label);
        }
        hostname_of(spec, hostname);
        status_print_label(LABEL_HOST_NAME);
        printf("%s\n", hostname);
        print_port(server, &spec->settings, host);
        status_print_label(LABEL_AUTOSTART);
        printf("%s\n", spec->settings.autostart ? _("yes") : _("no"));
        print_schedule(server);
        status_print_label(LABEL_HARDENING);
        printf("%s\n", hardening_profile_to_string(spec->settings.hardening));
        print_list(LABEL_OVERLAYS, spec->overlays);
        print_executed(spec);
        if (spec->blueprint) {
                status_print_label(LABEL_BLUEPRINT);
                printf("%s\n", spec->blueprint);
        }
}

/* One layer a line: it runs with another version than its next start mounts. */
static void print_outdated(const Server *server) {
        const char *on = color_on(COLOR_YELLOW, stdout), *off = color_off(COLOR_YELLOW, stdout);

        for (size_t i = 0; i < server->outdated.n_items; i++) {
                const OutdatedLayer *layer = &server->outdated.items[i];
                const char *name = layer->mounted.is_game ? _("the game") : layer->mounted.ref;

                status_print_label(LABEL_OUTDATED);
                if (layer->current && layer->mounted.version)
                        printf(_("%s%s%s: %s is mounted, a restart gives it %s\n"), on, name, off,
                               layer->mounted.version, layer->current);
                else
                        printf(_("%s%s%s: changed since it was mounted\n"), on, name, off);
        }
}

static void print_suspect(const Suspect *suspect) {
        char time[TIME_TEXT_MAX];

        (void) time_format(suspect->since, time);
        if (suspect->is_gone && suspect->ref)
                printf(_("the overlay %s has version %s since %s, after the last good run; nothing takes it back, because version %s of that run was removed\n"),
                       suspect->ref, suspect->version, time, suspect->previous);
        else if (suspect->is_gone)
                printf(_("the game has version %s since %s, after the last good run; nothing takes it back, because version %s of that run was removed\n"),
                       suspect->version, time, suspect->previous);
        else if (suspect->ref)
                printf(_("the overlay %s has version %s since %s, after the last good run; 'l4d2ctl overlay rollback %s %s' takes it back\n"),
                       suspect->ref, suspect->version, time, suspect->ref, suspect->previous);
        else
                printf(_("the game has version %s since %s, after the last good run; 'l4d2ctl game rollback %s' takes it back\n"),
                       suspect->version, time, suspect->previous);
}

/* One a line: content that is another than in the last good run. */
static void print_suspects(const Server *server) {
        for (size_t i = 0; i < server->suspects.n_items; i++) {
                status_print_label(LABEL_SUSPECT);
                print_suspect(&server->suspects.items[i]);
        }
}

const char *status_spec_hint(const Server *server) {
        if (!server->spec.exists)
                return _("missing: the server can't be started again");
        if (spec_errors_any(&server->spec.errors))
                return _("refused, see below");
        if (server->is_changed)
                return _("changed since start: restart to apply");
        if (server->spec.is_unread)
                return _("not read by systemd yet: the next l4d2ctl start does it");
        return NULL;
}

static void print_spec_state(const Server *server) {
        const char *hint = status_spec_hint(server);

        status_print_label(LABEL_SPEC);
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
                printf("\n%s\n%s", _("At its last run the generator said:"), server->spec.notes);
}

/* The server runs and is ready, and all the same players from outside can't join. */
static void print_steam(const Server *server) {
        const char *remedy;

        if (server->state != SERVER_RUNNING ||
            steam_login_failed(server->units.server, server->query.state.inactive_exit, &remedy) <=
                    0)
                return;
        status_print_label(LABEL_STEAM);
        printf(_("%snot logged in%s: only players of its own network can join; %s\n"),
               color_on(COLOR_YELLOW, stdout), color_off(COLOR_YELLOW, stdout), _(remedy));
}

/* Players with a newer game can't join. */
static void print_needed_update(const Server *server, const GameUpdate *update) {
        const char *on = color_on(COLOR_YELLOW, stdout), *off = color_off(COLOR_YELLOW, stdout);

        if (!server->needs_update && !update->has_update)
                return;
        status_print_label(LABEL_UPDATE);
        if (server->needs_update)
                printf(_("%soutdated%s: Steam has a newer version of the game; run 'l4d2ctl install', then restart the server\n"),
                       on, off);
        else
                printf(_("%savailable%s: Steam has build %s of the game, and build %s is installed; 'l4d2ctl install' installs it\n"),
                       on, off, update->check.available, update->build);
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
                status_print_label(LABEL_MASKED);
                printf(_("%ssystemd does not start it before 'systemctl unmask %s'%s\n"), on,
                       server->units.server, off);
        }
        if (overrides->output) {
                status_print_label(LABEL_LOG);
                printf(_("%snot in the journal: its unit has StandardOutput=%s%s\n"), on,
                       overrides->output, off);
        }
        for (char *const *path = overrides->drop_ins; path && *path; path++) {
                status_print_label(LABEL_DROP_IN);
                printf("%s%s%s\n", on, *path, off);
        }
}

static void print_game_label(void) {
        status_print_label(LABEL_GAME);
}

int status_print_server(Ctl *ctl, const Server *server, const char *host) {
        _cleanup_(overrides_clear) Overrides overrides = {};
        _cleanup_(game_update_clear) GameUpdate update = {};
        int r = overrides_load(ctl, server, &overrides);

        game_update_load(ctl->paths, &update);
        status_print_dot(server);
        printf("%s%s%s - %s\n", color_on(COLOR_BOLD, stdout), server->name,
               color_off(COLOR_BOLD, stdout), server->units.server);
        print_unit(server);
        live_print_problems(server->live, print_game_label);
        print_steam(server);
        print_needed_update(server, &update);
        print_overrides(server, &overrides);
        if (server->spec.spec)
                print_settings(server, host);
        print_outdated(server);
        print_suspects(server);
        print_spec_state(server);
        print_complaints(server);
        print_log(server);
        return r;
}
