/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl overlay create|put|get|rm|delete: the files of an overlay. A change makes a new version,
 * so servers that run keep theirs.
 */

#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/path-below.h"
#include "base/text.h"
#include "common/audit-log.h"
#include "content/definition-file.h"
#include "content/room.h"
#include "content/store.h"
#include "layer/overlay-store.h"
#include "layer/tree-edit.h"
#include "spec/overlay-dir.h"
#include "specs/actor.h"
#include "verbs/overlays.h"

/* Whether the user of --as-user may have n_more overlays. */
static int check_number(const Store *store, size_t n_more) {
        const char *user = store->ctl->options.as_user;
        _cleanup_(strv_freep) char **refs = NULL;
        size_t n = n_more;
        int r;

        if (!user)
                return CTL_OK;
        r = overlay_dir_list(store->root_fd, &refs);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to list %s", store->paths->overlays_dir);
                return store_exit_code(r);
        }
        for (size_t i = 0; refs[i]; i++)
                n += path_below(refs[i], user) != NULL;
        return actor_check_overlay_number(store->ctl, n);
}

/* The overlay exists, and has no version that anything could use. */
static void remove_again(Store *store) {
        (void) safe_close(TAKE_FD(store->staging_fd));
        (void) !overlay_store_delete(store->root_fd, store->ref, store_path_is_used, store);
}

/* A description that is refused leaves no overlay. */
static int describe(Ctl *ctl, Store *store) {
        _cleanup_free_ char *assignment = NULL;
        _cleanup_(text_done) Text text = {};
        int r;

        if (!ctl->options.description || !*ctl->options.description)
                return CTL_OK;
        if (asprintf(&assignment, "description=%s", ctl->options.description) < 0) {
                assignment = NULL;
                (void) log_error_errno(-ENOMEM, "Failed to create the overlay '%s'", store->ref);
                return CTL_FAILURE;
        }
        r = overlay_store_open(store->root_fd, store->ref, &store->fd);
        if (r < 0)
                return store_complain_about_ref(store, r);
        r = store_lock(store);
        if (r == CTL_OK)
                r = definition_file_read(store, &text);
        if (r == CTL_OK)
                r = definition_assign(store, &assignment, 1, &text);
        return r == CTL_OK ? definition_file_save(ctl, store, &text) : r;
}

int overlay_create(Ctl *ctl) {
        const char *ref = ctl->operands[0];
        _cleanup_(store_close) Store store = STORE_INIT;
        int r;

        r = store_open_root(ctl, ref, &store);
        if (r == CTL_OK)
                r = check_number(&store, 1);
        if (r != CTL_OK)
                return r;
        r = overlay_store_create(store.root_fd, ref);
        if (r == -EEXIST) {
                log_error("Failed to create the overlay '%s': it already exists", ref);
                return CTL_CONFLICT;
        }
        if (r < 0)
                return store_complain_about_ref(&store, r);
        /* Another command of this user may have been quicker. */
        r = check_number(&store, 0);
        if (r == CTL_OK)
                r = describe(ctl, &store);
        if (r != CTL_OK) {
                remove_again(&store);
                return r;
        }
        audit_log_overlay(ref, "create");
        return CTL_OK;
}

/* --- put and rm ---------------------------------------------------------------------------------
 */

typedef struct Put {
        const Store *store;
        const char *ref, *path, *source;
        int fd;
        bool is_directory;
} Put;

static int refuse_path(const char *path) {
        log_error(
                "Invalid path '%s': use one below the overlay, without empty, '.' and '..' parts",
                path);
        return CTL_USAGE;
}

/* "." is the overlay itself, for a directory. */
static int check_put_path(const Put *put) {
        if (tree_path_is_valid(put->path) || (put->is_directory && strcmp(put->path, ".") == 0))
                return CTL_OK;
        return refuse_path(put->path);
}

static int complain_about_path(const char *path, int error) {
        if (error == -EISDIR)
                log_error("Failed to put a file at '%s': a directory is there", path);
        else if (error == -ENOTDIR)
                log_error("Failed to reach '%s': a part of it is a file", path);
        else
                (void) log_error_errno(error, "Failed to change '%s'", path);
        return error == -EISDIR || error == -ENOTDIR ? CTL_CONFLICT : store_exit_code(error);
}

/* Before a pipe is read to its end. Others can change the overlay meanwhile: put_into() finds out
 * again. */
static int check_place(Ctl *ctl, const Put *put) {
        _cleanup_close_ int root_fd = -EBADF, tree_fd = -EBADF, fd = -EBADF;
        _cleanup_free_ char *version = NULL;
        struct stat st;
        int r;

        r = overlay_open_root(ctl, &root_fd);
        if (r != CTL_OK)
                return r;
        if (put->is_directory || overlay_dir_open(root_fd, put->ref, &tree_fd, &version) < 0)
                return CTL_OK;
        fd = tree_open_entry(tree_fd, put->path);
        if (fd >= 0 && fstat(fd, &st) >= 0 && S_ISDIR(st.st_mode))
                return complain_about_path(put->path, -EISDIR);
        return fd == -ENOTDIR ? complain_about_path(put->path, fd) : CTL_OK;
}

static int open_disk(const Ctl *ctl, int flags) {
        int fd = open(ctl->paths->overlays_dir, flags | O_CLOEXEC, 0600);

        return fd < 0 ? log_error_errno(-errno, "Failed to open %s", ctl->paths->overlays_dir) : fd;
}

/* Shares the blocks where the file system can; a pipe can't. */
static int copy_source(Ctl *ctl, const Put *put, int file) {
        return ioctl(file, FICLONE, put->fd) < 0 ? room_copy(ctl, put->source, put->fd, file, true)
                                                 : CTL_OK;
}

/*
 * Copies a file, or reads a pipe to its end, and waits for the disk before the overlay is locked:
 * others can change the overlay meanwhile. The copy has no name, and lies on the disk that the
 * overlay needs the space of anyway. It keeps being executable.
 */
static int spool(Ctl *ctl, Put *put, const struct stat *st) {
        _cleanup_close_ int file = open_disk(ctl, O_TMPFILE | O_RDWR);
        int r;

        if (file < 0)
                return store_exit_code(file);
        r = copy_source(ctl, put, file);
        if (r != CTL_OK)
                return r;
        if ((S_ISREG(st->st_mode) && (st->st_mode & 0111) && fchmod(file, 0700) < 0) ||
            fsync(file) < 0) {
                (void) log_error_errno(-errno, "Failed to keep '%s'", put->source);
                return CTL_FAILURE;
        }
        (void) safe_close(put->fd);
        put->fd = TAKE_FD(file);
        return CTL_OK;
}

static int check_room(Ctl *ctl, const Put *put) {
        _cleanup_close_ int disk_fd = open_disk(ctl, O_RDONLY | O_DIRECTORY);

        return disk_fd < 0 ? store_exit_code(disk_fd)
                           : room_check_source(ctl, put->source, put->fd, disk_fd);
}

/* As the user who runs l4d2ctl: a link that the user names is followed, unlike those in it. */
static int open_source(Ctl *ctl, Put *put) {
        struct stat st;
        int r;

        put->fd = strcmp(put->source, "-") == 0
                          ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                          : open(put->source, O_RDONLY | O_NOCTTY | O_CLOEXEC);
        if (put->fd < 0 || fstat(put->fd, &st) < 0) {
                r = -errno;
                (void) log_error_errno(r, "Failed to open '%s'", put->source);
                return r == -ENOENT ? CTL_USAGE : CTL_FAILURE;
        }
        put->is_directory = S_ISDIR(st.st_mode);
        r = check_put_path(put);
        if (r == CTL_OK)
                r = check_place(ctl, put);
        if (r == CTL_OK && (put->is_directory || S_ISREG(st.st_mode)))
                r = check_room(ctl, put);
        return r != CTL_OK || put->is_directory ? r : spool(ctl, put, &st);
}

static int put_into(int tree_fd, void *userdata) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        const Put *put = userdata;
        int r;

        if (!put->is_directory) {
                r = tree_put_nameless(tree_fd, put->path, put->fd);
                return r < 0 ? complain_about_path(put->path, r) : CTL_OK;
        }
        r = tree_put_directory(tree_fd, put->path, put->fd, &problem);
        if (r >= 0)
                return CTL_OK;
        return problem.path ? store_complain(put->store, &problem, r)
                            : complain_about_path(put->path, r);
}

int overlay_put(Ctl *ctl) {
        Put put = {
                .ref = ctl->operands[0],
                .path = ctl->operands[1],
                .source = ctl->operands[2],
                .fd = -EBADF,
        };
        _cleanup_(store_close) Store store = STORE_INIT;
        int r;

        r = store_check_ref(ctl->operands[0]);
        if (r == CTL_OK && ctl->options.unpack)
                return tree_path_is_valid(put.path) || strcmp(put.path, ".") == 0
                               ? overlay_put_unpacked(ctl)
                               : refuse_path(put.path);
        if (r == CTL_OK)
                r = open_source(ctl, &put);
        if (r == CTL_OK)
                r = store_open_or_adopt(ctl, ctl->operands[0], &store);
        if (r == CTL_OK) {
                put.store = &store;
                audit_log_overlay(store.ref, "put");
                r = store_change(&store, put_into, &put);
        }
        (void) safe_close(put.fd);
        return r;
}

static int remove_from(int tree_fd, void *userdata) {
        const char *path = userdata;
        int r;

        r = tree_remove(tree_fd, path);
        if (r == -ENOENT) {
                log_error("No file or directory '%s' in the overlay", path);
                return CTL_NO_INSTANCE;
        }
        return r < 0 ? complain_about_path(path, r) : CTL_OK;
}

int overlay_rm(Ctl *ctl) {
        _cleanup_(store_close) Store store = STORE_INIT;
        int r;

        if (!tree_path_is_valid(ctl->operands[1]))
                return refuse_path(ctl->operands[1]);
        r = store_open_or_adopt(ctl, ctl->operands[0], &store);
        if (r != CTL_OK)
                return r;
        audit_log_overlay(store.ref, "rm");
        return store_change(&store, remove_from, ctl->operands[1]);
}

/* --- delete -------------------------------------------------------------------------------------
 */

/* A server that starts would miss it. */
static int refuse_used(Ctl *ctl, const char *ref) {
        _cleanup_(overlay_users_freep) OverlayUsers *users = NULL;
        int r;

        r = overlay_users_load(ctl, &users);
        if (r != CTL_OK || !overlay_users_any_around(users, ref))
                return r;
        log_error("Failed to delete the overlay '%s': servers or blueprints name it", ref);
        overlay_users_log_around(ctl, users, ref);
        return CTL_CONFLICT;
}

int overlay_delete(Ctl *ctl) {
        const char *ref = ctl->operands[0];
        _cleanup_(store_close) Store store = STORE_INIT;
        int r;

        r = store_open_root(ctl, ref, &store);
        if (r == CTL_OK)
                r = refuse_used(ctl, ref);
        if (r != CTL_OK)
                return r;
        r = overlay_store_delete(store.root_fd, ref, store_path_is_used, &store);
        if (r == -ENOENT)
                return CTL_OK; /* as for a server */
        if (r == -EAGAIN) {
                log_error("Failed to delete the overlay '%s': it is being changed; try again", ref);
                return CTL_CONFLICT;
        }
        if (r == -ETXTBSY) {
                log_error(
                        "Failed to delete the overlay '%s': a server that runs has it mounted",
                        ref);
                return CTL_CONFLICT;
        }
        if (r < 0)
                return store_complain_about_ref(&store, r);
        if (r > 0)
                log_warning(
                        "The overlay '%s' is deleted, but some of its files belong to another "
                        "user; run 'l4d2ctl overlay gc' as root to remove them",
                        ref);
        audit_log_overlay(ref, "delete");
        return CTL_OK;
}

/* --- get ----------------------------------------------------------------------------------------
 */

static int print_file(int fd, const char *path) {
        char buffer[64 * 1024];
        struct stat st;
        ssize_t n;

        if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
                log_error("Failed to read '%s': not a regular file", path);
                return CTL_FAILURE;
        }
        while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
                int r = write_all(STDOUT_FILENO, buffer, (size_t) n);

                if (r < 0) {
                        (void) log_error_errno(r, "Failed to write '%s'", path);
                        return CTL_FAILURE;
                }
        }
        if (n < 0) {
                (void) log_error_errno(-errno, "Failed to read '%s'", path);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

int overlay_open_entry(Ctl *ctl, const char *ref, const char *path, int flags, int *ret_fd) {
        _cleanup_close_ int root_fd = -EBADF, dir_fd = -EBADF;
        _cleanup_free_ char *version = NULL;
        int fd, r;

        r = store_check_ref(ref);
        if (r == CTL_OK)
                r = overlay_open_root(ctl, &root_fd);
        if (r != CTL_OK)
                return r;
        r = overlay_dir_open(root_fd, ref, &dir_fd, &version);
        if (r < 0)
                return overlay_complain(ctl, ref, r);
        fd = open_beneath(dir_fd, path, flags);
        if (fd < 0) {
                log_error("'%s' of the overlay '%s' %s", path, ref, overlay_error_message(fd));
                return fd == -ENOENT ? CTL_NO_INSTANCE : CTL_FAILURE;
        }
        *ret_fd = fd;
        return CTL_OK;
}

int overlay_get(Ctl *ctl) {
        const char *path = ctl->operands[1];
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = overlay_open_entry(ctl, ctl->operands[0], path, O_RDONLY | O_NONBLOCK | O_NOCTTY, &fd);
        return r == CTL_OK ? print_file(fd, path) : r;
}
