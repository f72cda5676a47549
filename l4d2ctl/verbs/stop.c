/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl stop NAME…: a server that doesn't run is success, one that is unknown to both the specs
 * and systemd is not. With --boot its autostart is cleared too, so that it stays stopped.
 */

#include "base/log.h"
#include "common/audit-log.h"
#include "jobs/jobs.h"
#include "servers/generated.h"
#include "specs/autostart.h"
#include "specs/instance.h"
#include "verbs/verbs.h"

static int check_known(Ctl *ctl, const char *name) {
        bool running;
        int r;

        if (instance_exists(ctl, name) == CTL_OK)
                return CTL_OK;
        r = jobs_is_running(ctl, name, &running);
        if (r != CTL_OK || running)
                return r;

        log_error("No server named '%s'", name);
        return CTL_NO_INSTANCE;
}

/* A failure here does not keep a server from being stopped. */
static int clear_autostart(Ctl *ctl) {
        int result = CTL_OK;

        for (size_t i = 0; i < ctl->n_operands; i++)
                result = exit_code_merge(result, autostart_set(ctl, ctl->operands[i], false));
        return exit_code_merge(result, generated_update(ctl, ctl->operands, ctl->n_operands));
}

int verb_stop(Ctl *ctl) {
        int r, result = CTL_OK;

        r = ctl_check_names(ctl, 0);
        for (size_t i = 0; r == CTL_OK && i < ctl->n_operands; i++)
                r = check_known(ctl, ctl->operands[i]);
        if (r != CTL_OK)
                return r;

        for (size_t i = 0; i < ctl->n_operands; i++)
                audit_log(ctl->operands[i], "stop");
        if (ctl->options.boot)
                result = clear_autostart(ctl);
        r = jobs_stop(ctl, ctl->operands, ctl->n_operands);
        if (r == CTL_OK && !ctl->options.boot)
                autostart_note(ctl);
        return exit_code_merge(r, result);
}
