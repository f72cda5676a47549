/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree-size.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { BLOCK_SIZE = 512 }; /* what st_blocks counts, whatever the file system's own are */

static void add_inode(const struct stat *st, TreeSize *sum) {
        uint64_t changed =
                (uint64_t) st->st_mtim.tv_sec * 1000000 + (uint64_t) st->st_mtim.tv_nsec / 1000;
        uint64_t names = S_ISDIR(st->st_mode) || st->st_nlink == 0 ? 1 : st->st_nlink;

        sum->bytes += (uint64_t) st->st_blocks * BLOCK_SIZE / names;
        if (S_ISDIR(st->st_mode))
                return;
        sum->n_files++;
        if (changed > sum->changed)
                sum->changed = changed;
}

static int add_tree(int dir_fd, const char *name, dev_t device, unsigned depth, TreeSize *sum);

/* Takes over the descriptor. */
static int add_entries(int fd, dev_t device, unsigned depth, TreeSize *sum) {
        _cleanup_(closedirp) DIR *dir = fdopendir(fd);

        if (!dir) {
                (void) safe_close(fd);
                return -ENOMEM;
        }
        for (;;) {
                struct dirent *entry;
                int r;

                errno = 0;
                entry = readdir(dir);
                if (!entry)
                        return -errno;
                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                        continue;
                r = add_tree(dirfd(dir), entry->d_name, device, depth, sum);
                if (r < 0 && r != -ENOENT)
                        return r;
        }
}

/* device: 0 for the tree's root, which decides. */
static int add_tree(int dir_fd, const char *name, dev_t device, unsigned depth, TreeSize *sum) {
        struct stat st;
        int fd;

        if (depth > TREE_DEPTH_MAX)
                return -ELOOP;
        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        if (device != 0 && st.st_dev != device)
                return 0;
        add_inode(&st, sum);
        if (!S_ISDIR(st.st_mode))
                return 0;

        fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOTDIR || errno == ELOOP ? 0 : -errno; /* replaced just now */
        return add_entries(fd, st.st_dev, depth + 1, sum);
}

int tree_size(int dir_fd, const char *name, TreeSize *ret) {
        TreeSize sum = {};
        int r;

        r = add_tree(dir_fd, name, 0, 0, &sum);
        if (r < 0)
                return r;

        *ret = sum;
        return 0;
}
