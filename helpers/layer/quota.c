/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The user's part of the disk: what is published, and what jobs that run may take meanwhile. */

#include <inttypes.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "layer/job.h"
#include "layer/overlay-quota.h"
#include "spec/state-dir.h"
#include "spec/user.h"

enum {
        MEGABYTE = 1000 * 1000,
        /* Before commands that leave uploads take one of this job for forgotten, after a day. */
        WAIT_MAX_SEC = 12 * 60 * 60,
};

/* While it waits, the unit's time limit begins again and again. */
#define EXTEND_USEC "3600000000"

/* --- who ----------------------------------------------------------------------------------------
 */

/* The user whose name the ref begins with; false: it has one part only, or no user can have it. */
static bool find_owner(const LayerJob *job, char ret[static INSTANCE_NAME_MAX + 1]) {
        size_t n = strcspn(job->ref, "/");

        if (job->ref[n] == '\0' || n > INSTANCE_NAME_MAX)
                return false;
        memcpy(ret, job->ref, n);
        ret[n] = '\0';
        return instance_name_is_valid(ret);
}

/* A user that can't be read counts as limited. */
static bool is_limited(const LayerJob *job, const char *name) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        _cleanup_(state_dir_close) StateDir users = STATE_DIR_INIT;
        _cleanup_(user_freep) User *user = NULL;
        int r;

        r = state_dir_open(job->paths, job->paths->users_dir, &users);
        if (r >= 0)
                r = user_load(&users, name, &errors, &user);
        if (r < 0)
                return r != -ENOENT;
        return user->role != USER_ROLE_ADMIN;
}

/* --- what is published --------------------------------------------------------------------------
 */

static int lock(LayerJob *job, const char *user) {
        job->quota_fd = overlay_quota_lock(job->root_fd, user);
        return job->quota_fd < 0 ? log_error_errno(
                                           job->quota_fd,
                                           "Failed to lock the overlays of the user '%s'", user)
                                 : 0;
}

static void unlock(LayerJob *job) {
        job->quota_fd = safe_close(job->quota_fd);
}

/* With the tree path of the job's directory; NULL: without one. */
static int add_up(const LayerJob *job, const char *user, const char *path, uint64_t *ret) {
        int r;

        r = overlay_quota_used(job->paths, job->root_fd, user, ret);
        if (r >= 0 && path)
                r = overlay_quota_add(job->directory_fd, path, ret);
        if (r == -EAGAIN)
                log_error(
                        "Failed to add up the overlays of the user '%s': they were changed "
                        "meanwhile; try again",
                        user);
        else if (r < 0)
                (void) log_error_errno(r, "Failed to add up the overlays of the user '%s'", user);
        return r;
}

static int check(const LayerJob *job, const char *user, const char *path) {
        uint64_t bytes;
        int r;

        r = add_up(job, user, path, &bytes);
        if (r < 0 || bytes <= job->config->user_overlay_bytes)
                return r;
        log_error(
                "Failed to build the overlay '%s': the overlays of the user '%s' would take %" PRIu64
                " MB of the disk with all their versions, and may take %" PRIu64
                " MB (user_overlay_bytes= in left4me.conf)",
                job->ref, user, bytes / MEGABYTE, job->config->user_overlay_bytes / MEGABYTE);
        return -EDQUOT;
}

int layer_job_check_quota(LayerJob *job, const char *path) {
        char user[INSTANCE_NAME_MAX + 1];
        int r;

        if (!find_owner(job, user) || !is_limited(job, user))
                return 0;
        r = lock(job, user);
        return r < 0 ? r : check(job, user, path);
}

/* --- what jobs may take -------------------------------------------------------------------------
 */

/* A tree that has more than the user may have at all can't be published. */
uint64_t layer_job_producer_size_max(const LayerJob *job) {
        uint64_t size_max = layer_job_size_max(job), quota = job->config->user_overlay_bytes;
        char user[INSTANCE_NAME_MAX + 1];

        return quota < size_max && find_owner(job, user) && is_limited(job, user) ? quota
                                                                                  : size_max;
}

/* Jobs that unpack can fill the disk before anything is published. A Workshop job downloads to the
 * cache, which has a limit of its own, and scripts are an admin's. */
static bool fills_disk(const LayerJob *job) {
        return job->kind == JOB_UNPACK || job->kind == JOB_RELEASE;
}

/* 1: the job has its part; 0: other jobs of the user's have too much of it; or -errno. */
static int try_to_reserve(LayerJob *job, const char *user, char other[static JOB_REF_MAX + 1]) {
        uint64_t own = layer_job_producer_size_max(job), reserved = 0;
        int r;

        r = lock(job, user);
        if (r >= 0 && fills_disk(job))
                r = layer_job_sum_reserved(job, user, other, &reserved);
        if (r >= 0 && (reserved == 0 || reserved + own <= job->config->user_overlay_bytes)) {
                /* Only now: it walks through all that the user has. */
                r = check(job, user, NULL);
                if (r >= 0)
                        r = layer_job_reserve(job, fills_disk(job) ? own : 0);
                r = r < 0 ? r : 1;
        }
        unlock(job);
        return r;
}

/* The time limit is for a job that works, and this one is up to others of its user. *begun is when
 * the wait began, 0 before: a try can take longer than the sleep after it. */
static int wait_for(const LayerJob *job, const char *other, const char *user, uint64_t *begun) {
        uint64_t now = now_monotonic();
        bool is_first = *begun == 0;

        if (is_first)
                *begun = now;
        if (now - *begun >= WAIT_MAX_SEC * USEC_PER_SEC) {
                log_error(
                        "Failed to build the overlay '%s': builds of the user '%s' that run at the "
                        "same time would still take too much of the disk after %d hours; upload an "
                        "archive again",
                        job->ref, user, WAIT_MAX_SEC / 3600);
                return -EDQUOT;
        }
        if (is_first)
                log_notice(
                        "Waiting for the build of '%s': builds of the user '%s' that run at the same "
                        "time would take too much of the disk",
                        other, user);
        (void) sd_notifyf(
                false, "EXTEND_TIMEOUT_USEC=" EXTEND_USEC "\nSTATUS=Waiting for the build of '%s'",
                other);
        (void) sleep(1);
        return 0;
}

int layer_job_await_quota(LayerJob *job) {
        char user[INSTANCE_NAME_MAX + 1], other[JOB_REF_MAX + 1];
        uint64_t begun = 0;
        int r;

        if (!find_owner(job, user) || !is_limited(job, user))
                return 0;
        do
                r = try_to_reserve(job, user, other);
        while (r == 0 && (r = wait_for(job, other, user, &begun)) == 0);
        if (r > 0 && begun > 0)
                (void) sd_notify(false, "STATUS=");
        return r < 0 ? r : 0;
}
