/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl status [NAME…]: what systemctl status tells about a unit, for a server, and its last log
 * lines. Without names all servers, briefly. Exits with 3 when a server named does not run.
 */

#include "base/log.h"
#include "base/text.h"
#include "common/terminal.h"
#include "servers/game-file.h"
#include "servers/live.h"
#include "servers/overrides.h"
#include "verbs/status.h"
#include "verbs/verbs.h"

/* All servers: a line each, and what is wrong with it. */
static void print_brief(const Server *server) {
        char result[RESULT_TEXT_MAX];
        const char *hint = status_spec_hint(server);

        status_print_dot(server);
        printf("%s%s%s - ", color_on(COLOR_BOLD, stdout), server->name,
               color_off(COLOR_BOLD, stdout));
        status_print_state(server);
        status_print_since(server);
        if (server->live_port > 0)
                printf(_("; port %u"), server->live_port);
        else if (server->spec.spec)
                printf(_("; port %u"), server->spec.spec->settings.port);
        putchar('\n');

        describe_result(&server->query.state, result, sizeof(result));
        if (!status_print_last_end(server, true) && server->state != SERVER_RUNNING &&
            server->state != SERVER_STOPPED && result[0] != '\0')
                printf("    %s\n", result);
        if (server->blocked.pid > 0) {
                printf("    ");
                blocked_print(&server->blocked, stdout);
        }
        if (server->needs_update)
                printf("    %s%s%s\n", color_on(COLOR_YELLOW, stdout),
                       _("outdated: run 'l4d2ctl install', then restart it"),
                       color_off(COLOR_YELLOW, stdout));
        for (size_t i = 0; i < server->spec.errors.n_items; i++) {
                printf("    ");
                spec_error_print_line(&server->spec.errors.items[i], stdout);
                putchar('\n');
        }
        if (hint && !spec_errors_any(&server->spec.errors))
                printf(_("    spec %s\n"), hint);
        if (queued_restart_is_due(&server->spec.restart, &server->query.state))
                printf("    %s\n", _("restarts when empty"));
        else if (server->spec.after_builds.n_items > 0)
                printf("    %s\n", _("restarts after a build"));
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
                                r, status_print_server(ctl, &servers->items[i], servers->host));
        }
        if (brief && servers->n_items == 0)
                log_notice("No servers yet; 'l4d2ctl initialize' creates one");
        (void) fflush(stdout);
        if (brief)
                game_warn_update(ctl->paths);
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

        servers_read_logs(ctl, &servers);
        servers_find_restarts(ctl, &servers);
        servers_read_live(ctl, &servers);
        if (ctl->options.json)
                r = exit_code_merge(r, print_as_json(ctl, &servers));
        else
                r = exit_code_merge(r, print_text(ctl, &servers));
        return ctl->n_operands > 0 ? exit_code_merge(r, exit_code(&servers)) : r;
}
