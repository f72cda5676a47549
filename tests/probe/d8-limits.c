/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* D8: limits that need no controller of the control group. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tries.h"

static int try_core(const Attempt *a, const Targets *t) {
        struct rlimit limit = { .rlim_cur = 1, .rlim_max = 1 };

        (void) a;
        (void) t;
        return result(setrlimit(RLIMIT_CORE, &limit));
}

/* Shared memory is memory: 80 MiB of it, all at once. */
static int try_shared_memory(const Attempt *a, const Targets *t) {
        int fd, r;

        (void) a;
        (void) t;
        fd = open("/dev/shm/left4me-probe", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        r = -posix_fallocate(fd, 0, 80 << 20);
        (void) unlink("/dev/shm/left4me-probe");
        return r;
}

const Attempt d8_attempts[] = {
        { "D8c", "setrlimit", "core", try_core },
        { "D8e", "fill", "/dev/shm", try_shared_memory },
        {},
};
