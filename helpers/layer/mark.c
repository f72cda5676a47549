/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which job works in a directory, and the end of it. */

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-json.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/name.h"
#include "base/path-below.h"
#include "base/text.h"
#include "layer/job.h"
#include "layer/overlay-store.h"
#include "systemd/bus.h"

#define RUNNING "running"

enum { JOB_FILE_MAX = 1024 * 1024 };

/* KIND INVOCATION STORE BYTES */
typedef struct Mark {
        char kind[16], invocation[33], store[64];
        uint64_t reserved; /* bytes that the job may take; 0: not noted */
} Mark;

/* The invocation of the unit that runs this: its steps have the same. */
static const char *own_invocation(void) {
        const char *id = getenv("INVOCATION_ID");

        return hex_is_valid(id, 32) ? id : NULL;
}

/* An overlay that is deleted and made again has the same name, but is another one. */
static int identify_store(const LayerJob *job, char ret[static 64]) {
        struct statx st;

        if (statx(job->store_fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &st) < 0)
                return -errno;
        (void) snprintf(
                ret, 64, "%x:%x:%llx:%llx.%x", st.stx_dev_major, st.stx_dev_minor,
                (unsigned long long) st.stx_ino, (unsigned long long) st.stx_btime.tv_sec,
                st.stx_btime.tv_nsec);
        return 0;
}

static int make_mark(const LayerJob *job, Mark *ret) {
        const char *invocation = own_invocation();

        *ret = (Mark) {};
        if (!invocation)
                return -ENOEXEC;
        (void) snprintf(ret->kind, sizeof(ret->kind), "%s", job_kind_to_string(job->kind));
        (void) snprintf(ret->invocation, sizeof(ret->invocation), "%s", invocation);
        return job->store_fd >= 0 ? identify_store(job, ret->store) : 0;
}

static int read_mark(int directory_fd, Mark *ret) {
        const FileLimits limits = { .size_max = 256 };
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        *ret = (Mark) {};
        r = read_file_beneath(directory_fd, RUNNING, &limits, &text, &size);
        if (r < 0)
                return r;
        return sscanf(text, "%15s %32s %63s %" SCNu64, ret->kind, ret->invocation, ret->store,
                      &ret->reserved) >= 3
                       ? 0
                       : -EBADMSG;
}

/* 1: the unit that made the mark still runs. A killed one, or one of an earlier boot, does not. */
static int is_alive(const char *ref, const Mark *mark) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        char unit[JOB_UNIT_MAX];
        UnitQuery query = { .unit = unit };
        JobKind kind;
        int r;

        if (job_kind_from_string(mark->kind, &kind) < 0 || job_unit_name(kind, ref, unit) < 0)
                return 0;
        r = bus_open(&bus);
        if (r < 0)
                return r;
        r = bus_query_units(bus, &query, 1, NULL);
        if (r >= 0)
                r = query.error;
        if (r >= 0)
                r = query.state.invocation_id &&
                    strcmp(query.state.invocation_id, mark->invocation) == 0 &&
                    unit_state_is_active(&query.state);
        unit_query_clear(&query);
        return r;
}

static int refuse_other(const LayerJob *job) {
        Mark mark;
        int r;

        r = read_mark(job->directory_fd, &mark);
        if (r == -ENOENT || r == -EBADMSG)
                return 0;
        if (r >= 0)
                r = is_alive(job->ref, &mark);
        if (r <= 0)
                return r;
        log_error(
                "Failed to build the overlay '%s': a job '%s' changes it; try again after it",
                job->ref, mark.kind);
        return -EBUSY;
}

static int write_mark(const LayerJob *job, const Mark *mark) {
        _cleanup_free_ char *text = NULL;

        if (asprintf(
                    &text, "%s %s %s %" PRIu64 "\n", mark->kind, mark->invocation, mark->store,
                    mark->reserved) < 0) {
                text = NULL;
                return -ENOMEM;
        }
        return write_file_transient(job->directory_fd, RUNNING, text, strlen(text), 0644);
}

int layer_job_mark(const LayerJob *job) {
        Mark mark;
        int r;

        r = make_mark(job, &mark);
        if (r == -ENOEXEC) {
                log_error(
                        "left4me-layer is a step of the units of jobs; see 'l4d2ctl overlay build'");
                return r;
        }
        /* Two units may begin at the same time. */
        if (r >= 0 && flock(job->directory_fd, LOCK_EX) < 0)
                r = -errno;
        if (r >= 0)
                r = refuse_other(job);
        if (r == -EBUSY)
                return r;
        /* A job that was killed while it wrote its files left them. */
        if (r >= 0)
                r = remove_temporary_files(job->directory_fd);
        if (r >= 0)
                r = write_mark(job, &mark);
        (void) flock(job->directory_fd, LOCK_UN);
        return r < 0 ? log_error_errno(r, "Failed to begin a job of the overlay '%s'", job->ref)
                     : 0;
}

static bool is_own(const LayerJob *job, bool with_store) {
        Mark own, mark;

        return make_mark(job, &own) >= 0 && read_mark(job->directory_fd, &mark) >= 0 &&
               strcmp(own.kind, mark.kind) == 0 && strcmp(own.invocation, mark.invocation) == 0 &&
               (!with_store || strcmp(own.store, mark.store) == 0);
}

bool layer_job_is_marked(const LayerJob *job) {
        return is_own(job, true);
}

/* --- what jobs may take -------------------------------------------------------------------------
 */

int layer_job_reserve(const LayerJob *job, uint64_t bytes) {
        Mark mark;
        int r;

        r = make_mark(job, &mark);
        mark.reserved = bytes;
        if (r >= 0)
                r = write_mark(job, &mark);
        return r < 0 ? log_error_errno(r, "Failed to begin a job of the overlay '%s'", job->ref)
                     : 0;
}

/* Bytes that the job in jobs/INSTANCE may take: 0 when none runs there. */
static int find_reserved(int jobs_fd, const char *instance, const char *ref, uint64_t *ret) {
        _cleanup_close_ int fd = open_beneath(jobs_fd, instance, O_RDONLY | O_DIRECTORY);
        Mark mark;
        int r;

        r = fd < 0 ? fd : read_mark(fd, &mark);
        if (r < 0 || mark.reserved == 0)
                return r == -ENOENT || r == -EBADMSG ? 0 : r;
        r = is_alive(ref, &mark);
        if (r > 0)
                *ret = mark.reserved;
        return r;
}

int layer_job_sum_reserved(
        const LayerJob *job, const char *user, char other[static JOB_REF_MAX + 1], uint64_t *ret) {
        _cleanup_close_ int jobs_fd =
                open(job->paths->jobs_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        _cleanup_(closedirp) DIR *dir = jobs_fd < 0 ? NULL : open_listing(jobs_fd);
        const struct dirent *entry;
        char ref[JOB_REF_MAX + 1];
        int r = dir ? 0 : -errno;

        *ret = 0;
        while (r >= 0 && (r = next_entry(dir, &entry)) > 0) {
                uint64_t reserved = 0;

                if (job_instance_to_ref(entry->d_name, ref) < 0 || !path_below(ref, user) ||
                    strcmp(ref, job->ref) == 0)
                        continue;
                r = find_reserved(jobs_fd, entry->d_name, ref, &reserved);
                if (reserved > 0)
                        memcpy(other, ref, sizeof(ref));
                *ret += reserved;
        }
        return r < 0 ? log_error_errno(r, "Failed to find the jobs of the user '%s'", user) : 0;
}

/* --- the end ------------------------------------------------------------------------------------
 */

/* The name in job.json, which root wrote; NULL: of no archive that belongs to a job. */
static const char *archive_of(sd_json_variant *job) {
        const char *name = json_text(job, "archive");

        return name && strncmp(name, ARCHIVE_PREFIX, strlen(ARCHIVE_PREFIX)) == 0 &&
                               !strchr(name, '/')
                       ? name
                       : NULL;
}

/* Also for a job that the web app started, which does not wait for its end. */
static int remove_archive(const LayerJob *job) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        _cleanup_free_ char *text = NULL;
        _cleanup_close_ int fd = -EBADF;
        const char *name;
        size_t size;
        int r;

        r = read_file_beneath(
                job->directory_fd, "job.json", &(FileLimits) { .size_max = JOB_FILE_MAX }, &text,
                &size);
        if (r >= 0)
                r = sd_json_parse(text, 0, &object, NULL, NULL);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        name = archive_of(object);
        if (!name)
                return 0;
        fd = open(job->paths->uploads_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        return unlinkat(fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int layer_end(LayerJob *job) {
        int r;

        /* A job that was refused because of another one must leave that alone. */
        if (!is_own(job, false))
                return 0;
        r = remove_tree(job->directory_fd, STAGE_KEY);
        if (r >= 0)
                r = remove_tree(job->directory_fd, TEMPORARY);
        if (r >= 0 && unlinkat(job->directory_fd, RUNNING, 0) < 0 && errno != ENOENT)
                r = -errno;
        if (r >= 0 && job->kind == JOB_UNPACK)
                r = remove_archive(job);
        return r < 0 ? log_error_errno(
                               r, "Failed to remove what a job of the overlay '%s' left", job->ref)
                     : 0;
}

/* --- directories of overlays that are gone ------------------------------------------------------
 */

/* 1: no overlay has this directory, and no job works in it. */
static int is_orphan(const LayerJob *job, int jobs_fd, const char *instance, const char *ref) {
        _cleanup_close_ int store_fd = -EBADF, fd = -EBADF;
        Mark mark;
        int r;

        r = overlay_store_open(job->root_fd, ref, &store_fd);
        if (r != -ENOENT)
                return r < 0 && r != -EMEDIUMTYPE ? r : 0;
        fd = open_beneath(jobs_fd, instance, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd;
        r = read_mark(fd, &mark);
        if (r == -ENOENT || r == -EBADMSG)
                return 1;
        r = r < 0 ? r : is_alive(ref, &mark);
        return r < 0 ? r : r == 0;
}

void layer_job_sweep(const LayerJob *job) {
        _cleanup_close_ int jobs_fd =
                open(job->paths->jobs_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        _cleanup_(closedirp) DIR *dir = jobs_fd < 0 ? NULL : open_listing(jobs_fd);
        const struct dirent *entry;
        char ref[JOB_REF_MAX + 1];
        int r;

        if (!dir)
                return;
        while ((r = next_entry(dir, &entry)) > 0) {
                if (job_instance_to_ref(entry->d_name, ref) < 0)
                        continue;
                if (is_orphan(job, jobs_fd, entry->d_name, ref) > 0)
                        r = remove_tree(jobs_fd, entry->d_name);
                if (r < 0)
                        log_warning(
                                "Failed to remove %s/%s: %s", job->paths->jobs_dir, entry->d_name,
                                strerror(-r));
        }
}
