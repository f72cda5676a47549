/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* l4d2ctl overlay build: the job that gets an overlay's content. The job is a unit; this starts it.
 */

#include "base/log.h"
#include "base/text.h"
#include "content/definition-file.h"
#include "content/job-name.h"
#include "content/request.h"
#include "content/store.h"
#include "jobs/job-run.h"
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

int overlay_build(Ctl *ctl) {
        JobRun run = {
                .ref = ctl->operands[0],
                .action = "build",
                .prepare = write_request,
                .userdata = ctl->operands[0],
        };
        int r;

        r = find_kind(ctl, run.ref, &run.kind);
        return r == CTL_OK ? job_run(ctl, &run) : r;
}
