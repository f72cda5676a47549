/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl install: starts left4me-install.service, which has steamcmd make a new version of the
 * game, and follows it. Servers that run keep the version that they have mounted.
 */

#include "base/log.h"
#include "common/audit-log.h"
#include "content/install-job.h"
#include "content/job-name.h"
#include "jobs/follow.h"
#include "verbs/verbs.h"

static int leave_request(const Ctl *ctl) {
        int r;

        r = install_request_write(
                ctl->paths, ctl->options.validate ? INSTALL_VALIDATE : INSTALL_UPDATE);
        if (r >= 0)
                return CTL_OK;
        if (r == -EACCES || r == -EPERM) {
                log_error("Failed to install: only root and members of left4me-operators may");
                return CTL_DENIED;
        }
        (void) log_error_errno(
                r, "Failed to write to %s/requests; run 'systemd-tmpfiles --create left4me.conf'",
                ctl->paths->run_dir);
        return CTL_FAILURE;
}

int verb_install(Ctl *ctl) {
        char unit[JOB_UNIT_MAX];
        int r;

        if (job_unit_name(JOB_INSTALL, NULL, unit) < 0)
                return CTL_FAILURE;
        r = job_check_idle(ctl, unit, job_kind_to_string(JOB_INSTALL));
        if (r == CTL_OK)
                r = leave_request(ctl);
        if (r != CTL_OK)
                return r;
        audit_log(NULL, "install");
        r = job_run(ctl, unit, job_kind_to_string(JOB_INSTALL));
        if (r == CTL_DENIED)
                (void) !install_request_write(ctl->paths, INSTALL_UPDATE);
        return r;
}
