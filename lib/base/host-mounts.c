/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/host-mounts.h"

#include <fcntl.h>
#include <sched.h>

int join_host_mounts(void) {
        _cleanup_close_ int fd = open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                return -errno;
        return setns(fd, CLONE_NEWNS) < 0 ? -errno : 0;
}
