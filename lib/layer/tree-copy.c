/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/tree-copy.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/disk-space.h"
#include "base/file.h"

void tree_problem_done(TreeProblem *problem) {
        free(problem->path);
}

/* Puts one more directory before the path of an entry that was refused. */
static void name_problem(TreeProblem *problem, const char *name) {
        char *path = NULL;

        if (asprintf(
                    &path, "%s%s%s", name, problem->path ? "/" : "",
                    problem->path ? problem->path : "") < 0)
                return;
        free(problem->path);
        problem->path = path;
}

/* --- one pass over a directory ------------------------------------------------------------------
 */

typedef struct Pass {
        TreeVisit visit;
        void *userdata;
        TreeProblem *problem;
} Pass;

static int visit_entry(int dir_fd, const char *name, void *userdata) {
        const Pass *pass = userdata;
        struct stat st;
        int r;

        r = fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0
                    ? -errno
                    : pass->visit(dir_fd, name, &st, pass->userdata);
        if (r >= 0)
                return 0;
        name_problem(pass->problem, name);
        return r;
}

int tree_each_entry(int dir_fd, TreeVisit visit, void *userdata, TreeProblem *problem) {
        return each_entry(dir_fd, visit_entry, &(Pass) { visit, userdata, problem });
}

static int open_directory(int dir_fd, const char *name) {
        return open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
}

/* --- copying ------------------------------------------------------------------------------------
 */

typedef struct Level {
        const TreeCopy *copy;
        int to_fd;
        unsigned depth;
        TreeProblem *problem;
} Level;

static int copy_content(int from, int to, uint64_t size, bool keeps_room) {
        int r;

        if (ioctl(to, FICLONE, from) >= 0)
                return 0;
        r = keeps_room ? disk_space_check(to, size) : 0;
        if (r < 0)
                return r;
        for (;;) {
                ssize_t n = copy_file_range(from, NULL, to, NULL, SSIZE_MAX / 2, 0);

                if (n == 0)
                        return 0;
                if (n < 0 && errno != EINTR)
                        return -errno;
        }
}

/* Only root gives files away; others own what they make. */
static int give(int fd, const TreeOwner *owner) {
        return geteuid() == 0 && fchown(fd, owner->uid, owner->gid) < 0 ? -errno : 0;
}

int tree_owner_of(int fd, TreeOwner *ret) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        *ret = (TreeOwner) { st.st_uid, st.st_gid };
        return 0;
}

/* By descriptor: the directory's owner may have put something else in its place. */
static int give_link(int dir_fd, const char *name, const TreeOwner *owner) {
        _cleanup_close_ int fd = -EBADF;
        struct stat st;

        if (geteuid() != 0)
                return 0;
        fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISLNK(st.st_mode))
                return -ELOOP;
        return fchownat(fd, "", owner->uid, owner->gid, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

int tree_make_link(int dir_fd, const char *name, const char *target, const TreeOwner *owner) {
        if (symlinkat(target, dir_fd, name) < 0)
                return -errno;
        return give_link(dir_fd, name, owner);
}

static mode_t final_mode(mode_t mode) {
        return S_ISDIR(mode) || (mode & 0111) ? 0755 : 0644;
}

/* The group of a file can do what all can, so any group will do. */
bool tree_is_final(const struct stat *st, const TreeOwner *owner) {
        return st->st_uid == owner->uid && (st->st_mode & 07777) == final_mode(st->st_mode);
}

static int copy_file(
        int dir_fd, const char *name, const struct stat *st, int to_fd, const TreeCopy *copy) {
        const struct timespec times[] = { st->st_atim, st->st_mtim };
        _cleanup_close_ int from = -EBADF, to = -EBADF;
        struct stat opened;
        int r;

        from = open_beneath(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        if (from < 0)
                return from;
        if (fstat(from, &opened) < 0)
                return -errno;
        if (!S_ISREG(opened.st_mode))
                return -ENODEV;
        to = openat(to_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (to < 0)
                return -errno;

        r = copy_content(from, to, (uint64_t) opened.st_size, copy->keeps_room);
        if (r >= 0)
                r = give(to, &copy->owner);
        if (r < 0)
                return r;
        if (fchmod(to, opened.st_mode & 0777) < 0 || futimens(to, times) < 0)
                return -errno;
        return 0;
}

static bool may_share(const struct stat *st, const TreeCopy *copy) {
        if (copy->sharing == TREE_SHARE_NONE)
                return false;
        if (copy->sharing == TREE_SHARE_ALL)
                return st->st_uid == copy->final.uid;
        return tree_is_final(st, &copy->final) &&
               (copy->owner.uid == copy->final.uid || st->st_uid != copy->owner.uid);
}

static int copy_regular(
        int dir_fd, const char *name, const struct stat *st, int to_fd, const TreeCopy *copy) {
        if (may_share(st, copy)) {
                if (linkat(dir_fd, name, to_fd, name, 0) >= 0)
                        return 0;
                if (errno != EPERM && errno != EMLINK && errno != EXDEV)
                        return -errno;
        }
        return copy_file(dir_fd, name, st, to_fd, copy);
}

static int copy_link(int dir_fd, const char *name, int to_fd, const TreeCopy *copy) {
        char target[PATH_MAX];
        ssize_t n = readlinkat(dir_fd, name, target, sizeof(target));

        if (n < 0)
                return -errno;
        if ((size_t) n >= sizeof(target))
                return -ENAMETOOLONG;
        target[n] = '\0';
        return tree_make_link(to_fd, name, target, &copy->owner);
}

static int copy_entry(int dir_fd, const char *name, const struct stat *st, void *userdata);

static int copy_directory(int dir_fd, const char *name, const Level *level) {
        _cleanup_close_ int from = -EBADF, to = -EBADF;
        Level below = { level->copy, -EBADF, level->depth + 1, level->problem };

        if (level->depth == TREE_DEPTH_MAX)
                return -ELOOP;
        from = open_directory(dir_fd, name);
        if (from < 0)
                return from;
        below.to_fd = to = make_directory_for(
                level->to_fd, name, 0755, level->copy->owner.uid, level->copy->owner.gid);
        if (to < 0)
                return to;
        return tree_each_entry(from, copy_entry, &below, level->problem);
}

static int copy_entry(int dir_fd, const char *name, const struct stat *st, void *userdata) {
        const Level *level = userdata;

        switch (st->st_mode & S_IFMT) {
        case S_IFDIR:
                return copy_directory(dir_fd, name, level);
        case S_IFREG:
                return copy_regular(dir_fd, name, st, level->to_fd, level->copy);
        case S_IFLNK:
                return copy_link(dir_fd, name, level->to_fd, level->copy);
        default:
                return -ENODEV;
        }
}

int tree_copy(int from_fd, int to_fd, const TreeCopy *copy, TreeProblem *problem) {
        Level level = { copy, to_fd, 0, problem };

        return tree_each_entry(from_fd, copy_entry, &level, problem);
}

/* --- sealing ------------------------------------------------------------------------------------
 */

typedef struct Seal {
        const TreeOwner *owner;
        uid_t producer; /* the owner of the tree so far */
        unsigned depth;
        TreeProblem *problem;
} Seal;

/* Root sets the group too. Others leave a file's: uploads, which are linked, have the group of the
 * jobs that unpack them, and the sandbox of the web app kills a process that calls fchown(). */
static bool has_owner(const struct stat *st, const TreeOwner *owner) {
        return st->st_uid == owner->uid &&
               (st->st_gid == owner->gid || (S_ISREG(st->st_mode) && geteuid() != 0));
}

/* Sets owner and mode of an open file or directory where they differ. */
static int seal_open(int fd, const struct stat *st, const TreeOwner *owner) {
        if (!has_owner(st, owner) && fchown(fd, owner->uid, owner->gid) < 0)
                return -errno;
        if ((st->st_mode & 07777) != final_mode(st->st_mode) &&
            fchmod(fd, final_mode(st->st_mode)) < 0)
                return -errno;
        return 0;
}

/* The owner may have taken its own right to read away. */
static int make_readable(int dir_fd, const char *name, const struct stat *st, mode_t mode) {
        if ((st->st_mode & mode) == mode || geteuid() == 0)
                return 0;
        return fchmodat(dir_fd, name, mode, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int seal_regular(int dir_fd, const char *name, const struct stat *st, const Seal *seal) {
        _cleanup_close_ int fd = -EBADF;
        struct stat opened;
        int r;

        if (tree_is_final(st, seal->owner))
                return 0;
        r = make_readable(dir_fd, name, st, 0400);
        if (r < 0)
                return r;
        fd = open_beneath(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return fd;
        if (fstat(fd, &opened) < 0)
                return -errno;
        if (!S_ISREG(opened.st_mode))
                return -ENODEV;
        /* The other name may lie elsewhere, and be a file of a user who has nothing to do with
         * this tree. */
        if (opened.st_nlink > 1 && opened.st_uid != seal->owner->uid &&
            opened.st_uid != seal->producer)
                return -EMLINK;
        opened.st_mode |= st->st_mode & 0111;
        return seal_open(fd, &opened, seal->owner);
}

static int seal_link(int dir_fd, const char *name, const struct stat *st, const Seal *seal) {
        if (st->st_uid == seal->owner->uid && st->st_gid == seal->owner->gid)
                return 0;
        return give_link(dir_fd, name, seal->owner);
}

static int seal_entry(int dir_fd, const char *name, const struct stat *st, void *userdata);

static int seal_directory(int dir_fd, const char *name, const struct stat *st, const Seal *seal) {
        _cleanup_close_ int fd = -EBADF;
        Seal below = { seal->owner, seal->producer, seal->depth + 1, seal->problem };
        struct stat opened;
        int r;

        if (seal->depth == TREE_DEPTH_MAX)
                return -ELOOP;
        r = make_readable(dir_fd, name, st, 0700);
        if (r < 0)
                return r;
        fd = open_directory(dir_fd, name);
        if (fd < 0)
                return fd;
        r = tree_each_entry(fd, seal_entry, &below, seal->problem);
        if (r < 0)
                return r;
        return fstat(fd, &opened) < 0 ? -errno : seal_open(fd, &opened, seal->owner);
}

static int seal_entry(int dir_fd, const char *name, const struct stat *st, void *userdata) {
        const Seal *seal = userdata;

        switch (st->st_mode & S_IFMT) {
        case S_IFDIR:
                return seal_directory(dir_fd, name, st, seal);
        case S_IFREG:
                return seal_regular(dir_fd, name, st, seal);
        case S_IFLNK:
                return seal_link(dir_fd, name, st, seal);
        default:
                return -ENODEV;
        }
}

int tree_seal(int tree_fd, const TreeOwner *owner, TreeProblem *problem) {
        Seal seal = { owner, owner->uid, 0, problem };
        struct stat st;
        int r;

        if (fstat(tree_fd, &st) < 0)
                return -errno;
        seal.producer = st.st_uid;
        r = tree_each_entry(tree_fd, seal_entry, &seal, problem);
        if (r < 0)
                return r;
        return fstat(tree_fd, &st) < 0 ? -errno : seal_open(tree_fd, &st, owner);
}
