/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How large a version may be. */

#include "base/disk-space.h"
#include "base/log.h"
#include "base/text.h"
#include "layer/job.h"
#include "layer/tree-extent.h"

uint64_t layer_job_size_max(const LayerJob *job) {
        return (uint64_t) job->config->max_overlay_gb * 1000 * 1000 * 1000;
}

int layer_job_check_size(const LayerJob *job, int dir_fd, const char *path, uint64_t *ret_bytes) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        TreeExtent extent;
        int r;

        r = tree_extent(dir_fd, path, layer_job_size_max(job), &problem, &extent);
        if (r < 0 && r != -EFBIG)
                return layer_job_complain(job, &problem, r);
        if (r >= 0) {
                *ret_bytes = extent.bytes;
                return 0;
        }
        if (extent.n_entries > TREE_ENTRIES_MAX)
                log_error(
                        "Failed to build the overlay '%s': it has more than %d files", job->ref,
                        TREE_ENTRIES_MAX);
        else
                log_error(
                        "Failed to build the overlay '%s': it has more than the %u GB of "
                        "max_overlay_gb=",
                        job->ref, job->config->max_overlay_gb);
        return r;
}

int layer_job_check_disk(const LayerJob *job, uint64_t more) {
        int r = disk_space_check(job->directory_fd, more);

        if (r == -ENOSPC)
                log_error(
                        "Failed to build the overlay '%s': too little of the disk of %s is free",
                        job->ref, job->paths->jobs_dir);
        else if (r < 0)
                (void) log_error_errno(r, "Failed to examine the disk of %s", job->paths->jobs_dir);
        return r;
}
