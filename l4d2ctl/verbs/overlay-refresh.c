/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* l4d2ctl overlay refresh: builds all overlays whose definition wants it daily, one after the
 * other, for left4me-refresh.service. One that fails does not stop the others. */

#include "base/log.h"
#include "base/text.h"
#include "content/definition-file.h"
#include "content/store.h"
#include "jobs/job-run.h"
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

/* Whether it is up to date now, or another job builds it. */
static bool refresh(Ctl *ctl, const char *ref) {
        JobRun run = { .ref = ref, .action = "refresh" };
        int r;

        r = is_daily(ctl, ref, &run.kind);
        if (r <= 0)
                return r == 0;
        r = job_run(ctl, &run);
        return r == CTL_OK || r == CTL_CONFLICT;
}

int overlay_refresh(Ctl *ctl) {
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
                n_failed += !refresh(ctl, *ref);
        if (n_failed == 0)
                return CTL_OK;
        log_count(
                LOG_ERR, n_failed, "Failed to refresh %zu overlay",
                "Failed to refresh %zu overlays", n_failed);
        return CTL_FAILURE;
}
