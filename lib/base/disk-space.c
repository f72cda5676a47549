/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/disk-space.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { SPARE_BYTES = 64 * 1024 * 1024, SPARE_PART = 20 };

int disk_space_check(int fd, uint64_t more) {
        uint64_t available, spare;
        struct statvfs disk;

        if (fstatvfs(fd, &disk) < 0)
                return -errno;
        available = (uint64_t) disk.f_bavail * disk.f_frsize;
        spare = (uint64_t) disk.f_blocks * disk.f_frsize / SPARE_PART;
        if (spare > SPARE_BYTES)
                spare = SPARE_BYTES;
        return available < spare || available - spare < more ? -ENOSPC : 0;
}

static int open_nameless(int dir_fd) {
        return openat(dir_fd, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
}

bool disk_shares_blocks(int from_fd, int to_fd) {
        _cleanup_close_ int from = open_nameless(from_fd), to = open_nameless(to_fd);
        static const char block[4096] = { 1 };

        return from >= 0 && to >= 0 && write(from, block, sizeof(block)) == sizeof(block) &&
               ioctl(to, FICLONE, from) >= 0;
}
