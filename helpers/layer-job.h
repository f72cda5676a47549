/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The job that left4me-layer begins, commits or ends, with its directory:
 *
 *     jobs/INSTANCE/running     the job that works here: its kind, the invocation of its unit, and
 *                               the overlay's directory
 *     jobs/INSTANCE/job.json    what the producer is to do
 *     jobs/INSTANCE/script      of a script job
 *     jobs/INSTANCE/resolv.conf
 *     jobs/INSTANCE/out/        what the producer reports; it stays for l4d2ctl and the web app
 *     jobs/INSTANCE/stage/      the new version (layer/stage.h)
 *
 * Only the producer's user writes to out/ and stage/tree/; everything else is root's. Each function
 * returns 0 or -errno and has said what was wrong.
 */

#include "base/paths.h"
#include "content/definition.h"
#include "content/job-name.h"
#include "content/request.h"
#include "layer/tree-copy.h"
#include "spec/config.h"

#define STAGE_KEY "stage"
#define OUT       "out"
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
        int lock_fd; /* holds the store's lock, and its staging/ */
} LayerJob;

#define LAYER_JOB_INIT \
        { .root_fd = -EBADF, .store_fd = -EBADF, .directory_fd = -EBADF, .lock_fd = -EBADF }

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
int layer_job_check_size(const LayerJob *job, int dir_fd, const char *path);

/* The three verbs. */
int layer_begin(LayerJob *job);
int layer_commit(LayerJob *job);
int layer_end(LayerJob *job);

/* job.json of the definition and request; from malloc. -ENOMEM, -EINVAL: an item is not an id. */
int layer_job_describe(
        const LayerJob *job, const OverlayDefinition *definition, const JobRequest *request,
        char **ret);
