/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verbs/overlay-uploads.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/sha256.h"
#include "content/store.h"

/* Opens and locks an upload: the web app writes to one only under this lock. */
static int open_upload(int directory_fd, const char *name, int *ret_fd) {
        _cleanup_close_ int fd =
                open_beneath(directory_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        struct stat st;

        if (fd == -ENOENT) {
                log_error("No upload '%s': upload the file again", name);
                return CTL_NO_INSTANCE;
        }
        if (fd < 0 || fstat(fd, &st) < 0) {
                (void) log_error_errno(fd < 0 ? fd : -errno, "Failed to open '%s'", name);
                return CTL_FAILURE;
        }
        if (!S_ISREG(st.st_mode) || flock(fd, LOCK_EX | LOCK_NB) < 0) {
                log_error("The file '%s' is still being uploaded", name);
                return CTL_CONFLICT;
        }
        *ret_fd = TAKE_FD(fd);
        return CTL_OK;
}

static int check_sha256(const TreeChange *change, int fd) {
        const char *expected = change->sha256 ? change->sha256 : change->parts_sha256;
        char found[SHA256_TEXT_MAX];
        int r;

        if (!expected)
                return CTL_OK;
        r = change->sha256 ? sha256_of_file(fd, found) : sha256_of_parts(fd, found);
        /* A file system that can't link it reads it again. */
        if (r >= 0 && lseek(fd, 0, SEEK_SET) < 0)
                r = -errno;
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read the upload of '%s'", change->path);
                return CTL_FAILURE;
        }
        if (strcmp(found, expected) != 0) {
                log_error(
                        "The upload of '%s' is damaged: its SHA-256 is not the one of the file. "
                        "Upload it again",
                        change->path);
                return CTL_CONFLICT;
        }
        return CTL_OK;
}

static int check_owner(const Ctl *ctl, const TreeChange *change) {
        const char *user = ctl->options.as_user;

        if (!user || (strncmp(change->upload, user, strlen(user)) == 0 &&
                      change->upload[strlen(user)] == ':'))
                return CTL_OK;
        log_error("The upload '%s' does not belong to the user '%s'", change->upload, user);
        return CTL_DENIED;
}

bool overlay_uploads_any(const TreeChanges *changes) {
        for (size_t i = 0; i < changes->n_items; i++)
                if (changes->items[i].kind == TREE_CHANGE_UPLOAD)
                        return true;
        return false;
}

static int compare_names(const void *a, const void *b) {
        return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* An upload becomes one file: its inode must not have two names in a version. */
static int check_twice(const TreeChanges *changes) {
        _cleanup_free_ const char **names = calloc(changes->n_items, sizeof(*names));
        size_t n = 0;

        if (!names) {
                (void) log_error_errno(-ENOMEM, "Failed to compare the uploads");
                return CTL_FAILURE;
        }
        for (size_t i = 0; i < changes->n_items; i++)
                if (changes->items[i].kind == TREE_CHANGE_UPLOAD)
                        names[n++] = changes->items[i].upload;
        qsort(names, n, sizeof(*names), compare_names);
        for (size_t i = 1; i < n; i++)
                if (strcmp(names[i - 1], names[i]) == 0) {
                        log_error("The upload '%s' is named twice", names[i]);
                        return CTL_USAGE;
                }
        return CTL_OK;
}

/* A shell lets a process have 1024 files open; each upload is one. */
static void allow_many_files(void) {
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
                return;
        limit.rlim_cur = limit.rlim_max;
        (void) setrlimit(RLIMIT_NOFILE, &limit);
}

void overlay_uploads_done(OverlayUploads *uploads) {
        for (size_t i = 0; uploads->fds && i < uploads->changes->n_items; i++)
                (void) safe_close(uploads->fds[i]);
        free(uploads->fds);
        (void) safe_close(uploads->directory_fd);
}

int overlay_uploads_take(Ctl *ctl, const TreeChanges *changes, OverlayUploads *ret) {
        const char *directory = ctl->paths->uploads_dir;
        int r;

        if (!overlay_uploads_any(changes))
                return CTL_OK;
        r = check_twice(changes);
        if (r != CTL_OK)
                return r;
        ret->changes = changes;
        ret->fds = calloc(changes->n_items, sizeof(int));
        for (size_t i = 0; ret->fds && i < changes->n_items; i++)
                ret->fds[i] = -EBADF;
        ret->directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (!ret->fds || ret->directory_fd < 0) {
                r = ret->fds ? -errno : -ENOMEM;
                (void) log_error_errno(r, "Failed to open %s", directory);
                return store_exit_code(r);
        }
        allow_many_files();
        for (size_t i = 0; r == CTL_OK && i < changes->n_items; i++) {
                const TreeChange *change = &changes->items[i];

                if (change->kind != TREE_CHANGE_UPLOAD)
                        continue;
                r = check_owner(ctl, change);
                if (r == CTL_OK)
                        r = open_upload(ret->directory_fd, change->upload, &ret->fds[i]);
        }
        return r;
}

int overlay_uploads_check(const OverlayUploads *uploads) {
        const TreeChanges *changes = uploads->changes;
        int r = CTL_OK;

        for (size_t i = 0; r == CTL_OK && i < changes->n_items; i++)
                if (changes->items[i].kind == TREE_CHANGE_UPLOAD)
                        r = check_sha256(&changes->items[i], uploads->fds[i]);
        if (r != CTL_OK || syncfs(uploads->directory_fd) >= 0)
                return r;
        (void) log_error_errno(-errno, "Failed to write the uploads to the disk");
        return CTL_FAILURE;
}

void overlay_uploads_remove(const OverlayUploads *uploads) {
        for (size_t i = 0; uploads->changes && i < uploads->changes->n_items; i++)
                if (uploads->changes->items[i].kind == TREE_CHANGE_UPLOAD)
                        (void) unlinkat(
                                uploads->directory_fd, uploads->changes->items[i].upload, 0);
}
