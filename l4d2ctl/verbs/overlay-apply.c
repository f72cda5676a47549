/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl overlay apply REF FILE: a list of changes (content/tree-changes.h) that become one
 * version, or none of them does.
 */

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/text.h"
#include "common/audit-log.h"
#include "content/store.h"
#include "content/tree-changes.h"
#include "layer/tree-edit.h"
#include "spec/overlay-dir.h"
#include "verbs/overlays.h"

enum { CONFLICTS_SHOWN = 50, OTHER_NAMES_MAX = 999 };

typedef struct Apply {
        Store *store;
        TreeChanges changes;
        /* One for each change, -EBADF unless it is an upload; open and locked to the end, so that
         * the web app neither writes to one nor removes it. */
        int *upload_fds;
        int uploads_fd;
        int tree_fd;
        size_t n_conflicts;
} Apply;

static void apply_done(Apply *apply) {
        for (size_t i = 0; apply->upload_fds && i < apply->changes.n_items; i++)
                (void) safe_close(apply->upload_fds[i]);
        free(apply->upload_fds);
        tree_changes_clear(&apply->changes);
        (void) safe_close(apply->uploads_fd);
}

/* --- the list -----------------------------------------------------------------------------------
 */

static int read_all(int fd, char **ret) {
        _cleanup_free_ char *text = NULL;
        size_t size = 0, allocated = 0;

        for (;;) {
                ssize_t n;

                if (size + 1 >= allocated) {
                        char *grown = realloc(text, allocated = 2 * allocated + 64 * 1024);

                        if (!grown)
                                return -ENOMEM;
                        text = grown;
                }
                n = read_full(fd, text + size, allocated - size - 1);
                if (n < 0)
                        return (int) n;
                size += (size_t) n;
                if (size > TREE_CHANGES_SIZE_MAX)
                        return -EFBIG;
                if (n == 0)
                        break;
        }
        text[size] = '\0';
        *ret = TAKE_PTR(text);
        return 0;
}

static int load(const char *source, TreeChanges *ret) {
        _cleanup_close_ int fd = strcmp(source, "-") == 0
                                         ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                         : open(source, O_RDONLY | O_NOCTTY | O_CLOEXEC);
        _cleanup_free_ char *text = NULL;
        const char *problem;
        int r;

        r = fd < 0 ? -errno : read_all(fd, &text);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read '%s'", source);
                return r == -ENOENT ? CTL_USAGE : CTL_FAILURE;
        }
        r = tree_changes_parse(text, ret, &problem);
        if (r == -ENOMEM) {
                (void) log_error_errno(r, "Failed to read '%s'", source);
                return CTL_FAILURE;
        }
        if (r < 0) {
                log_error("Failed to read the changes in '%s': %s", source, _(problem));
                return CTL_USAGE;
        }
        return CTL_OK;
}

/* --- uploads ------------------------------------------------------------------------------------
 */

/* Opens and locks an upload: the web app writes to one only under this lock. */
static int open_upload(const Apply *apply, const char *name, int *ret_fd) {
        _cleanup_close_ int fd = open_beneath(
                apply->uploads_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
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

static int check_owner(const Apply *apply, const TreeChange *change) {
        const char *user = apply->store->ctl->options.as_user;

        if (!user || (strncmp(change->upload, user, strlen(user)) == 0 &&
                      change->upload[strlen(user)] == ':'))
                return CTL_OK;
        log_error("The upload '%s' does not belong to the user '%s'", change->upload, user);
        return CTL_DENIED;
}

static bool has_uploads(const TreeChanges *changes) {
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

static int take_uploads(Apply *apply) {
        const char *directory = apply->store->ctl->paths->uploads_dir;
        const TreeChanges *changes = &apply->changes;
        int r;

        if (!has_uploads(changes))
                return CTL_OK;
        r = check_twice(changes);
        if (r != CTL_OK)
                return r;
        apply->upload_fds = calloc(changes->n_items, sizeof(int));
        for (size_t i = 0; apply->upload_fds && i < changes->n_items; i++)
                apply->upload_fds[i] = -EBADF;
        apply->uploads_fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (!apply->upload_fds || apply->uploads_fd < 0) {
                r = apply->upload_fds ? -errno : -ENOMEM;
                (void) log_error_errno(r, "Failed to open %s", directory);
                return store_exit_code(r);
        }
        allow_many_files();
        for (size_t i = 0; r == CTL_OK && i < changes->n_items; i++) {
                const TreeChange *change = &changes->items[i];

                if (change->kind != TREE_CHANGE_UPLOAD)
                        continue;
                r = check_owner(apply, change);
                if (r == CTL_OK)
                        r = open_upload(apply, change->upload, &apply->upload_fds[i]);
        }
        return r;
}

/* They are files of the version now. */
static void remove_uploads(const Apply *apply) {
        for (size_t i = 0; i < apply->changes.n_items; i++)
                if (apply->changes.items[i].kind == TREE_CHANGE_UPLOAD)
                        (void) unlinkat(apply->uploads_fd, apply->changes.items[i].upload, 0);
}

/* --- one change ---------------------------------------------------------------------------------
 */

static int complain(const char *path, int error) {
        if (error == -EISDIR)
                log_error("Failed to put a file at '%s': a directory is there", path);
        else if (error == -ENOTDIR)
                log_error("Failed to reach '%s': a part of it is a file", path);
        else if (error == -ENOENT)
                log_error("No file or directory '%s' in the overlay", path);
        else if (error == -EEXIST)
                log_error("'%s' already exists", path);
        else
                (void) log_error_errno(error, "Failed to change '%s'", path);
        return error == -ENOENT                                            ? CTL_NO_INSTANCE
               : error == -EISDIR || error == -ENOTDIR || error == -EEXIST ? CTL_CONFLICT
                                                                           : store_exit_code(error);
}

/* "maps/a.vpk" and 2: "maps/a (2).vpk". */
static int other_name(const char *path, unsigned n, char **ret) {
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
        const char *dot = strrchr(name, '.');
        int stem = (int) (dot && dot > name ? dot - path : (ptrdiff_t) strlen(path));

        if (asprintf(ret, "%.*s (%u)%s", stem, path, n, path + stem) < 0) {
                *ret = NULL;
                return -ENOMEM;
        }
        return 0;
}

static int find_other_name(const Apply *apply, const char *path, char **ret) {
        for (unsigned n = 2; n <= OTHER_NAMES_MAX; n++) {
                _cleanup_free_ char *name = NULL;
                _cleanup_close_ int fd = -EBADF;
                int r = other_name(path, n, &name);

                if (r < 0)
                        return r;
                fd = tree_open_entry(apply->tree_fd, name);
                if (fd == -ENOENT) {
                        *ret = TAKE_PTR(name);
                        return 0;
                }
                if (fd < 0)
                        return fd;
        }
        return -EEXIST;
}

/* Nothing: the place is free. Else decides by if_exists: *ret_skip, or another path from malloc in
 * *ret_other. */
static int make_place(Apply *apply, const char *path, char **ret_other, bool *ret_skip) {
        _cleanup_close_ int fd = tree_open_entry(apply->tree_fd, path);
        struct stat st;

        if (fd == -ENOENT)
                return 0;
        if (fd < 0 || fstat(fd, &st) < 0)
                return fd < 0 ? fd : -errno;
        if (apply->changes.exists == TREE_EXISTS_KEEP_BOTH)
                return find_other_name(apply, path, ret_other);
        if (apply->changes.exists == TREE_EXISTS_REPLACE)
                return S_ISDIR(st.st_mode) ? -EISDIR : tree_remove(apply->tree_fd, path);
        if (apply->n_conflicts++ < CONFLICTS_SHOWN)
                log_error("'%s' already exists", path);
        *ret_skip = true;
        return 0;
}

static bool is_same_file(int fd, const struct stat *st) {
        struct stat other;

        return fstat(fd, &other) >= 0 && other.st_dev == st->st_dev && other.st_ino == st->st_ino;
}

/* A file that is replaced keeps being executable, so it is not removed before. The upload itself is
 * there when l4d2ctl was killed after the commit, before it removed the upload's other name. */
static int make_place_for_file(Apply *apply, size_t i, char **ret_other, bool *ret_skip) {
        const char *path = apply->changes.items[i].path;
        _cleanup_close_ int fd = tree_open_entry(apply->tree_fd, path);
        struct stat st;

        if (fd >= 0 && fstat(fd, &st) >= 0 && S_ISREG(st.st_mode) &&
            (apply->changes.exists == TREE_EXISTS_REPLACE ||
             is_same_file(apply->upload_fds[i], &st)))
                return 0;
        return make_place(apply, path, ret_other, ret_skip);
}

static int do_upload(Apply *apply, size_t i) {
        const TreeChange *change = &apply->changes.items[i];
        _cleanup_free_ char *other = NULL;
        bool skip = false;
        int r;

        r = make_place_for_file(apply, i, &other, &skip);
        if (r < 0 || skip)
                return r < 0 ? complain(change->path, r) : CTL_OK;
        r = tree_put_link(
                apply->tree_fd, other ? other : change->path, apply->uploads_fd, change->upload,
                apply->upload_fds[i]);
        return r < 0 ? complain(change->path, r) : CTL_OK;
}

/* Whether the file is the one that the text was made from. */
static int check_match(const Apply *apply, const TreeChange *change) {
        _cleanup_free_ char *text = NULL;
        char found[SHA256_TEXT_MAX] = "";
        size_t size;
        int r;

        if (!change->match)
                return CTL_OK;
        r = read_file_beneath(
                apply->tree_fd, change->path,
                &(FileLimits) { .size_max = TREE_CHANGE_TEXT_MAX, .linked = true }, &text, &size);
        if (r >= 0)
                sha256_text(text, size, found);
        if (r == -ENOENT ? !change->match[0] : r >= 0 && strcmp(found, change->match) == 0)
                return CTL_OK;
        if (!change->match[0])
                return complain(change->path, -EEXIST);
        log_error("The file '%s' was changed meanwhile", change->path);
        return CTL_CONFLICT;
}

static int do_text(Apply *apply, size_t i) {
        const TreeChange *change = &apply->changes.items[i];
        _cleanup_close_ int fd =
                open(apply->store->ctl->paths->overlays_dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        int r = check_match(apply, change);

        if (r != CTL_OK)
                return r;
        r = fd < 0 ? -errno : write_all(fd, change->text, strlen(change->text));
        if (r >= 0 && lseek(fd, 0, SEEK_SET) < 0)
                r = -errno;
        if (r >= 0)
                r = tree_put_file(apply->tree_fd, change->path, fd);
        return r < 0 ? complain(change->path, r) : CTL_OK;
}

static int do_move(Apply *apply, const TreeChange *change) {
        _cleanup_free_ char *other = NULL;
        bool skip = false;
        int r;

        if (strcmp(change->path, change->to) == 0)
                return CTL_OK;
        r = make_place(apply, change->to, &other, &skip);
        if (r < 0 || skip)
                return r < 0 ? complain(change->to, r) : CTL_OK;
        r = tree_move(apply->tree_fd, change->path, other ? other : change->to);
        if (r == -EINVAL) {
                log_error("'%s' can't be moved into itself", change->path);
                return CTL_CONFLICT;
        }
        return r < 0 ? complain(change->path, r) : CTL_OK;
}

static int do_mkdir(Apply *apply, const TreeChange *change) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (change->match) {
                fd = tree_open_entry(apply->tree_fd, change->path);
                if (fd >= 0)
                        return complain(change->path, -EEXIST);
        }
        r = tree_make_directory(apply->tree_fd, change->path);
        return r < 0 ? complain(change->path, r) : CTL_OK;
}

static int do_change(Apply *apply, size_t i) {
        const TreeChange *change = &apply->changes.items[i];
        int r;

        switch (change->kind) {
        case TREE_CHANGE_MKDIR:
                return do_mkdir(apply, change);
        case TREE_CHANGE_REMOVE:
                r = tree_remove(apply->tree_fd, change->path);
                return r < 0 ? complain(change->path, r) : CTL_OK;
        case TREE_CHANGE_MOVE:
                return do_move(apply, change);
        case TREE_CHANGE_TEXT:
                return do_text(apply, i);
        case TREE_CHANGE_UPLOAD:
        default:
                return do_upload(apply, i);
        }
}

/* --- all ----------------------------------------------------------------------------------------
 */

static int end_conflicts(const Apply *apply) {
        if (apply->n_conflicts > CONFLICTS_SHOWN)
                log_count(
                        LOG_ERR, apply->n_conflicts - CONFLICTS_SHOWN, "%zu more exists",
                        "%zu more exist", apply->n_conflicts - CONFLICTS_SHOWN);
        return apply->n_conflicts > 0 ? CTL_EXISTS : CTL_OK;
}

static int change_tree(int tree_fd, void *userdata) {
        Apply *apply = userdata;
        int r = CTL_OK;

        apply->tree_fd = tree_fd;
        for (size_t i = 0; r == CTL_OK && i < apply->changes.n_items; i++)
                r = do_change(apply, i);
        return r == CTL_OK ? end_conflicts(apply) : r;
}

/* Whether there may be room for an upload only after other changes of the list. */
static bool makes_room(const TreeChanges *changes) {
        for (size_t i = 0; i < changes->n_items; i++)
                if (changes->items[i].kind == TREE_CHANGE_MOVE ||
                    changes->items[i].kind == TREE_CHANGE_REMOVE)
                        return true;
        return false;
}

/* Changes nothing: apply->tree_fd is a version. */
static int check_place(Apply *apply, size_t i) {
        _cleanup_free_ char *other = NULL;
        _cleanup_close_ int fd = -EBADF;
        struct stat st;
        bool skip;

        if (apply->changes.exists == TREE_EXISTS_REFUSE)
                return make_place_for_file(apply, i, &other, &skip);
        fd = tree_open_entry(apply->tree_fd, apply->changes.items[i].path);
        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        return S_ISDIR(st.st_mode) && apply->changes.exists == TREE_EXISTS_REPLACE ? -EISDIR : 0;
}

/* Looks in the current version for what change_tree() would refuse. */
static int check_places(Apply *apply) {
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *version = NULL;
        int r = 0;

        if (makes_room(&apply->changes) ||
            overlay_dir_open_current(apply->store->fd, &fd, &version) < 0)
                return CTL_OK;
        apply->tree_fd = fd;
        for (size_t i = 0; i < apply->changes.n_items; i++) {
                if (apply->changes.items[i].kind == TREE_CHANGE_UPLOAD)
                        r = check_place(apply, i);
                if (r < 0)
                        return complain(apply->changes.items[i].path, r);
        }
        return end_conflicts(apply);
}

/* The last uploads may still have to be written, for which the commit would wait. */
static int sync_uploads(const Apply *apply) {
        if (syncfs(apply->uploads_fd) >= 0)
                return CTL_OK;
        (void) log_error_errno(-errno, "Failed to write the uploads to the disk");
        return CTL_FAILURE;
}

/* Reading gigabytes takes time: what can be refused without is refused before, and others can
 * change the overlay meanwhile. */
static int check_content(Apply *apply) {
        int r;

        r = check_places(apply);
        apply->store->staging_fd = safe_close(apply->store->staging_fd);
        for (size_t i = 0; r == CTL_OK && i < apply->changes.n_items; i++)
                if (apply->changes.items[i].kind == TREE_CHANGE_UPLOAD)
                        r = check_sha256(&apply->changes.items[i], apply->upload_fds[i]);
        if (r == CTL_OK)
                r = sync_uploads(apply);
        return r == CTL_OK ? store_lock(apply->store) : r;
}

int overlay_apply(Ctl *ctl) {
        _cleanup_(store_close) Store store = STORE_INIT;
        _cleanup_(apply_done) Apply apply = { .store = &store, .uploads_fd = -EBADF };
        int r;

        store.ctl = ctl;
        r = store_check_ref(ctl->operands[0]);
        if (r == CTL_OK)
                r = load(ctl->operands[1], &apply.changes);
        if (r == CTL_OK)
                r = take_uploads(&apply);
        if (r == CTL_OK)
                r = store_open_or_adopt(ctl, ctl->operands[0], &store);
        if (r == CTL_OK && has_uploads(&apply.changes))
                r = check_content(&apply);
        if (r != CTL_OK)
                return r;
        audit_log_overlay(store.ref, "apply");
        r = store_change(&store, change_tree, &apply);
        if (r == CTL_OK)
                remove_uploads(&apply);
        return r;
}
