/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl reset NAME…: throws away what a server wrote into its tree. One that runs is stopped for
 * it and started again.
 */

#include "base/log.h"
#include "common/audit-log.h"
#include "jobs/jobs.h"
#include "servers/generated.h"
#include "specs/instance.h"
#include "verbs/verbs.h"

static int reset_one(Ctl *ctl, char *name) {
        bool running;
        int r;

        r = instance_exists(ctl, name);
        if (r != CTL_OK) {
                log_error("No server named '%s'", name);
                return r;
        }
        r = jobs_is_running(ctl, name, &running);
        if (r != CTL_OK)
                return r;

        audit_log(name, "reset");
        r = jobs_stop(ctl, &name, 1);
        if (r != CTL_OK)
                return r;
        r = jobs_discard(ctl, &name, 1);
        if (r != CTL_OK || !running)
                return r;

        r = generated_update(ctl, &name, 1);
        if (r != CTL_OK)
                return r;
        return jobs_start(ctl, "StartUnit", &name, 1);
}

int verb_reset(Ctl *ctl) {
        int result;

        result = ctl_check_names(ctl, 0);
        if (result != CTL_OK)
                return result;
        for (size_t i = 0; i < ctl->n_operands; i++)
                result = exit_code_merge(result, reset_one(ctl, ctl->operands[i]));
        return result;
}
