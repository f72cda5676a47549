/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/cgroup.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/cleanup.h"

#define CGROUP_ROOT "/sys/fs/cgroup"

static uint64_t parse(const char *text) {
        char *end;
        unsigned long long number;

        if (*text < '0' || *text > '9')
                return UINT64_MAX;
        errno = 0;
        number = strtoull(text, &end, 10);
        return errno == 0 && (*end == '\n' || *end == '\0') ? number : UINT64_MAX;
}

/* The number of the file; of its line "key NUMBER" when there is a key. */
static uint64_t read_number(int directory_fd, const char *name, const char *key) {
        _cleanup_close_ int fd = openat(directory_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        char buffer[1024];
        const char *line = buffer;
        ssize_t n;

        if (fd < 0)
                return UINT64_MAX;
        n = read(fd, buffer, sizeof(buffer) - 1);
        if (n <= 0)
                return UINT64_MAX;
        buffer[n] = '\0';

        while (key && line && (strncmp(line, key, strlen(key)) != 0 || line[strlen(key)] != ' ')) {
                line = strchr(line, '\n');
                line = line ? line + 1 : NULL;
        }
        return line ? parse(key ? line + strlen(key) + 1 : line) : UINT64_MAX;
}

void cgroup_usage_read(const char *control_group, CgroupUsage *ret) {
        _cleanup_close_ int fd = -EBADF;
        char path[PATH_MAX];
        uint64_t usec;

        *ret = (CgroupUsage) { UINT64_MAX, UINT64_MAX, UINT64_MAX };
        if (!control_group || control_group[0] == '\0' || strstr(control_group, "/../") ||
            snprintf(path, sizeof(path), CGROUP_ROOT "%s", control_group) >= (int) sizeof(path))
                return;
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return;

        ret->memory_bytes = read_number(fd, "memory.current", NULL);
        ret->tasks = read_number(fd, "pids.current", NULL);
        usec = read_number(fd, "cpu.stat", "usage_usec");
        ret->cpu_nsec = usec == UINT64_MAX ? UINT64_MAX : usec * 1000;
}
