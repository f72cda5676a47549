/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* l4d2ctl overlay build: the job that gets an overlay's content. The job is a unit; this starts it.
 */

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "common/audit-log.h"
#include "content/definition-file.h"
#include "content/job-name.h"
#include "content/request.h"
#include "content/store.h"
#include "jobs/job-run.h"
#include "jobs/jobs.h"
#include "jobs/when-empty.h"
#include "spec/overlay-dir.h"
#include "specs/actor.h"
#include "verbs/overlays.h"

static const JobKind job_kinds[_OVERLAY_KIND_MAX] = {
        [OVERLAY_WORKSHOP] = JOB_WORKSHOP,
        [OVERLAY_RELEASE] = JOB_RELEASE,
        [OVERLAY_SCRIPT] = JOB_SCRIPT,
};

bool overlay_job_kind(OverlayKind kind, JobKind *ret) {
        if (kind == OVERLAY_FILES)
                return false;
        *ret = job_kinds[kind];
        return true;
}

/* The lock of the store must not be held while the job runs, which takes it too. */
static int find_kind(Ctl *ctl, const char *ref, JobKind *ret) {
        _cleanup_(definition_freep) OverlayDefinition *definition = NULL;
        _cleanup_(store_close) Store store = STORE_INIT;
        int r;

        r = store_open_to_read(ctl, ref, &store);
        if (r == CTL_OK)
                r = definition_file_load(&store, &definition);
        if (r != CTL_OK)
                return r;
        if (!overlay_job_kind(definition->kind, ret)) {
                log_error(
                        "The overlay '%s' has no source to build from: it holds files that people "
                        "put there; see 'l4d2ctl overlay define'",
                        ref);
                return CTL_CONFLICT;
        }
        return CTL_OK;
}

/* Also without --empty: the request of a start that failed must not count now. */
static int write_request(Ctl *ctl, void *userdata) {
        const JobRequest request = { .empty = ctl->options.empty };
        _cleanup_(store_close) Store store = STORE_INIT;
        const char *ref = userdata;
        int r;

        r = store_open(ctl, ref, &store);
        if (r != CTL_OK)
                return r;
        r = request_write(store.fd, &request);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to write %s/%s", store.path, REQUEST_FILE);
                return store_exit_code(r);
        }
        return CTL_OK;
}

/* --- servers that use it ------------------------------------------------------------------------
 */

/* The text of current; NULL: there is none. */
static char *current_version(Ctl *ctl, const char *ref) {
        _cleanup_(store_close) Store store = STORE_INIT;
        char *version = NULL;
        int fd = -EBADF;

        if (store_open_to_read(ctl, ref, &store) != CTL_OK ||
            overlay_dir_open_current(store.fd, &fd, &version) < 0)
                return NULL;
        (void) safe_close(fd);
        return version;
}

/* Keeps those that run. */
static int keep_running(Ctl *ctl, char **names, size_t *ret_n) {
        size_t n = 0;

        for (size_t i = 0; names[i]; i++) {
                bool is_running;
                int r = jobs_is_running(ctl, names[i], &is_running);

                if (r != CTL_OK)
                        return r;
                if (is_running)
                        names[n++] = names[i];
        }
        names[n] = NULL;
        *ret_n = n;
        return CTL_OK;
}

static int restart_users(Ctl *ctl, const char *ref) {
        _cleanup_(overlay_users_freep) OverlayUsers *users = NULL;
        _cleanup_free_ char **names = NULL;
        size_t n;
        int r;

        r = overlay_users_load(ctl, &users);
        if (r != CTL_OK)
                return r;
        names = overlay_users_servers(users, ref);
        if (!names) {
                (void) log_error_errno(-ENOMEM, "Failed to see who uses the overlay '%s'", ref);
                return CTL_FAILURE;
        }
        r = keep_running(ctl, names, &n);
        if (r != CTL_OK || n == 0)
                return r;
        if (ctl->options.then_restart == RESTART_WHEN_EMPTY)
                return when_empty_queue(ctl, names, n, 0, true);
        for (size_t i = 0; i < n; i++)
                audit_log(names[i], "restart");
        return jobs_start(ctl, "RestartUnit", names, n);
}

static int check_options(Ctl *ctl) {
        if (ctl->options.then_restart == RESTART_NEVER)
                return CTL_OK;
        if (ctl->options.no_wait) {
                log_error("--then-restart= waits for the end of the job: leave out --no-wait");
                return CTL_USAGE;
        }
        return actor_check_restarts(ctl);
}

int overlay_build(Ctl *ctl) {
        _cleanup_free_ char *before = NULL, *after = NULL;
        JobRun run = {
                .ref = ctl->operands[0],
                .action = "build",
                .prepare = write_request,
                .userdata = ctl->operands[0],
        };
        int r;

        r = check_options(ctl);
        if (r == CTL_OK)
                r = find_kind(ctl, run.ref, &run.kind);
        if (r != CTL_OK)
                return r;
        before = current_version(ctl, run.ref);
        r = job_run(ctl, &run);
        if (r != CTL_OK || ctl->options.then_restart == RESTART_NEVER)
                return r;
        after = current_version(ctl, run.ref);
        return after && (!before || strcmp(before, after) != 0) ? restart_users(ctl, run.ref)
                                                                : CTL_OK;
}
