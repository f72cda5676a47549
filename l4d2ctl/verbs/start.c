/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl start NAME…: returns when the servers are up or says why one is not. A spec that was
 * changed by hand is made known to systemd first. With --boot its autostart is set too.
 */

#include <string.h>

#include "base/log.h"
#include "common/audit-log.h"
#include "jobs/jobs.h"
#include "jobs/when-empty.h"
#include "servers/game-file.h"
#include "servers/generated.h"
#include "servers/servers.h"
#include "specs/autostart.h"
#include "specs/instance.h"
#include "verbs/verbs.h"

static int check_specs(Ctl *ctl) {
        int result = CTL_OK;

        for (size_t i = 0; i < ctl->n_operands; i++) {
                _cleanup_(spec_freep) Spec *spec = NULL;

                result = exit_code_merge(result, instance_load(ctl, ctl->operands[i], &spec));
        }
        return result;
}

/* Before the start: a user who starts a server wants it back even when this start fails. */
static int set_autostart(Ctl *ctl) {
        int r = CTL_OK;

        for (size_t i = 0; r == CTL_OK && ctl->options.boot && i < ctl->n_operands; i++)
                r = autostart_set(ctl, ctl->operands[i], true);
        return r;
}

/* systemd does not start a running server: users who changed its spec learn how to apply that. */
static void note_running(Ctl *ctl) {
        _cleanup_(servers_clear) Servers servers = {};

        if (servers_load(ctl, ctl->operands, ctl->n_operands, &servers) != CTL_OK)
                return;
        for (size_t i = 0; i < servers.n_items; i++)
                if (servers.items[i].state == SERVER_RUNNING && servers.items[i].is_changed)
                        log_notice(
                                "'%s' is running already: its changed spec applies with 'l4d2ctl "
                                "restart %s'",
                                servers.items[i].name, servers.items[i].name);
}

static int start(Ctl *ctl, const char *method) {
        int r;

        r = ctl_check_names(ctl, 0);
        if (r != CTL_OK)
                return r;
        r = check_specs(ctl);
        if (r == CTL_OK)
                r = set_autostart(ctl);
        if (r != CTL_OK)
                return r;
        r = generated_update(ctl, ctl->operands, ctl->n_operands);
        if (r != CTL_OK)
                return r;

        if (strcmp(method, "StartUnit") == 0)
                note_running(ctl);
        game_warn_steamclient(ctl->paths);
        for (size_t i = 0; i < ctl->n_operands; i++)
                audit_log(ctl->operands[i], ctl->verb->name);
        return jobs_start(ctl, method, ctl->operands, ctl->n_operands);
}

int verb_start(Ctl *ctl) {
        return start(ctl, "StartUnit");
}

/* Options that exclude each other. */
static int check_options(const Options *options) {
        if (options->deadline > 0 && !options->when_empty)
                log_error("--deadline=TIME belongs to --when-empty");
        else if (options->keep_earlier && !options->when_empty)
                log_error("--keep-earlier belongs to --when-empty");
        else if (options->cancel && options->when_empty)
                log_error("Use either --when-empty or --cancel");
        else
                return CTL_OK;
        return CTL_USAGE;
}

int verb_restart(Ctl *ctl) {
        int r = check_options(&ctl->options);

        if (r == CTL_OK)
                r = ctl_check_names(ctl, 0);
        if (r != CTL_OK)
                return r;
        if (ctl->options.cancel)
                return when_empty_cancel(ctl, ctl->operands, ctl->n_operands);
        if (ctl->options.when_empty)
                return when_empty_queue(
                        ctl, ctl->operands, ctl->n_operands, ctl->options.deadline,
                        ctl->options.deadline_boottime, ctl->options.keep_earlier);
        return start(ctl, "RestartUnit");
}
