/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The job that left4me-layer begins, commits or ends, with its directory:
 *
 *     jobs/INSTANCE/running     the job that works here: its kind, the invocation of its unit, the
 *                               overlay's directory, and the bytes that it may take
 *     jobs/INSTANCE/job.json    what the producer is to do
 *     jobs/INSTANCE/script      of a script job
 *     jobs/INSTANCE/tmp/        its large temporary files, until its end
 *     jobs/INSTANCE/resolv.conf
 *     jobs/INSTANCE/out/        what the producer reports; it stays for l4d2ctl and the web app
 *     jobs/INSTANCE/stage/      the new version (layer/stage.h)
 *
 * Only the producer's user writes to out/, tmp/ and stage/tree/; everything else is root's. Each
 * function returns 0 or -errno and has said what was wrong.
 */

#include "base/paths.h"
#include "content/definition.h"
#include "content/job-name.h"
#include "content/request.h"
#include "layer/tree-copy.h"
#include "spec/config.h"

#define STAGE_KEY "stage"
#define OUT       "out"
#define TEMPORARY "tmp"
#define OUT_ITEMS "items" /* in it: the ids of a Workshop job, one a line */

typedef struct LayerJob {
        JobKind kind;
        char instance[JOB_REF_MAX + 1], ref[JOB_REF_MAX + 1];
        Paths *paths;
        HostConfig *config;
        TreeOwner producer;
        uid_t owner;      /* the accepted owner of definitions, beside root */
        char *store_path; /* absolute */
        int root_fd, store_fd, directory_fd;
        int lock_fd;  /* holds the store's lock, and its staging/ */
        int quota_fd; /* holds the lock of layer/overlay-quota.h */
} LayerJob;

#define LAYER_JOB_INIT            \
        { .root_fd = -EBADF,      \
          .store_fd = -EBADF,     \
          .directory_fd = -EBADF, \
          .lock_fd = -EBADF,      \
          .quota_fd = -EBADF }

/* kind and instance are checked. */
int layer_job_open(LayerJob *job);
/* Only its directory. 1: it is there, 0: it is not. */
int layer_job_open_directory(LayerJob *job);
void layer_job_close(LayerJob *job);

/* Waits for other changes of the overlay. */
int layer_job_lock(LayerJob *job);
void layer_job_unlock(LayerJob *job);

/* Notes that this job works in the directory. -EBUSY: another job does. */
int layer_job_mark(const LayerJob *job);

/* Whether this job works in the directory, for the overlay that is there now. */
bool layer_job_is_marked(const LayerJob *job);

/* Removes the directories of jobs whose overlay was deleted. The web app's user, who deletes
 * overlays, can't. */
void layer_job_sweep(const LayerJob *job);

/* Says why the overlay can't be built. Returns error. */
int layer_job_complain(const LayerJob *job, const TreeProblem *problem, int error);

/* The definition of the overlay, of the kind that this job builds. */
int layer_job_load_definition(const LayerJob *job, OverlayDefinition **ret);

/* max_overlay_gb= in bytes. */
uint64_t layer_job_size_max(const LayerJob *job);

/* -EFBIG: the tree dir_fd/path is larger than an overlay may be: the sizes of its files, also of
 * sparse ones and of those that other versions share, or their number. */
int layer_job_check_size(const LayerJob *job, int dir_fd, const char *path, uint64_t *ret_bytes);

/* -ENOSPC: so many bytes more would fill the disk where jobs work (base/disk-space.h). */
int layer_job_check_disk(const LayerJob *job, uint64_t more);

/* So many bytes may the producer's files have: max_overlay_gb=, and no more than the overlays of a
 * user together. */
uint64_t layer_job_producer_size_max(const LayerJob *job);

/*
 * -EDQUOT: with the tree path of the job's directory, overlays below the name of a user, who is not
 * an admin, and their uploads take more than user_overlay_bytes=. Files that versions share count
 * once. Holds the lock of layer/overlay-quota.h from then on, so that the version is published
 * before another one is added up.
 */
int layer_job_check_quota(LayerJob *job, const char *path);

/*
 * For the beginning of a job: -EDQUOT when the overlays take more already. Waits while jobs of the
 * user that run, and this one, could take more than user_overlay_bytes= beside what is published:
 * for at most twelve hours, which do not count for the unit's time limit.
 */
int layer_job_await_quota(LayerJob *job);

/* Notes how many bytes the job may take until its end. */
int layer_job_reserve(const LayerJob *job, uint64_t bytes);

/* Adds up what other jobs below the user's name that run have noted; other is one of them. */
int layer_job_sum_reserved(
        const LayerJob *job, const char *user, char other[static JOB_REF_MAX + 1], uint64_t *ret);

/* Links the files of the cache that out/items names into the tree. */
int layer_job_link_items(const LayerJob *job, int tree_fd);

/* As tree_share(), but shares nothing: counts also items that are other files of the same bytes. */
int layer_job_compare_items(
        int tree_fd, int base_fd, TreeProblem *problem, size_t *ret_n_different);

/*
 * -ETXTBSY: a process has an item open for writing, so the version would change afterwards. For a
 * sealed tree: the producers' user can't open it again. Several jobs work in the cache, and one of
 * them, taken over, may run while another is committed.
 */
int layer_job_check_writers(const LayerJob *job, int tree_fd);

/* The three verbs. */
int layer_begin(LayerJob *job);
int layer_commit(LayerJob *job);
int layer_end(LayerJob *job);

/* job.json of the definition and request; from malloc. -ENOMEM, -EINVAL: an item is not an id. */
int layer_job_describe(
        const LayerJob *job, const OverlayDefinition *definition, const JobRequest *request,
        char **ret);
