/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl install: starts left4me-install.service, which has steamcmd make a new version of the
 * game, and follows it. Servers that run keep the version that they have mounted.
 */

#include "base/log.h"
#include "content/install-job.h"
#include "jobs/job-run.h"
#include "verbs/verbs.h"

static int leave_request(Ctl *ctl, void *userdata _unused_) {
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
        const JobRun run = { .kind = JOB_INSTALL, .action = "install", .prepare = leave_request };
        int r;

        r = job_run(ctl, &run);
        if (r == CTL_DENIED)
                (void) !install_request_write(ctl->paths, INSTALL_UPDATE);
        return r;
}
