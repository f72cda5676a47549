/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/job.h"

#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "base/visible-text.h"
#include "layer/overlay-store.h"
#include "layer/versions.h"
#include "common/log-spec-errors.h"
#include "spec/overlay-dir.h"
#include "spec/state-dir.h"

#define PRODUCER "left4me-build"

int layer_job_complain(const LayerJob *job, const TreeProblem *problem, int error) {
        const char *path = problem && problem->path ? problem->path : ".";
        /* A producer chooses the names in its tree, also such as would add lines to the log. */
        _cleanup_free_ char *visible = malloc(VISIBLE_TEXT_MAX(strlen(path)));

        if (!visible)
                return log_error_errno(-ENOMEM, "Failed to build the overlay '%s'", job->ref);
        (void) visible_text(path, strlen(path), visible);
        for (char *p = visible; *p != '\0'; p++)
                if (*p == '\n')
                        *p = '?';
        switch (error) {
        case -ESTALE:
                log_error(
                        "Failed to build the overlay '%s': it was changed meanwhile; build it again",
                        job->ref);
                break;
        case -EXDEV:
                log_error(
                        "Failed to build the overlay '%s': %s and %s must be on one file system",
                        job->ref, job->store_path, job->paths->jobs_dir);
                break;
        case -ENODEV:
                log_error(
                        "Failed to build the overlay '%s': '%s' is not a file, directory or link",
                        job->ref, visible);
                break;
        default:
                (void) log_error_errno(
                        error, "Failed to build the overlay '%s' at '%s'", job->ref, visible);
        }
        return error;
}

static int find_producer(LayerJob *job) {
        struct passwd *entry;

        errno = 0;
        entry = getpwnam(PRODUCER);
        if (!entry)
                return log_error_errno(-(errno ?: ESRCH), "Failed to find the user %s", PRODUCER);
        job->producer = (TreeOwner) { entry->pw_uid, entry->pw_gid };
        return 0;
}

static int load_config(LayerJob *job) {
        SpecErrors errors = {};
        int r;

        r = paths_from_environment(&job->paths);
        if (r >= 0)
                r = host_config_load(job->paths, &errors, &job->config);
        log_spec_errors(LOG_ERR, &errors);
        spec_errors_clear(&errors);
        if (r < 0)
                return log_error_errno(r, "Failed to read the host configuration");
        job->owner = state_owner(job->paths);
        return 0;
}

/* Only root may be able to exchange entries of it. */
static int open_jobs(const LayerJob *job, int *ret) {
        _cleanup_close_ int fd =
                open(job->paths->jobs_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0)
                return log_error_errno(
                        -errno, "Failed to open %s; run 'systemd-tmpfiles --create left4me.conf'",
                        job->paths->jobs_dir);
        if (st.st_uid != geteuid() || (st.st_mode & 0022) != 0) {
                log_error(
                        "Failed to use %s: it must belong to root and be writable by root alone",
                        job->paths->jobs_dir);
                return -EPERM;
        }
        *ret = TAKE_FD(fd);
        return 0;
}

static int open_directory(LayerJob *job) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = open_jobs(job, &fd);
        if (r < 0)
                return r;
        job->directory_fd = make_directory_for(fd, job->instance, 0755, geteuid(), getegid());
        if (job->directory_fd < 0)
                return log_error_errno(
                        job->directory_fd, "Failed to open %s/%s", job->paths->jobs_dir,
                        job->instance);
        return 0;
}

static int complain_about_store(const LayerJob *job, int error) {
        if (error == -ENOENT)
                log_error("No overlay named '%s'", job->ref);
        else if (error == -EMEDIUMTYPE)
                log_error("The overlay '%s' is a directory without versions", job->ref);
        else
                log_error(
                        "Failed to open the overlay '%s': %s", job->ref,
                        overlay_error_message(error));
        return error;
}

static int open_store(LayerJob *job) {
        int r;

        if (asprintf(&job->store_path, "%s/%s", job->paths->overlays_dir, job->ref) < 0) {
                job->store_path = NULL;
                return log_error_errno(-ENOMEM, "Failed to open the overlay '%s'", job->ref);
        }
        job->root_fd =
                open(job->paths->overlays_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (job->root_fd < 0)
                return log_error_errno(-errno, "Failed to open %s", job->paths->overlays_dir);
        r = overlay_store_open(job->root_fd, job->ref, &job->store_fd);
        return r < 0 ? complain_about_store(job, r) : 0;
}

int layer_job_open(LayerJob *job) {
        int r;

        r = load_config(job);
        if (r >= 0)
                r = find_producer(job);
        if (r >= 0)
                r = open_store(job);
        return r >= 0 ? open_directory(job) : r;
}

/* For the end of a job, which must come about whatever has become of the overlay. */
int layer_job_open_directory(LayerJob *job) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = paths_from_environment(&job->paths);
        if (r < 0)
                return log_error_errno(r, "Failed to find the directories of left4me");
        r = open_jobs(job, &fd);
        if (r < 0)
                return r;
        job->directory_fd = open_beneath(fd, job->instance, O_RDONLY | O_DIRECTORY);
        if (job->directory_fd == -ENOENT)
                return 0;
        if (job->directory_fd < 0)
                return log_error_errno(
                        job->directory_fd, "Failed to open %s/%s", job->paths->jobs_dir,
                        job->instance);
        return 1;
}

void layer_job_close(LayerJob *job) {
        (void) safe_close(job->quota_fd);
        layer_job_unlock(job);
        (void) safe_close(job->directory_fd);
        (void) safe_close(job->store_fd);
        (void) safe_close(job->root_fd);
        free(job->store_path);
        host_config_free(job->config);
        paths_free(job->paths);
}

int layer_job_lock(LayerJob *job) {
        int r;

        job->lock_fd = version_store_lock(job->store_fd);
        if (job->lock_fd < 0)
                return log_error_errno(job->lock_fd, "Failed to lock the overlay '%s'", job->ref);
        r = overlay_store_check_place(job->root_fd, job->ref, job->store_fd);
        return r < 0 ? complain_about_store(job, r) : 0;
}

void layer_job_unlock(LayerJob *job) {
        job->lock_fd = safe_close(job->lock_fd);
}
