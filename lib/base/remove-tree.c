/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/file.h"

static int mount_id(int fd, uint64_t *ret) {
        struct statx stx;

        if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0)
                return -errno;
        if (!(stx.stx_mask & STATX_MNT_ID))
                return -EOPNOTSUPP;
        *ret = stx.stx_mnt_id;
        return 0;
}

/* Stands in for RESOLVE_NO_XDEV where openat2() is forbidden, see walk_beneath() in base/file.c. */
static int open_same_mount(int dir_fd, const char *name) {
        _cleanup_close_ int fd = -EBADF;
        uint64_t ours = 0, its = 0;
        int r;

        fd = open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd;
        r = mount_id(dir_fd, &ours);
        if (r < 0)
                return r;
        r = mount_id(fd, &its);
        if (r < 0)
                return r;
        return ours == its ? TAKE_FD(fd) : -EXDEV;
}

/* Opens a subdirectory to empty it; refuses to step onto another file system or mount. */
static int open_subdirectory(int dir_fd, const char *name) {
        struct open_how how = {
                .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
        };
        long fd = syscall(SYS_openat2, dir_fd, name, &how, sizeof(how));

        if (fd >= 0)
                return (int) fd;
        return errno == ENOSYS ? open_same_mount(dir_fd, name) : -errno;
}

/*
 * A hostile tree may be nested deeper than there are descriptors. So directories below this depth
 * are first moved up to the top of the tree, which is read again until it is empty.
 */
enum { REMOVE_DEPTH_MAX = 16 };

typedef struct Removal {
        int top_fd;
        unsigned n_moved;
} Removal;

static int empty_directory(Removal *removal, int fd, unsigned depth);

static int move_to_top(Removal *removal, int dir_fd, const char *name) {
        char target[32];

        (void) snprintf(target, sizeof(target), ".#removed.%u", removal->n_moved++);
        if (renameat2(dir_fd, name, removal->top_fd, target, RENAME_NOREPLACE) >= 0)
                return 0;
        /* A name the tree happens to have: the next attempt counts on. */
        return errno == EEXIST ? -EAGAIN : -errno;
}

static int remove_entry(Removal *removal, int dir_fd, const char *name, unsigned depth) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        /* Most entries are files: try that first and learn that it is a directory from the error.
         */
        if (unlinkat(dir_fd, name, 0) >= 0 || errno == ENOENT)
                return 0;
        if (errno != EISDIR && errno != EPERM)
                return -errno;

        if (depth >= REMOVE_DEPTH_MAX) {
                do
                        r = move_to_top(removal, dir_fd, name);
                while (r == -EAGAIN);
                return r;
        }

        fd = open_subdirectory(dir_fd, name);
        /* An empty directory of another user needs no opening. */
        if (fd == -EACCES && unlinkat(dir_fd, name, AT_REMOVEDIR) >= 0)
                return 0;
        if (fd < 0)
                return fd == -ENOTDIR ? -EPERM : fd;
        r = empty_directory(removal, fd, depth + 1);
        if (r < 0)
                return r;
        if (unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
                return -errno;
        return 0;
}

/* One pass over a directory. Returns whether there was anything to remove. */
static int empty_directory_once(Removal *removal, int fd, unsigned depth) {
        _cleanup_(closedirp) DIR *dir = open_listing(fd);
        const struct dirent *entry;
        bool found = false;
        int r;

        if (!dir)
                return -errno;
        while ((r = next_entry(dir, &entry)) > 0) {
                found = true;
                r = remove_entry(removal, fd, entry->d_name, depth);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : found;
}

/* Only the top gets new entries while it is emptied, so only the top needs more than one pass. */
static int empty_directory(Removal *removal, int fd, unsigned depth) {
        int r;

        do
                r = empty_directory_once(removal, fd, depth);
        while (r > 0 && depth == 0);

        return r < 0 ? r : 0;
}

int remove_tree(int dir_fd, const char *name) {
        _cleanup_close_ int top = -EBADF;
        int r;

        if (unlinkat(dir_fd, name, 0) >= 0 || errno == ENOENT)
                return 0;
        if (errno != EISDIR && errno != EPERM)
                return -errno;

        top = open_subdirectory(dir_fd, name);
        if (top == -EACCES && unlinkat(dir_fd, name, AT_REMOVEDIR) >= 0)
                return 0;
        if (top < 0)
                return top;
        r = empty_directory(&(Removal) { .top_fd = top }, top, 0);
        if (r < 0)
                return r;

        return unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}
