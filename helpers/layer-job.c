/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer-job.h"

#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-id128.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "layer/overlay-store.h"
#include "layer/versions.h"
#include "log-spec-errors.h"
#include "spec/state-dir.h"

#define PRODUCER "left4me-build"
#define RUNNING  "running"

int layer_job_complain(const LayerJob *job, const TreeProblem *problem, int error) {
        const char *path = problem && problem->path ? problem->path : ".";

        switch (error) {
        case -ENOENT:
                log_error("No overlay named '%s'", job->ref);
                break;
        case -EMEDIUMTYPE:
                log_error("The overlay '%s' is a directory without versions", job->ref);
                break;
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
                        job->ref, path);
                break;
        default:
                (void) log_error_errno(
                        error, "Failed to build the overlay '%s' at '%s'", job->ref, path);
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

/* Only root may be able to exchange what lies in it. */
static int open_directory(LayerJob *job) {
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
        job->directory_fd = make_directory_for(fd, job->instance, 0755, geteuid(), getegid());
        if (job->directory_fd < 0)
                return log_error_errno(
                        job->directory_fd, "Failed to open %s/%s", job->paths->jobs_dir,
                        job->instance);
        return 0;
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
        return r < 0 ? layer_job_complain(job, NULL, r) : 0;
}

int layer_job_open(LayerJob *job) {
        int r;

        r = load_config(job);
        if (r >= 0)
                r = find_producer(job);
        if (r >= 0)
                r = open_directory(job);
        return r >= 0 ? open_store(job) : r;
}

void layer_job_close(LayerJob *job) {
        layer_job_unlock(job);
        (void) safe_close(job->directory_fd);
        (void) safe_close(job->store_fd);
        (void) safe_close(job->root_fd);
        free(job->store_path);
        host_config_free(job->config);
        paths_free(job->paths);
}

int layer_job_lock(LayerJob *job) {
        job->lock_fd = version_store_lock(job->store_fd);
        if (job->lock_fd < 0)
                return log_error_errno(job->lock_fd, "Failed to lock the overlay '%s'", job->ref);
        return 0;
}

void layer_job_unlock(LayerJob *job) {
        job->lock_fd = safe_close(job->lock_fd);
}

/* --- which job works here -----------------------------------------------------------------------
 */

/* "KIND BOOT-ID": a job of an earlier boot works no more. From malloc. */
static int make_mark(const LayerJob *job, char **ret) {
        sd_id128_t boot;
        int r;

        r = sd_id128_get_boot(&boot);
        if (r < 0)
                return r;
        if (asprintf(ret, "%s %s", job_kind_to_string(job->kind), SD_ID128_TO_STRING(boot)) < 0) {
                *ret = NULL;
                return -ENOMEM;
        }
        return 0;
}

static int read_mark(const LayerJob *job, char **ret) {
        const FileLimits limits = { .size_max = 256 };
        size_t size;

        return read_file_beneath(job->directory_fd, RUNNING, &limits, ret, &size);
}

/* Whether one of this boot works here, of another kind. */
static bool is_foreign(const char *mark, const char *own) {
        const char *boot = strchr(mark, ' '), *own_boot = strchr(own, ' ');

        return boot && own_boot && strcmp(boot, own_boot) == 0 && strcmp(mark, own) != 0;
}

int layer_job_mark(const LayerJob *job) {
        _cleanup_free_ char *own = NULL, *mark = NULL;
        int r;

        r = make_mark(job, &own);
        if (r >= 0)
                r = read_mark(job, &mark);
        if (r >= 0 && is_foreign(mark, own)) {
                log_error(
                        "Failed to build the overlay '%s': a job '%.*s' changes it; try again after it",
                        job->ref, (int) strcspn(mark, " "), mark);
                return -EBUSY;
        }
        if (r >= 0 || r == -ENOENT)
                r = write_file_atomic(job->directory_fd, RUNNING, own, strlen(own), 0644);
        return r < 0 ? log_error_errno(r, "Failed to begin a job of the overlay '%s'", job->ref)
                     : 0;
}

bool layer_job_is_marked(const LayerJob *job) {
        _cleanup_free_ char *own = NULL, *mark = NULL;

        return make_mark(job, &own) >= 0 && read_mark(job, &mark) >= 0 && strcmp(own, mark) == 0;
}

int layer_end(LayerJob *job) {
        int r = 0;

        /* A job that was refused because of another one must leave that alone. */
        if (!layer_job_is_marked(job))
                return 0;
        r = remove_tree(job->directory_fd, STAGE_KEY);
        if (r >= 0 && unlinkat(job->directory_fd, RUNNING, 0) < 0 && errno != ENOENT)
                r = -errno;
        return r < 0 ? log_error_errno(
                               r, "Failed to remove what a job of the overlay '%s' left", job->ref)
                     : 0;
}
