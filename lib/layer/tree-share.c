/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/tree-share.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define SHARED_NEW ".#shared"

typedef struct Share {
        const TreeOwner *owner; /* of both trees */
        int base_fd;            /* -EBADF: base lacks this directory */
        const char *ignored;
        bool is_ignored;
        bool only_counts; /* links nothing, and takes files of another mode for the same */
        unsigned depth;
        TreeProblem *problem;
        size_t *n_different;
} Share;

static int open_directory(int dir_fd, const char *name) {
        return open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
}

static int open_to_read(int dir_fd, const char *name) {
        return open_beneath(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

/* 1: the same bytes. */
static int compare_content(int one, int other) {
        enum { SIZE = 128 * 1024 };
        _cleanup_free_ char *buffer = malloc(2 * SIZE);

        if (!buffer)
                return -ENOMEM;
        for (;;) {
                ssize_t n = read_full(one, buffer, SIZE);
                ssize_t m = read_full(other, buffer + SIZE, SIZE);

                if (n < 0 || m < 0)
                        return (int) (n < 0 ? n : m);
                if (n != m || memcmp(buffer, buffer + SIZE, (size_t) n) != 0)
                        return 0;
                if (n == 0)
                        return 1;
        }
}

static int is_same_file(
        int dir_fd, int base_fd, const char *name, const struct stat *st, bool with_mode) {
        _cleanup_close_ int one = -EBADF, other = -EBADF;
        struct stat base;

        if (fstatat(base_fd, name, &base, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;
        if (!S_ISREG(base.st_mode) || base.st_size != st->st_size ||
            (with_mode && base.st_mode != st->st_mode))
                return 0;
        if (base.st_ino == st->st_ino && base.st_dev == st->st_dev)
                return 1;
        one = open_to_read(dir_fd, name);
        other = open_to_read(base_fd, name);
        if (one < 0 || other < 0)
                return one < 0 ? one : other;
        return compare_content(one, other);
}

static int share_regular(int dir_fd, const char *name, const struct stat *st, const Share *share) {
        int r;

        r = share->base_fd < 0
                    ? 0
                    : is_same_file(dir_fd, share->base_fd, name, st, !share->only_counts);
        if (r < 0)
                return r;
        if (r == 0) {
                *share->n_different += !share->is_ignored;
                return 0;
        }
        /* tree_seal() would change a file that is not final, and so the base. */
        if (share->only_counts || !tree_is_final(st, share->owner))
                return 0;
        if (unlinkat(dir_fd, SHARED_NEW, 0) < 0 && errno != ENOENT)
                return -errno;
        if (linkat(share->base_fd, name, dir_fd, SHARED_NEW, 0) < 0)
                return errno == EMLINK || errno == EPERM ? 0 : -errno;
        if (renameat(dir_fd, SHARED_NEW, dir_fd, name) < 0)
                return -errno;
        /* rename() does nothing when both are one file already. */
        return unlinkat(dir_fd, SHARED_NEW, 0) < 0 && errno != ENOENT ? -errno : 0;
}

/* 1: a link of the same text. */
static int is_same_link(int dir_fd, int base_fd, const char *name) {
        char one[PATH_MAX], other[PATH_MAX];
        ssize_t n = readlinkat(dir_fd, name, one, sizeof(one)), m;

        if (n < 0)
                return -errno;
        m = base_fd < 0 ? -1 : readlinkat(base_fd, name, other, sizeof(other));
        return m == n && memcmp(one, other, (size_t) n) == 0;
}

static int share_entry(int dir_fd, const char *name, const struct stat *st, void *userdata);

static int share_directory(int dir_fd, const char *name, const Share *share) {
        _cleanup_close_ int fd = -EBADF, base_fd = -EBADF;
        Share below = *share;

        if (share->depth == TREE_DEPTH_MAX)
                return -ELOOP;
        fd = open_directory(dir_fd, name);
        if (fd < 0)
                return fd;
        base_fd = share->base_fd < 0 ? -ENOENT : open_directory(share->base_fd, name);
        if (base_fd < 0 && base_fd != -ENOENT && base_fd != -ENOTDIR && base_fd != -ELOOP)
                return base_fd;
        below.base_fd = base_fd;
        below.depth++;
        below.is_ignored |=
                share->depth == 0 && share->ignored && strcmp(name, share->ignored) == 0;
        *share->n_different += base_fd < 0 && !below.is_ignored;
        return tree_each_entry(fd, share_entry, &below, share->problem);
}

static int share_entry(int dir_fd, const char *name, const struct stat *st, void *userdata) {
        const Share *share = userdata;
        int r;

        switch (st->st_mode & S_IFMT) {
        case S_IFDIR:
                return share_directory(dir_fd, name, share);
        case S_IFREG:
                return share_regular(dir_fd, name, st, share);
        case S_IFLNK:
                r = is_same_link(dir_fd, share->base_fd, name);
                if (r == 0)
                        *share->n_different += !share->is_ignored;
                return r < 0 ? r : 0;
        default:
                return -ENODEV;
        }
}

static int go_through(Share *share, int tree_fd, int base_fd) {
        share->base_fd = base_fd;
        return tree_each_entry(tree_fd, share_entry, share, share->problem);
}

int tree_share(
        int tree_fd, int base_fd, const char *ignored, TreeProblem *problem,
        size_t *ret_n_different) {
        size_t n_different = 0;
        TreeOwner owner;
        Share share = {
                .owner = &owner,
                .ignored = ignored,
                .problem = problem,
                .n_different = &n_different,
        };
        int r;

        r = tree_owner_of(base_fd, &owner);
        if (r >= 0)
                r = go_through(&share, tree_fd, base_fd);
        /* The files that only the base has. */
        share.only_counts = true;
        if (r >= 0)
                r = go_through(&share, base_fd, tree_fd);
        if (r < 0)
                return r;

        *ret_n_different = n_different;
        return 0;
}

int tree_compare(int one_fd, int other_fd, TreeProblem *problem, size_t *ret_n_different) {
        size_t n_different = 0;
        Share share = {
                .only_counts = true,
                .problem = problem,
                .n_different = &n_different,
        };
        int r;

        r = go_through(&share, one_fd, other_fd);
        if (r >= 0)
                r = go_through(&share, other_fd, one_fd);
        if (r < 0)
                return r;

        *ret_n_different = n_different;
        return 0;
}
