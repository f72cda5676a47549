/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* left4me-layer commit: the producer's tree becomes the overlay's current version. */

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "layer/job.h"
#include "layer/layer-use.h"
#include "layer/stage.h"
#include "layer/tree-share.h"
#include "layer/versions.h"
#include "spec/overlay-dir.h"

/*
 * Files that are as before share their space with those of the current version, which only sealed
 * files can. When all are, the version would equal the current one, whose text is ret_version, from
 * malloc, then; else NULL.
 */
static int share(const LayerJob *job, int tree_fd, TreeProblem *problem, char **ret_version) {
        _cleanup_free_ char *version = NULL;
        _cleanup_close_ int base_fd = -EBADF;
        size_t n_different;
        int r;

        r = overlay_dir_open_current(job->store_fd, &base_fd, &version);
        if (r == -ENODATA || r == -ESTALE)
                return 0;
        if (r >= 0)
                r = job->kind == JOB_WORKSHOP
                            ? layer_job_compare_items(tree_fd, base_fd, problem, &n_different)
                            : tree_share(tree_fd, base_fd, NULL, problem, &n_different);
        if (r >= 0 && n_different == 0)
                *ret_version = TAKE_PTR(version);
        return r;
}

/* -ESTALE: current is another version than when the job began. */
static int open_tree(const LayerJob *job, int *ret_fd) {
        return stage_resume(job->store_fd, job->directory_fd, STAGE_KEY, ret_fd);
}

static int seal_and_share(const LayerJob *job, int tree_fd, char **ret_version) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        _cleanup_close_ int again_fd = -EBADF;
        int r, error;

        r = stage_seal(job->store_fd, job->directory_fd, STAGE_KEY, &problem);
        if (r >= 0)
                r = share(job, tree_fd, &problem, ret_version);
        /* A tree that is not published goes: nothing of it needs to be on the disk. */
        if (r >= 0 && !*ret_version)
                r = stage_sync(job->directory_fd, STAGE_KEY);
        if (r >= 0)
                return 0;
        /* Rather that than a file that is missing, of a version that was removed meanwhile. */
        error = open_tree(job, &again_fd);
        return layer_job_complain(job, &problem, error == -ESTALE ? error : r);
}

/*
 * All that takes long, and needs no lock: the tree is in a directory of root, and a version that it
 * is compared with never changes. ret_version as share().
 */
static int finish_tree(const LayerJob *job, char **ret_version) {
        _cleanup_close_ int tree_fd = -EBADF;
        uint64_t bytes;
        int r;

        r = open_tree(job, &tree_fd);
        if (r < 0)
                return layer_job_complain(job, NULL, r);
        if (job->kind == JOB_WORKSHOP)
                r = layer_job_link_items(job, tree_fd);
        if (r >= 0)
                r = layer_job_check_size(job, job->directory_fd, STAGE_KEY "/tree", &bytes);
        if (r >= 0)
                r = seal_and_share(job, tree_fd, ret_version);
        return r >= 0 && job->kind == JOB_WORKSHOP ? layer_job_check_writers(job, tree_fd) : r;
}

static void collect(const LayerJob *job) {
        StorePlace place = { job->paths, job->store_path };
        size_t n_removed;
        int r;

        r = version_collect(
                job->store_fd, job->lock_fd, job->config->keep_versions,
                store_place_version_is_used, &place, &n_removed);
        if (r < 0)
                log_warning(
                        "Failed to remove old versions in %s: %s", job->store_path, strerror(-r));
}

static int say_same(const LayerJob *job, const char *version) {
        _cleanup_close_ int tree_fd = -EBADF;
        int r = open_tree(job, &tree_fd);

        if (r < 0)
                return layer_job_complain(job, NULL, r);
        log_notice(
                "The overlay '%s' is up to date: it stays at version %s", job->ref,
                version + strlen(VERSIONS_PREFIX));
        return 0;
}

static int publish(LayerJob *job) {
        _cleanup_free_ char *id = NULL;
        int r;

        r = layer_job_check_quota(job, STAGE_KEY "/tree");
        if (r < 0)
                return r;
        r = stage_publish(job->store_fd, job->directory_fd, STAGE_KEY, &id);
        if (r < 0)
                return layer_job_complain(job, NULL, r);
        log_notice(
                "The overlay '%s' is at version %s now; a server gets it when it starts", job->ref,
                id);
        collect(job);
        return 0;
}

/* The overlay may have become one of another kind meanwhile. */
static int check_job(const LayerJob *job) {
        _cleanup_(definition_freep) OverlayDefinition *definition = NULL;

        if (!layer_job_is_marked(job)) {
                log_error(
                        "Failed to build the overlay '%s': this job did not begin, or the overlay is "
                        "another one now",
                        job->ref);
                return -ENOENT;
        }
        return layer_job_load_definition(job, &definition);
}

int layer_commit(LayerJob *job) {
        _cleanup_free_ char *same = NULL;
        int r;

        r = check_job(job);
        if (r >= 0)
                r = finish_tree(job, &same);
        if (r >= 0)
                r = layer_job_lock(job);
        if (r >= 0)
                r = check_job(job);
        if (r < 0)
                return r;
        return same ? say_same(job, same) : publish(job);
}
