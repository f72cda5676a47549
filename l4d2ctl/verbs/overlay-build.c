/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* l4d2ctl overlay build: the job that gets an overlay's content. The job is a unit; this starts it.
 */

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "common/audit-log.h"
#include "common/terminal.h"
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

/* The running servers that use it and that the user may restart, NULL-terminated; the names are
 * those of users. */
static int find_servers(
        Ctl *ctl, const char *ref, OverlayUsers **ret_users, char ***ret_names, size_t *ret_n) {
        _cleanup_(overlay_users_freep) OverlayUsers *users = NULL;
        _cleanup_free_ char **names = NULL;
        int r;

        r = overlay_users_load(ctl, &users);
        if (r != CTL_OK)
                return r;
        names = overlay_users_servers(users, ref);
        if (!names) {
                (void) log_error_errno(-ENOMEM, "Failed to see who uses the overlay '%s'", ref);
                return CTL_FAILURE;
        }
        r = actor_keep_own(ctl, names);
        if (r == CTL_OK)
                r = keep_running(ctl, names, ret_n);
        if (r != CTL_OK)
                return r;
        *ret_users = TAKE_PTR(users);
        *ret_names = TAKE_PTR(names);
        return CTL_OK;
}

static int restart_users(Ctl *ctl, const char *ref) {
        _cleanup_(overlay_users_freep) OverlayUsers *users = NULL;
        _cleanup_free_ char **names = NULL;
        size_t n;
        int r;

        r = find_servers(ctl, ref, &users, &names, &n);
        if (r != CTL_OK || n == 0)
                return r;
        if (ctl->options.then_restart == RESTART_WHEN_EMPTY)
                return when_empty_queue(ctl, names, n, 0, 0, true);
        for (size_t i = 0; i < n; i++)
                audit_log(names[i], "restart");
        return jobs_start(ctl, "RestartUnit", names, n);
}

/* The job runs on without this process: a service restarts them. before: NULL: there was none. */
static int restart_users_later(Ctl *ctl, const JobRun *run, const char *before) {
        _cleanup_(overlay_users_freep) OverlayUsers *users = NULL;
        _cleanup_free_ char **names = NULL;
        BuildWish wish = {
                .kind = run->kind,
                .is_now = ctl->options.then_restart == RESTART_NOW,
                .queued_usec = now_realtime(),
        };
        size_t n;
        int r;

        r = find_servers(ctl, run->ref, &users, &names, &n);
        if (r != CTL_OK || n == 0)
                return r;
        (void) snprintf(wish.ref, sizeof(wish.ref), "%s", run->ref);
        (void) snprintf(wish.job, sizeof(wish.job), "%s", run->ret_id);
        if (before)
                (void) snprintf(
                        wish.version, sizeof(wish.version), "%s", before + strlen(VERSIONS_PREFIX));
        return when_empty_queue_after_build(ctl, names, n, &wish);
}

/* For a program that looks at the job then. */
static int print_job(const JobRun *run) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        char unit[JOB_UNIT_MAX];
        int r;

        r = job_unit_name(run->kind, run->ref, unit);
        if (r >= 0)
                r = sd_json_buildo(
                        &object, SD_JSON_BUILD_PAIR_STRING("id", run->ret_id),
                        SD_JSON_BUILD_PAIR_STRING("unit", unit));
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the job");
                return CTL_FAILURE;
        }
        return print_json(object);
}

static int build_without_waiting(Ctl *ctl, const JobRun *run, const char *before) {
        int r = CTL_OK;

        if (ctl->options.then_restart != RESTART_NEVER)
                r = restart_users_later(ctl, run, before);
        if (ctl->options.json && print_job(run) != CTL_OK)
                return CTL_FAILURE;
        return r;
}

int overlay_build(Ctl *ctl) {
        _cleanup_free_ char *before = NULL, *after = NULL;
        char id[JOB_ID_MAX] = "";
        JobRun run = {
                .ref = ctl->operands[0],
                .action = "build",
                .prepare = write_request,
                .userdata = ctl->operands[0],
                .ret_id = id,
        };
        int r;

        if (ctl->options.json && !ctl->options.no_wait) {
                log_error("--json needs --no-wait: without it, the log of the job is printed");
                return CTL_USAGE;
        }
        r = find_kind(ctl, run.ref, &run.kind);
        if (r != CTL_OK)
                return r;
        before = current_version(ctl, run.ref);
        r = job_run(ctl, &run);
        if (r == CTL_OK && ctl->options.no_wait)
                return build_without_waiting(ctl, &run, before);
        if (r != CTL_OK || ctl->options.then_restart == RESTART_NEVER)
                return r;
        after = current_version(ctl, run.ref);
        return after && (!before || strcmp(before, after) != 0) ? restart_users(ctl, run.ref)
                                                                : CTL_OK;
}
