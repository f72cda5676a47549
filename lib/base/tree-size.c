/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tree-size.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/time-text.h"

enum { BLOCK_SIZE = 512 }; /* what st_blocks counts, whatever the file system's own are */

static void add_inode(const struct stat *st, TreeSize *sum) {
        uint64_t changed = timespec_usec(&st->st_mtim);
        uint64_t bytes = (uint64_t) st->st_blocks * BLOCK_SIZE;
        uint64_t names = S_ISDIR(st->st_mode) || st->st_nlink == 0 ? 1 : st->st_nlink;

        sum->bytes += bytes / names;
        sum->saved += bytes - bytes / names;
        if (S_ISDIR(st->st_mode))
                return;
        sum->n_files++;
        if (changed > sum->changed)
                sum->changed = changed;
}

/* A directory above the one that is open, and how far it was read. */
typedef struct Level {
        dev_t device;
        ino_t inode;
        long position;
} Level;

typedef struct Walk {
        DIR *dir;      /* the only one that is open: a hostile tree is deeper than descriptors go */
        Level *levels; /* of the open one and of all above it */
        size_t n_levels;
        TreeSize sum;
        bool is_own; /* the caller owns the tree, and may be without rights to its directories */
} Walk;

static void walk_done(Walk *walk) {
        closedirp(&walk->dir);
        free(walk->levels);
}

/* Whether the owner of a directory can list it and look at what it has. */
static bool is_readable(mode_t mode) {
        return (mode & 0500) == 0500;
}

static mode_t make_readable(mode_t mode) {
        return (mode & 07777) | 0500;
}

/* Makes fd, which is taken over, the open one. */
static int set_directory(Walk *walk, int fd) {
        DIR *dir = fdopendir(fd);

        if (!dir) {
                (void) safe_close(fd);
                return -ENOMEM;
        }
        closedirp(&walk->dir);
        walk->dir = dir;
        return 0;
}

static int push(Walk *walk, const struct stat *st) {
        Level *levels = walk->levels;

        /* Doubled at each power of two. */
        if ((walk->n_levels & (walk->n_levels - 1)) == 0) {
                size_t n = walk->n_levels == 0 ? 1 : walk->n_levels * 2;

                levels = reallocarray(levels, n, sizeof(Level));
                if (!levels)
                        return -ENOMEM;
                walk->levels = levels;
        }
        levels[walk->n_levels++] = (Level) { .device = st->st_dev, .inode = st->st_ino };
        return 0;
}

/* Goes into a directory; 0 also when it is of another file system or was replaced just now. */
static int descend(Walk *walk, int dir_fd, const char *name, mode_t mode) {
        _cleanup_close_ int fd = -EBADF;
        struct stat st;
        int r;

        if (walk->is_own && !is_readable(mode))
                (void) !fchmodat(dir_fd, name, make_readable(mode), AT_SYMLINK_NOFOLLOW);

        fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOTDIR || errno == ELOOP || errno == ENOENT ? 0 : -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (walk->n_levels > 0) {
                Level *above = &walk->levels[walk->n_levels - 1];

                if (st.st_dev != above->device)
                        return 0;
                above->position = telldir(walk->dir);
        }
        r = push(walk, &st);
        return r < 0 ? r : set_directory(walk, TAKE_FD(fd));
}

/*
 * Back to the directory above, where it was left. Its number tells whether ".." is still that one:
 * -ESTALE.
 */
static int ascend(Walk *walk) {
        _cleanup_close_ int fd = -EBADF;
        const Level *above;
        struct stat st;
        int r;

        if (--walk->n_levels == 0)
                return 0;
        above = &walk->levels[walk->n_levels - 1];
        fd = openat(dirfd(walk->dir), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? -ESTALE : -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (st.st_dev != above->device || st.st_ino != above->inode)
                return -ESTALE;
        r = set_directory(walk, TAKE_FD(fd));
        if (r >= 0)
                seekdir(walk->dir, above->position);
        return r;
}

/* Counts one entry, and goes into it if it is a directory. */
static int visit(Walk *walk, int dir_fd, const char *name) {
        struct stat st;

        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        if (walk->n_levels > 0 && st.st_dev != walk->levels[walk->n_levels - 1].device)
                return 0;
        add_inode(&st, &walk->sum);
        return S_ISDIR(st.st_mode) ? descend(walk, dir_fd, name, st.st_mode) : 0;
}

static int next(Walk *walk) {
        const struct dirent *entry;
        int r;

        errno = 0;
        entry = readdir(walk->dir);
        if (!entry)
                return errno > 0 ? -errno : ascend(walk);
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                return 0;
        r = visit(walk, dirfd(walk->dir), entry->d_name);
        return r == -ENOENT ? 0 : r;
}

/* The directory that holds the last component, which may be anything. */
static int open_parent(int dir_fd, const char *name, const char **ret_last) {
        const char *slash = strrchr(name, '/');
        _cleanup_free_ char *parent =
                strndup(slash ? name : ".", slash ? (size_t) (slash - name) : 1);

        if (!parent)
                return -ENOMEM;
        *ret_last = slash ? slash + 1 : name;
        return open_beneath(dir_fd, parent, O_PATH | O_DIRECTORY);
}

static int measure(int dir_fd, const char *name, bool is_own, TreeSize *ret) {
        _cleanup_(walk_done) Walk walk = { .is_own = is_own };
        int r;

        r = visit(&walk, dir_fd, name);
        while (r >= 0 && walk.n_levels > 0)
                r = next(&walk);
        if (r == -ESTALE)
                walk.sum.is_partial = true;
        else if (r < 0)
                return r;

        *ret = walk.sum;
        return 0;
}

int tree_size(int dir_fd, const char *name, TreeSize *ret) {
        _cleanup_close_ int parent_fd = -EBADF;
        const char *last;

        parent_fd = open_parent(dir_fd, name, &last);
        return parent_fd < 0 ? parent_fd : measure(parent_fd, last, false, ret);
}

int tree_size_own(int dir_fd, TreeSize *ret) {
        struct stat st;

        if (fstat(dir_fd, &st) < 0)
                return -errno;
        if (!is_readable(st.st_mode) && fchmod(dir_fd, make_readable(st.st_mode)) < 0)
                return -errno;
        return measure(dir_fd, ".", true, ret);
}
