/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl overlay apply REF FILE: a list of changes (content/tree-changes.h) that become one
 * version, or none of them does.
 */

#include <fcntl.h>
#include <string.h>
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
#include "verbs/overlay-uploads.h"
#include "verbs/overlays.h"

enum { CONFLICTS_SHOWN = 50, OTHER_NAMES_MAX = 999 };

typedef struct Apply {
        Store *store;
        TreeChanges changes;
        OverlayUploads uploads;
        int tree_fd;
        size_t n_conflicts;
} Apply;

static void apply_done(Apply *apply) {
        overlay_uploads_done(&apply->uploads);
        tree_changes_clear(&apply->changes);
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
             is_same_file(apply->uploads.fds[i], &st)))
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
                apply->tree_fd, other ? other : change->path, apply->uploads.directory_fd,
                change->upload, apply->uploads.fds[i]);
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

/* Reading gigabytes takes time: what can be refused without is refused before, and others can
 * change the overlay meanwhile. */
static int check_content(Apply *apply) {
        int r;

        r = check_places(apply);
        apply->store->staging_fd = safe_close(apply->store->staging_fd);
        if (r == CTL_OK)
                r = overlay_uploads_check(&apply->uploads);
        return r == CTL_OK ? store_lock(apply->store) : r;
}

int overlay_apply(Ctl *ctl) {
        _cleanup_(store_close) Store store = STORE_INIT;
        _cleanup_(apply_done) Apply apply = { .store = &store, .uploads = OVERLAY_UPLOADS_INIT };
        int r;

        store.ctl = ctl;
        r = store_check_ref(ctl->operands[0]);
        if (r == CTL_OK)
                r = load(ctl->operands[1], &apply.changes);
        if (r == CTL_OK)
                r = overlay_uploads_take(ctl, &apply.changes, &apply.uploads);
        if (r == CTL_OK)
                r = store_open_or_adopt(ctl, ctl->operands[0], &store);
        if (r == CTL_OK && overlay_uploads_any(&apply.changes))
                r = check_content(&apply);
        if (r != CTL_OK)
                return r;
        audit_log_overlay(store.ref, "apply");
        r = store_change(&store, change_tree, &apply);
        if (r == CTL_OK)
                overlay_uploads_remove(&apply.uploads);
        return r;
}
