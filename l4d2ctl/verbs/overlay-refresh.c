/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* l4d2ctl overlay refresh: builds all overlays whose definition wants it daily, one after the
 * other, for left4me-refresh.service. One that fails does not stop the others. */

#include <fcntl.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "content/definition-file.h"
#include "content/store.h"
#include "jobs/job-follow.h"
#include "jobs/job-run.h"
#include "journal/sync.h"
#include "spec/overlay-dir.h"
#include "verbs/overlays.h"

/* 1: it is to be built, by this kind of job. 0: not. -1: an error, which was said. */
static int is_daily(Ctl *ctl, const char *ref, JobKind *ret) {
        _cleanup_(definition_freep) OverlayDefinition *definition = NULL;
        _cleanup_(store_close) Store store = STORE_INIT;
        int r;

        r = store_open_to_read(ctl, ref, &store);
        if (r == CTL_OK)
                r = definition_file_load(&store, &definition);
        if (r != CTL_OK)
                return -1;
        return definition->refresh == REFRESH_DAILY && overlay_job_kind(definition->kind, ret);
}

/* id: "": the job was not started. */
static bool was_cancelled(Ctl *ctl, const char *id) {
        Job job;

        return id[0] != '\0' && job_wait_for_end(ctl, id, &job) == CTL_OK &&
               job.result == JOB_CANCELLED;
}

/* Whether it is up to date now, another job builds it, or a person did not want that. */
static bool refresh(Ctl *ctl, const char *ref) {
        char id[JOB_ID_MAX] = "";
        JobRun run = { .ref = ref, .action = "refresh", .ret_id = id };
        int r;

        r = is_daily(ctl, ref, &run.kind);
        if (r <= 0)
                return r == 0;
        r = job_run(ctl, &run);
        return r == CTL_OK || r == CTL_CONFLICT || was_cancelled(ctl, id);
}

/* A directory that people fill by other means has no definition. */
static bool is_plain(int root_fd, const char *ref) {
        _cleanup_close_ int fd = open_beneath(root_fd, ref, O_PATH | O_DIRECTORY);

        return fd >= 0 && overlay_dir_has_versions(fd) == 0;
}

static int refresh_all(Ctl *ctl) {
        _cleanup_(strv_freep) char **refs = NULL;
        _cleanup_close_ int root_fd = -EBADF;
        size_t n_failed = 0;
        int r;

        r = overlay_open_root(ctl, &root_fd);
        if (r != CTL_OK)
                return r;
        r = overlay_dir_list(root_fd, &refs);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to list %s", ctl->paths->overlays_dir);
                return CTL_FAILURE;
        }
        for (char **ref = refs; *ref; ref++)
                n_failed += !is_plain(root_fd, *ref) && !refresh(ctl, *ref);
        if (n_failed == 0)
                return CTL_OK;
        log_count(
                LOG_ERR, n_failed, "Failed to refresh %zu overlay",
                "Failed to refresh %zu overlays", n_failed);
        return CTL_FAILURE;
}

int overlay_refresh(Ctl *ctl) {
        int r = refresh_all(ctl);

        /* An alert has the last lines, by their invocation. */
        if (r != CTL_OK)
                journal_take_last_lines();
        return r;
}
