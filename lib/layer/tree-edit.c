/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/tree-edit.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

/* --- paths --------------------------------------------------------------------------------------
 */

static bool is_name(const char *part, size_t n) {
        return n > 0 && n <= NAME_MAX && !(n == 1 && part[0] == '.') &&
               !(n == 2 && part[0] == '.' && part[1] == '.');
}

bool tree_path_is_valid(const char *path) {
        for (;;) {
                size_t n = strcspn(path, "/");

                if (!is_name(path, n))
                        return false;
                if (path[n] == '\0')
                        return true;
                path += n + 1;
        }
}

/* maker: the owner of a directory that is made; NULL: it must be there. */
static int enter(int dir_fd, const char *name, const TreeOwner *maker) {
        return maker ? make_directory_for(dir_fd, name, 0755, maker->uid, maker->gid)
                     : open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
}

/* Opens the directory that holds the last part of path, which ret_name gets. */
static int open_parent(
        int tree_fd, const char *path, const TreeOwner *maker, char ret_name[NAME_MAX + 1]) {
        _cleanup_close_ int dir_fd = openat(tree_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (dir_fd < 0)
                return -errno;
        for (;;) {
                size_t n = strcspn(path, "/");
                int fd;

                if (!is_name(path, n))
                        return -EINVAL;
                memcpy(ret_name, path, n);
                ret_name[n] = '\0';
                if (path[n] == '\0')
                        return TAKE_FD(dir_fd);
                fd = enter(dir_fd, ret_name, maker);
                if (fd < 0)
                        return fd;
                (void) safe_close(dir_fd);
                dir_fd = fd;
                path += n + 1;
        }
}

/* The same for a new entry: missing directories are made for the owner of the tree. */
static int make_parent(
        int tree_fd, const char *path, TreeOwner *ret_owner, char ret_name[NAME_MAX + 1]) {
        int r;

        r = tree_owner_of(tree_fd, ret_owner);
        return r < 0 ? r : open_parent(tree_fd, path, ret_owner, ret_name);
}

/* --- files --------------------------------------------------------------------------------------
 */

static bool is_executable(const struct stat *st) {
        return S_ISREG(st->st_mode) && (st->st_mode & 0111);
}

/* An executable file stays one, also when another takes its place; the rest of its rights comes
 * with the commit. */
static mode_t mode_of(int dir_fd, const char *name, int from_fd) {
        struct stat st;

        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) >= 0 && is_executable(&st))
                return 0755;
        return fstat(from_fd, &st) >= 0 && is_executable(&st) ? 0755 : 0644;
}

static int put_file(
        int dir_fd, const char *name, int from_fd, mode_t mode, const TreeOwner *owner) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT)
                return -errno;
        fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        r = copy_to_end(from_fd, fd);
        if (r >= 0 &&
            ((geteuid() == 0 && fchown(fd, owner->uid, owner->gid) < 0) || fchmod(fd, mode) < 0))
                r = -errno;
        if (r < 0)
                (void) unlinkat(dir_fd, name, 0);
        return r;
}

int tree_put_file(int tree_fd, const char *path, int from_fd) {
        _cleanup_close_ int dir_fd = -EBADF;
        char name[NAME_MAX + 1];
        TreeOwner owner;

        dir_fd = make_parent(tree_fd, path, &owner, name);
        return dir_fd < 0 ? dir_fd
                          : put_file(dir_fd, name, from_fd, mode_of(dir_fd, name, from_fd), &owner);
}

/* Opens the directory for an open file that becomes one of the tree, with its rights there. The
 * file whose place it takes is removed. */
static int make_room(
        int tree_fd, const char *path, int from_fd, TreeOwner *ret_owner, mode_t *ret_mode,
        char ret_name[NAME_MAX + 1]) {
        _cleanup_close_ int dir_fd = -EBADF;

        dir_fd = make_parent(tree_fd, path, ret_owner, ret_name);
        if (dir_fd < 0)
                return dir_fd;
        *ret_mode = mode_of(dir_fd, ret_name, from_fd);
        if (unlinkat(dir_fd, ret_name, 0) < 0 && errno != ENOENT)
                return -errno;
        return TAKE_FD(dir_fd);
}

/* AT_EMPTY_PATH needs a capability on older kernels. */
static int give_name(int fd, int dir_fd, const char *name) {
        char path[64];

        (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        return linkat(AT_FDCWD, path, dir_fd, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

int tree_put_nameless(int tree_fd, const char *path, int from_fd) {
        _cleanup_close_ int dir_fd = -EBADF;
        char name[NAME_MAX + 1];
        TreeOwner owner;
        mode_t mode;

        dir_fd = make_room(tree_fd, path, from_fd, &owner, &mode, name);
        if (dir_fd < 0)
                return dir_fd;
        if ((geteuid() == 0 && fchown(from_fd, owner.uid, owner.gid) < 0) ||
            fchmod(from_fd, mode) < 0)
                return -errno;
        if (give_name(from_fd, dir_fd, name) >= 0)
                return 0;
        return lseek(from_fd, 0, SEEK_SET) < 0 ? -errno
                                               : put_file(dir_fd, name, from_fd, mode, &owner);
}

int tree_put_link(
        int tree_fd, const char *path, int from_dir_fd, const char *from_name, int from_fd) {
        _cleanup_close_ int dir_fd = -EBADF;
        char name[NAME_MAX + 1];
        struct stat linked, st;
        TreeOwner owner;
        mode_t mode;

        dir_fd = make_room(tree_fd, path, from_fd, &owner, &mode, name);
        if (dir_fd < 0)
                return dir_fd;
        if (linkat(from_dir_fd, from_name, dir_fd, name, 0) < 0)
                return put_file(dir_fd, name, from_fd, mode, &owner);
        /* Another file may have been put at from_name since it was opened. */
        if (fstatat(dir_fd, name, &linked, AT_SYMLINK_NOFOLLOW) < 0 || fstat(from_fd, &st) < 0)
                return -errno;
        if (linked.st_dev != st.st_dev || linked.st_ino != st.st_ino)
                return put_file(dir_fd, name, from_fd, mode, &owner);
        /* Else the rights come with the commit. */
        return mode == 0755 && fchmod(from_fd, mode) < 0 ? -errno : 0;
}

int tree_open_entry(int tree_fd, const char *path) {
        _cleanup_close_ int dir_fd = -EBADF;
        char name[NAME_MAX + 1];
        int fd;

        dir_fd = open_parent(tree_fd, path, NULL, name);
        if (dir_fd < 0)
                return dir_fd;
        fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int tree_move(int tree_fd, const char *path, const char *to) {
        _cleanup_close_ int from_fd = -EBADF, to_fd = -EBADF;
        char from_name[NAME_MAX + 1], to_name[NAME_MAX + 1];
        TreeOwner owner;
        struct stat st;

        from_fd = open_parent(tree_fd, path, NULL, from_name);
        if (from_fd < 0)
                return from_fd;
        /* Before directories are made for nothing. */
        if (fstatat(from_fd, from_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        to_fd = make_parent(tree_fd, to, &owner, to_name);
        if (to_fd < 0)
                return to_fd;
        return renameat2(from_fd, from_name, to_fd, to_name, RENAME_NOREPLACE) < 0 ? -errno : 0;
}

/* --- directories --------------------------------------------------------------------------------
 */

typedef struct Level {
        int to_fd;
        const TreeOwner *owner;
        unsigned depth;
        TreeProblem *problem;
} Level;

static int put_entry(int from_fd, const char *name, const struct stat *st, void *userdata);

static int put_directory(int dir_fd, const char *name, const Level *level) {
        _cleanup_close_ int from_fd = -EBADF, to_fd = -EBADF;
        Level below = {
                .owner = level->owner,
                .depth = level->depth + 1,
                .problem = level->problem,
        };

        if (level->depth == TREE_DEPTH_MAX)
                return -ELOOP;
        from_fd = open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
        if (from_fd < 0)
                return from_fd;
        below.to_fd = to_fd = enter(level->to_fd, name, level->owner);
        if (to_fd < 0)
                return to_fd;
        return tree_each_entry(from_fd, put_entry, &below, level->problem);
}

static int put_regular(int dir_fd, const char *name, const Level *level) {
        _cleanup_close_ int from_fd = open_beneath(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);

        return from_fd < 0 ? from_fd
                           : put_file(
                                     level->to_fd, name, from_fd,
                                     mode_of(level->to_fd, name, from_fd), level->owner);
}

static int put_entry(int from_fd, const char *name, const struct stat *st, void *userdata) {
        const Level *level = userdata;

        if (S_ISDIR(st->st_mode))
                return put_directory(from_fd, name, level);
        return S_ISREG(st->st_mode) ? put_regular(from_fd, name, level) : -ENODEV;
}

int tree_put_directory(int tree_fd, const char *path, int from_fd, TreeProblem *problem) {
        _cleanup_close_ int parent_fd = -EBADF, fd = -EBADF;
        TreeOwner owner;
        Level level = { .to_fd = tree_fd, .owner = &owner, .problem = problem };
        char name[NAME_MAX + 1];
        int r;

        r = tree_owner_of(tree_fd, &owner);
        if (r < 0)
                return r;
        if (strcmp(path, ".") != 0) {
                parent_fd = open_parent(tree_fd, path, &owner, name);
                if (parent_fd < 0)
                        return parent_fd;
                level.to_fd = fd = enter(parent_fd, name, &owner);
                if (fd < 0)
                        return fd;
        }
        return tree_each_entry(from_fd, put_entry, &level, problem);
}

int tree_make_directory(int tree_fd, const char *path) {
        _cleanup_close_ int parent_fd = -EBADF, fd = -EBADF;
        char name[NAME_MAX + 1];
        TreeOwner owner;

        parent_fd = make_parent(tree_fd, path, &owner, name);
        if (parent_fd < 0)
                return parent_fd;
        fd = enter(parent_fd, name, &owner);
        return fd == -ENOTDIR ? -EEXIST : fd < 0 ? fd : 0;
}

int tree_remove(int tree_fd, const char *path) {
        _cleanup_close_ int dir_fd = -EBADF;
        char name[NAME_MAX + 1];
        struct stat st;

        dir_fd = open_parent(tree_fd, path, NULL, name);
        if (dir_fd < 0)
                return dir_fd;
        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        return remove_tree(dir_fd, name);
}
