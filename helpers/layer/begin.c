/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* left4me-layer begin: all that a producer finds. */

#include <fcntl.h>
#include <string.h>

#include "base/disk-space.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "layer/job.h"
#include "layer/stage.h"
#include "layer/versions.h"
#include "common/log-spec-errors.h"
#include "spec/overlay-dir.h"
#include "spec/resolvers.h"

/* The kind of overlay that each kind of job builds, and with which files it begins. */
static const struct {
        OverlayKind overlay;
        StageOrigin origin;
} kinds[_JOB_KIND_MAX] = {
        [JOB_WORKSHOP] = { OVERLAY_WORKSHOP, STAGE_EMPTY },
        [JOB_RELEASE] = { OVERLAY_RELEASE, STAGE_FROM_CURRENT },
        /* A script may write to files in place. */
        [JOB_SCRIPT] = { OVERLAY_SCRIPT, STAGE_COPY_OF_CURRENT },
        [JOB_UNPACK] = { OVERLAY_FILES, STAGE_FROM_CURRENT },
};

int layer_job_load_definition(const LayerJob *job, OverlayDefinition **ret) {
        _cleanup_free_ char *file = NULL;
        SpecErrors errors = {};
        int r;

        if (asprintf(&file, "%s/" OVERLAY_FILE, job->store_path) < 0) {
                file = NULL;
                return log_error_errno(-ENOMEM, "Failed to read the overlay's definition");
        }
        r = definition_load(job->store_fd, job->owner, file, &errors, ret);
        log_spec_errors(LOG_ERR, &errors);
        spec_errors_clear(&errors);
        if (r < 0) {
                log_error("Failed to read %s: %s", file, _(file_error_message(r)));
                return r;
        }
        if ((*ret)->kind == kinds[job->kind].overlay)
                return 0;
        log_error(
                "The overlay '%s' is of kind '%s', which a job '%s' does not build", job->ref,
                overlay_kind_to_string((*ret)->kind), job_kind_to_string(job->kind));
        return -EINVAL;
}

static int take_request(const LayerJob *job, JobRequest **ret) {
        _cleanup_free_ char *file = NULL;
        SpecErrors errors = {};
        int r;

        if (asprintf(&file, "%s/" REQUEST_FILE, job->store_path) < 0) {
                file = NULL;
                return log_error_errno(-ENOMEM, "Failed to read the request");
        }
        r = request_take(job->store_fd, job->owner, file, &errors, ret);
        log_spec_errors(LOG_ERR, &errors);
        spec_errors_clear(&errors);
        if (r < 0) {
                log_error("Failed to read %s: %s", file, _(file_error_message(r)));
                return r;
        }
        if (job->kind == JOB_UNPACK && !(*ret)->archive) {
                log_error("The request of the overlay '%s' names no archive", job->ref);
                return -EINVAL;
        }
        return 0;
}

static int check_current(const LayerJob *job, StageOrigin origin) {
        _cleanup_free_ char *version = NULL;
        _cleanup_close_ int fd = -EBADF;
        uint64_t bytes;
        int r;

        r = overlay_dir_open_current(job->store_fd, &fd, &version);
        if (r == -ENODATA)
                return 0;
        if (r < 0) {
                log_error(
                        "Failed to build the overlay '%s': it %s; see 'l4d2ctl overlay rollback', or "
                        "build it with --empty",
                        job->ref, overlay_error_message(r));
                return r;
        }
        /* Root must not fill the disk with a copy of what another user put there. */
        r = layer_job_check_size(job, job->store_fd, version, &bytes);
        if (r < 0 || origin != STAGE_COPY_OF_CURRENT)
                return r;
        /* A file that shares no blocks after all is checked when it is copied. */
        return disk_shares_blocks(job->store_fd, job->directory_fd)
                       ? 0
                       : layer_job_check_disk(job, bytes);
}

/* Under the lock, so that no collection removes the version that is copied. */
static int make_stage(LayerJob *job, const JobRequest *request) {
        StageOrigin origin = request->empty ? STAGE_EMPTY : kinds[job->kind].origin;
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        _cleanup_close_ int tree_fd = -EBADF;
        int r;

        r = layer_job_lock(job);
        if (r >= 0 && origin != STAGE_EMPTY)
                r = check_current(job, origin);
        if (r < 0)
                return r;
        r = stage_begin(
                job->store_fd, job->directory_fd, STAGE_KEY, origin, &job->producer, &problem,
                &tree_fd);
        layer_job_unlock(job);
        return r < 0 ? layer_job_complain(job, &problem, r) : 0;
}

/*
 * Downloads that can be continued stay in it from job to job, and so does the last report. Files
 * that a commit would act on do not, whatever a producer made in their place.
 */
static int make_out(const LayerJob *job) {
        bool keeps = job->kind == JOB_WORKSHOP || job->kind == JOB_RELEASE;
        _cleanup_close_ int fd = -EBADF;
        int r = keeps ? 0 : remove_tree(job->directory_fd, OUT);

        if (r < 0)
                return r;
        fd = make_directory_for(job->directory_fd, OUT, 0755, job->producer.uid, job->producer.gid);
        r = fd < 0 ? fd : remove_temporary_files(fd);
        return r < 0 ? r : remove_tree(fd, OUT_ITEMS);
}

static int make_temporary(const LayerJob *job) {
        _cleanup_close_ int fd = -EBADF;
        int r = remove_tree(job->directory_fd, TEMPORARY);

        if (r >= 0) {
                fd = make_directory_for(
                        job->directory_fd, TEMPORARY, 0700, job->producer.uid, job->producer.gid);
                r = fd;
        }
        return r < 0 ? log_error_errno(r, "Failed to prepare a job of '%s'", job->ref) : 0;
}

static int write_script(const LayerJob *job) {
        const uid_t owners[] = { 0, job->owner };
        const FileLimits limits = {
                .size_max = DEFINITION_SCRIPT_MAX,
                .owners = owners,
                .n_owners = ELEMENTSOF(owners),
        };
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = read_file_beneath(job->store_fd, OVERLAY_SCRIPT_FILE, &limits, &text, &size);
        if (r < 0) {
                log_error(
                        "Failed to read %s/%s: %s", job->store_path, OVERLAY_SCRIPT_FILE,
                        _(file_error_message(r)));
                return r;
        }
        r = write_file_transient(job->directory_fd, "script", text, size, 0755);
        return r < 0 ? log_error_errno(r, "Failed to write the script of '%s'", job->ref) : 0;
}

static int write_files(
        const LayerJob *job, const OverlayDefinition *definition, const JobRequest *request) {
        _cleanup_free_ char *text = NULL;
        int r;

        r = layer_job_describe(job, definition, request, &text);
        if (r >= 0)
                r = write_file_transient(job->directory_fd, "job.json", text, strlen(text), 0644);
        if (r >= 0)
                r = resolvers_write(job->config, job->directory_fd, 0644);
        if (r >= 0)
                r = make_out(job);
        if (r < 0)
                return log_error_errno(r, "Failed to prepare a job of '%s'", job->ref);
        if (job->kind != JOB_SCRIPT)
                return 0;
        r = make_temporary(job);
        return r < 0 ? r : write_script(job);
}

int layer_begin(LayerJob *job) {
        _cleanup_(definition_freep) OverlayDefinition *definition = NULL;
        _cleanup_(request_freep) JobRequest *request = NULL;
        int r;

        r = layer_job_mark(job);
        if (r >= 0)
                r = layer_job_load_definition(job, &definition);
        if (r >= 0)
                r = take_request(job, &request);
        if (r >= 0)
                r = write_files(job, definition, request);
        if (r >= 0)
                r = layer_job_await_quota(job);
        if (r < 0)
                return r;
        layer_job_sweep(job);
        r = layer_job_check_disk(job, 0);
        return r < 0 ? r : make_stage(job, request);
}
