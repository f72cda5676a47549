/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl install: starts left4me-install.service, which has steamcmd make a new version of the
 * game, and follows it. Servers that run keep the version that they have mounted. With --check it
 * is left4me-check.service, which only asks for an update.
 */

#include <string.h>

#include "base/log.h"
#include "content/install-job.h"
#include "content/update-check.h"
#include "jobs/job-run.h"
#include "verbs/verbs.h"

static int explain(const Ctl *ctl, int error) {
        if (error == -EACCES || error == -EPERM) {
                log_error("Failed to install: only root and members of left4me-operators may");
                return CTL_DENIED;
        }
        (void) log_error_errno(
                error,
                "Failed to write to %s/requests; run 'systemd-tmpfiles --create left4me.conf'",
                ctl->paths->run_dir);
        return CTL_FAILURE;
}

static int request_install(Ctl *ctl, void *userdata _unused_) {
        const InstallRequest request = {
                .action = ctl->options.validate ? INSTALL_VALIDATE : INSTALL_UPDATE,
        };
        int r;

        r = install_request_write(ctl->paths, &request);
        return r < 0 ? explain(ctl, r) : CTL_OK;
}

static int run_install(Ctl *ctl) {
        const JobRun run = { .kind = JOB_INSTALL, .action = "install", .prepare = request_install };
        int r;

        r = job_run(ctl, &run);
        if (r == CTL_DENIED)
                (void) !install_request_write(ctl->paths, &(InstallRequest) { INSTALL_UPDATE });
        return r;
}

/* --- --check ------------------------------------------------------------------------------------
 */

/* The installation would end it. */
static int request_check(Ctl *ctl, void *userdata _unused_) {
        int r;

        r = job_check_idle(ctl, JOB_INSTALL, NULL);
        if (r != CTL_OK)
                return r;
        r = update_check_request_write(ctl->paths);
        return r < 0 ? explain(ctl, r) : CTL_OK;
}

/* The job has said it, in its log. */
static int answer(const Ctl *ctl) {
        UpdateCheck check;
        int r;

        r = update_check_read(ctl->paths, &check);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read the answer of the check");
                return CTL_FAILURE;
        }
        return strcmp(check.installed, check.available) == 0 ? CTL_OK : CTL_FINDINGS;
}

static int run_check(Ctl *ctl) {
        const JobRun run = { .kind = JOB_CHECK,
                             .action = "install --check",
                             .prepare = request_check };
        int r;

        r = job_run(ctl, &run);
        if (r == CTL_DENIED)
                (void) update_check_request_take(ctl->paths);
        return r == CTL_OK && !ctl->options.no_wait ? answer(ctl) : r;
}

int verb_install(Ctl *ctl) {
        if (ctl->options.check && ctl->options.validate) {
                log_error("%s and %s can't be used together", "--check", "--validate");
                return CTL_USAGE;
        }
        return ctl->options.check ? run_check(ctl) : run_install(ctl);
}
