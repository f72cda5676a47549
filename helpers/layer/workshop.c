/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The files of a Workshop job: those of the cache become files of the version. */

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "layer/job.h"
#include "layer/tree-share.h"

#define ADDONS "left4dead2/addons"

enum {
        ITEMS_SIZE_MAX = 1024 * 1024, /* bytes of out/items */
        ITEM_DIGITS_MAX = 20,         /* of a 64-bit number */
        /* A job that has just downloaded a file gives it its name before it closes it. */
        WRITER_TRIES = 50,
        WRITER_PAUSE_USEC = 50 * 1000,
};

/* --- linking ------------------------------------------------------------------------------------
 */

/* The directory at a path of the tree, which is made with the producer as its owner. */
static int make_path(const LayerJob *job, int tree_fd, const char *path) {
        char name[NAME_MAX + 1];
        int fd = openat(tree_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        while (fd >= 0 && *path != '\0') {
                size_t n = strcspn(path, "/");
                int next;

                memcpy(name, path, n);
                name[n] = '\0';
                next = make_directory_for(fd, name, 0755, job->producer.uid, job->producer.gid);
                (void) safe_close(fd);
                fd = next;
                path += path[n] == '/' ? n + 1 : n;
        }
        return fd;
}

/*
 * The kernel lets only root link files of another user, and those of finished versions are not the
 * producer's any more.
 */
static int link_item(int cache_fd, int addons_fd, const char *id) {
        char name[ITEM_DIGITS_MAX + sizeof(".vpk")];
        struct stat st;

        (void) snprintf(name, sizeof(name), "%s.vpk", id);
        if (linkat(cache_fd, name, addons_fd, name, 0) < 0)
                return -errno;
        if (fstatat(addons_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        return S_ISREG(st.st_mode) ? 0 : -EBADFD;
}

static int link_lines(const LayerJob *job, char *text, int cache_fd, int addons_fd) {
        char *rest;

        for (char *id = strtok_r(text, "\n", &rest); id; id = strtok_r(NULL, "\n", &rest)) {
                size_t n = strspn(id, "0123456789");
                int r;

                if (n == 0 || n > ITEM_DIGITS_MAX || id[n] != '\0') {
                        log_error(
                                "Failed to build the overlay '%s': its job names items that are not "
                                "numbers",
                                job->ref);
                        return -EBADMSG;
                }
                r = link_item(cache_fd, addons_fd, id);
                if (r < 0)
                        return log_error_errno(
                                r, "Failed to put the item %s into the overlay '%s'", id, job->ref);
        }
        return 0;
}

static int read_items(const LayerJob *job, char **ret) {
        const FileLimits limits = { .size_max = ITEMS_SIZE_MAX };
        size_t size;
        int r;

        r = read_file_beneath(job->directory_fd, OUT "/" OUT_ITEMS, &limits, ret, &size);
        if (r < 0)
                log_error(
                        "Failed to read %s/%s/%s/%s: %s", job->paths->jobs_dir, job->instance, OUT,
                        OUT_ITEMS, _(file_error_message(r)));
        return r;
}

int layer_job_link_items(const LayerJob *job, int tree_fd) {
        _cleanup_close_ int cache_fd = -EBADF, addons_fd = -EBADF;
        _cleanup_free_ char *text = NULL;
        int r;

        r = read_items(job, &text);
        if (r < 0)
                return r;
        cache_fd = open(
                job->paths->workshop_cache_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (cache_fd < 0)
                return log_error_errno(-errno, "Failed to open %s", job->paths->workshop_cache_dir);
        addons_fd = make_path(job, tree_fd, ADDONS);
        if (addons_fd < 0)
                return log_error_errno(addons_fd, "Failed to make %s", ADDONS);
        return link_lines(job, text, cache_fd, addons_fd);
}

/* --- comparing ----------------------------------------------------------------------------------
 */

/* 1: the file of this name in both directories is one. */
static int is_one_file(int one_fd, int other_fd, const char *name) {
        struct stat one, other;

        if (fstatat(one_fd, name, &one, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        if (fstatat(other_fd, name, &other, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;
        return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/*
 * 1: all items are the files of the current version; tree_compare() sees the rest. Items never
 * become links to the current version's files, also when their bytes did not change: the file in
 * the cache would be one that no version has, and its space be needed twice.
 */
static int has_same_items(int tree_fd, int base_fd) {
        _cleanup_close_ int addons_fd = open_beneath(tree_fd, ADDONS, O_RDONLY | O_DIRECTORY);
        _cleanup_close_ int old_fd = open_beneath(base_fd, ADDONS, O_RDONLY | O_DIRECTORY);
        _cleanup_(closedirp) DIR *dir = NULL;
        const struct dirent *entry;
        int r;

        if (addons_fd < 0)
                return addons_fd;
        if (old_fd < 0)
                return 0;
        dir = open_listing(addons_fd);
        if (!dir)
                return -errno;
        while ((r = next_entry(dir, &entry)) > 0) {
                if (entry->d_type != DT_REG)
                        continue;
                r = is_one_file(addons_fd, old_fd, entry->d_name);
                if (r <= 0)
                        return r;
        }
        return r < 0 ? r : 1;
}

int layer_job_compare_items(
        int tree_fd, int base_fd, TreeProblem *problem, size_t *ret_n_different) {
        int r = has_same_items(tree_fd, base_fd);

        *ret_n_different = 1;
        return r > 0 ? tree_compare(tree_fd, base_fd, problem, ret_n_different) : r;
}

/* --- writers ------------------------------------------------------------------------------------
 */

/* The kernel grants this lease only while no process has the file open, or mapped, for writing. */
static int prove_no_writer(int addons_fd, const char *name) {
        _cleanup_close_ int fd =
                open_beneath(addons_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);

        if (fd < 0)
                return fd;
        for (unsigned i = 0; fcntl(fd, F_SETLEASE, F_RDLCK) < 0; i++) {
                if (errno != EAGAIN)
                        return -errno;
                if (i == WRITER_TRIES)
                        return -ETXTBSY;
                (void) usleep(WRITER_PAUSE_USEC);
        }
        return 0;
}

static int complain_about_writer(const LayerJob *job, const char *name, int error) {
        if (error == -ETXTBSY)
                log_error(
                        "Failed to build the overlay '%s': a process has %s/%s open for writing; "
                        "build it again when that has ended",
                        job->ref, job->paths->workshop_cache_dir, name);
        else if (error == -EINVAL || error == -EOPNOTSUPP || error == -ENOLCK)
                log_error(
                        "Failed to build the overlay '%s': the file system of %s grants no leases, "
                        "which tell whether a process writes to a file; put it on ext4, XFS or Btrfs",
                        job->ref, job->paths->workshop_cache_dir);
        else
                (void) log_error_errno(
                        error, "Failed to find out whether a process writes to %s/%s",
                        job->paths->workshop_cache_dir, name);
        return error;
}

int layer_job_check_writers(const LayerJob *job, int tree_fd) {
        _cleanup_close_ int addons_fd = open_beneath(tree_fd, ADDONS, O_RDONLY | O_DIRECTORY);
        _cleanup_(closedirp) DIR *dir = addons_fd < 0 ? NULL : open_listing(addons_fd);
        const struct dirent *entry;
        int r;

        if (!dir)
                return log_error_errno(
                        addons_fd < 0 ? addons_fd : -errno, "Failed to open %s", ADDONS);
        /* A process that wants to write breaks a lease, and SIGIO says so. */
        (void) signal(SIGIO, SIG_IGN);
        while ((r = next_entry(dir, &entry)) > 0) {
                r = entry->d_type == DT_REG ? prove_no_writer(addons_fd, entry->d_name) : 0;
                if (r < 0)
                        return complain_about_writer(job, entry->d_name, r);
        }
        return r < 0 ? log_error_errno(r, "Failed to list %s", ADDONS) : 0;
}
