/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/tree-extent.h"

#include <fcntl.h>

#include "base/file.h"

typedef struct Measure {
        TreeExtent extent;
        uint64_t bytes_max;
        unsigned depth;
        TreeProblem *problem;
} Measure;

static uint64_t size_of(const struct stat *st) {
        uint64_t allocated = (uint64_t) st->st_blocks * 512, size = (uint64_t) st->st_size;

        return allocated > size ? allocated : size;
}

static int measure_entry(int dir_fd, const char *name, const struct stat *st, void *userdata) {
        Measure *measure = userdata;
        _cleanup_close_ int fd = -EBADF;
        int r;

        measure->extent.n_entries++;
        if (!S_ISDIR(st->st_mode))
                measure->extent.bytes += size_of(st);
        if (measure->extent.bytes > measure->bytes_max ||
            measure->extent.n_entries > TREE_ENTRIES_MAX)
                return -EFBIG;
        if (!S_ISDIR(st->st_mode))
                return 0;
        if (measure->depth == TREE_DEPTH_MAX)
                return -ELOOP;
        fd = open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd;
        measure->depth++;
        r = tree_each_entry(fd, measure_entry, measure, measure->problem);
        measure->depth--;
        return r;
}

int tree_extent(
        int dir_fd, const char *path, uint64_t bytes_max, TreeProblem *problem, TreeExtent *ret) {
        Measure measure = { .bytes_max = bytes_max, .problem = problem };
        _cleanup_close_ int fd = open_beneath(dir_fd, path, O_RDONLY | O_DIRECTORY);
        int r = fd < 0 ? fd : tree_each_entry(fd, measure_entry, &measure, problem);

        if (r >= 0 || r == -EFBIG)
                *ret = measure.extent;
        return r;
}
