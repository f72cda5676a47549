/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How large a version may be. */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "layer-job.h"

enum { ENTRIES_MAX = 1000000 };

typedef struct Measure {
        uint64_t bytes, bytes_max, n_entries;
        unsigned depth;
        TreeProblem *problem;
} Measure;

static int measure_entry(int dir_fd, const char *name, const struct stat *st, void *userdata) {
        Measure *measure = userdata;
        uint64_t allocated = (uint64_t) st->st_blocks * 512;
        _cleanup_close_ int fd = -EBADF;
        int r;

        measure->n_entries++;
        if (!S_ISDIR(st->st_mode))
                measure->bytes +=
                        allocated > (uint64_t) st->st_size ? allocated : (uint64_t) st->st_size;
        if (measure->bytes > measure->bytes_max || measure->n_entries > ENTRIES_MAX)
                return -EFBIG;
        if (!S_ISDIR(st->st_mode))
                return 0;
        if (measure->depth == TREE_DEPTH_MAX)
                return -ELOOP;
        fd = open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd;
        measure->depth++;
        r = tree_each_entry(fd, measure_entry, measure, measure->problem);
        measure->depth--;
        return r;
}

uint64_t layer_job_size_max(const LayerJob *job) {
        return (uint64_t) job->config->max_overlay_gb * 1000 * 1000 * 1000;
}

int layer_job_check_size(const LayerJob *job, int dir_fd, const char *path) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        Measure measure = {
                .bytes_max = layer_job_size_max(job),
                .problem = &problem,
        };
        _cleanup_close_ int fd = open_beneath(dir_fd, path, O_RDONLY | O_DIRECTORY);
        int r = fd < 0 ? fd : tree_each_entry(fd, measure_entry, &measure, &problem);

        if (r != -EFBIG)
                return r < 0 ? layer_job_complain(job, &problem, r) : 0;
        if (measure.n_entries > ENTRIES_MAX)
                log_error(
                        "Failed to build the overlay '%s': it has more than %d files", job->ref,
                        ENTRIES_MAX);
        else
                log_error(
                        "Failed to build the overlay '%s': it has more than the %u GB of "
                        "max_overlay_gb=",
                        job->ref, job->config->max_overlay_gb);
        return r;
}
