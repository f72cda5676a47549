/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl install: starts left4me-install.service, which has steamcmd make a new version of the
 * game, and follows it. Servers that run keep the version that they have mounted.
 */

#include <string.h>

#include "base/log.h"
#include "content/install-job.h"
#include "jobs/job-run.h"
#include "verbs/verbs.h"

static int leave_request(Ctl *ctl, void *userdata _unused_) {
        const InstallRequest request = {
                .action = ctl->options.check      ? INSTALL_CHECK
                          : ctl->options.validate ? INSTALL_VALIDATE
                                                  : INSTALL_UPDATE,
        };
        int r;

        r = install_request_write(ctl->paths, &request);
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

/* The job has said it, in its log. */
static int answer(const Ctl *ctl) {
        InstallCheck check;
        int r;

        r = install_check_read(ctl->paths, &check);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read the answer of the check");
                return CTL_FAILURE;
        }
        return strcmp(check.installed, check.available) == 0 ? CTL_OK : CTL_FINDINGS;
}

int verb_install(Ctl *ctl) {
        const JobRun run = {
                .kind = JOB_INSTALL,
                .action = ctl->options.check ? "install --check" : "install",
                .prepare = leave_request,
        };
        int r;

        if (ctl->options.check && ctl->options.validate) {
                log_error("%s and %s can't be used together", "--check", "--validate");
                return CTL_USAGE;
        }
        r = job_run(ctl, &run);
        if (r == CTL_DENIED)
                (void) !install_request_write(ctl->paths, &(InstallRequest) { INSTALL_UPDATE });
        return r == CTL_OK && ctl->options.check && !ctl->options.no_wait ? answer(ctl) : r;
}
