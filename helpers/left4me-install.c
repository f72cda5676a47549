/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The program of left4me-install.service: installs and updates the game by steamcmd, as a new
 * version beside those that servers run on. `l4d2ctl install` starts the unit. The steps check-…
 * are those of left4me-check.service, which only asks for an update. The units' logs are in
 * English.
 */

#include <stdarg.h>
#include <string.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>

#include "base/host-mounts.h"
#include "base/log.h"
#include "base/named.h"
#include "install/check.h"
#include "install/install.h"
#include "journal/sync.h"
#include "common/log-spec-errors.h"

void install_status(const char *format, ...) {
        _cleanup_free_ char *text = NULL;
        va_list ap;
        int r;

        va_start(ap, format);
        r = vasprintf(&text, format, ap);
        va_end(ap);
        if (r < 0)
                text = NULL;
        else
                (void) sd_notifyf(0, "STATUS=%s", text);
}

char *install_tree_path(const Install *install) {
        char *path;

        return asprintf(
                       &path, "%s/staging/" INSTALL_STAGE_KEY "/tree",
                       install->paths->installation_dir) < 0
                       ? NULL
                       : path;
}

typedef struct Step {
        const char *name;
        int (*run)(Install *install);
        bool is_outside; /* of the sandbox; all but the first are told by the environment */
        int failure;     /* exit status when it can't begin; 0: EXIT_FAILURE */
} Step;

static const Step steps[] = {
        { "begin", install_begin, true, 0 },
        { "check-begin", install_check_begin, true, INSTALL_CHECK_FAILED },
        { "check-end", install_check_end, true, 0 },
        { "check-run", install_check, false, 0 },
        { "check-tell", install_check_tell, true, 0 },
        { "commit", install_commit, true, 0 },
        { "end", install_end, true, 0 },
        { "run", install_run, false, 0 },
};

/* For root's steps, which see the host as it is. */
static int go_outside(Install *install) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        int r;

        r = join_host_mounts();
        if (r < 0)
                return log_error_errno(r, "Failed to leave the mount namespace of the unit");
        r = host_config_load(install->paths, &errors, &install->config);
        log_spec_errors(LOG_WARNING, &errors);
        return r < 0 ? log_error_errno(r, "Failed to read the configuration") : 0;
}

int main(int argc, char *argv[]) {
        _cleanup_(paths_freep) Paths *paths = NULL;
        Install install = {};
        const char *action;
        const Step *step;
        int r;

        log_setup("left4me-install", LOG_TARGET_STDERR);
        step = argc == 2 ? find_named(steps, ELEMENTSOF(steps), sizeof(Step), argv[1]) : NULL;
        if (!step) {
                log_error(
                        "Usage: left4me-install begin|check-begin|check-end|check-run|check-tell|commit|end|run");
                return EX_USAGE;
        }

        r = paths_from_environment(&paths);
        if (r < 0) {
                log_error_errno(r, "Failed to use LEFT4ME_ROOT");
                return EXIT_FAILURE;
        }
        install.paths = paths;
        action = getenv(INSTALL_ENV_ACTION);
        if (action && install_action_from_string(action, &install.action) < 0) {
                log_error("Unknown value '%s' of %s", action, INSTALL_ENV_ACTION);
                return EX_USAGE;
        }
        if (step->is_outside && go_outside(&install) < 0)
                return step->failure ? step->failure : EXIT_FAILURE;
        r = step->run(&install);
        if (step->run == install_end)
                journal_take_last_lines();
        host_config_free(install.config);
        return r;
}
