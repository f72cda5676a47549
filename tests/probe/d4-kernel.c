/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* D4: settings and interfaces of the kernel and the host. */

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/io.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "tries.h"

/* --- log, clock, name, power --- */

/* Opening the log does nothing, but needs the right to it. */
static int try_syslog(const Attempt *a, const Targets *t) {
        (void) a;
        (void) t;
        return result(syscall(SYS_syslog, 1, NULL, 0));
}

static int try_clock_settime(const Attempt *a, const Targets *t) {
        struct timespec now;

        (void) a;
        (void) t;
        (void) clock_gettime(CLOCK_REALTIME, &now);
        return result(clock_settime(CLOCK_REALTIME, &now));
}

static int try_sethostname(const Attempt *a, const Targets *t) {
        char name[256];

        (void) a;
        (void) t;
        if (gethostname(name, sizeof(name)) < 0)
                return -errno;
        return result(sethostname(name, strlen(name)));
}

static int try_setdomainname(const Attempt *a, const Targets *t) {
        char name[256];

        (void) a;
        (void) t;
        if (getdomainname(name, sizeof(name)) < 0)
                return -errno;
        return result(setdomainname(name, strlen(name)));
}

/* The right to do it is looked at before the magic numbers, which are wrong. */
static int try_reboot(const Attempt *a, const Targets *t) {
        int r;

        (void) a;
        (void) t;
        r = result(syscall(SYS_reboot, 0, 0, 0, NULL));
        return r == -EINVAL ? 0 : r;
}

static int try_swapon(const Attempt *a, const Targets *t) {
        int r;

        (void) a;
        (void) t;
        r = result(swapon("/nonexistent", 0));
        return r == -ENOENT ? 0 : r;
}

static int try_acct(const Attempt *a, const Targets *t) {
        (void) a;
        (void) t;
        return result(acct(NULL));
}

static int try_ioperm(const Attempt *a, const Targets *t) {
        (void) a;
        (void) t;
        return result(ioperm(0x80, 1, 1));
}

static int try_fanotify(const Attempt *a, const Targets *t) {
        (void) a;
        (void) t;
        return result(syscall(SYS_fanotify_init, FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY));
}

/* Opening by handle passes by all directories and mounts: the classic way out of a container. */
static int try_open_by_handle_at(const Attempt *a, const Targets *t) {
        struct {
                struct file_handle header;
                unsigned char space[MAX_HANDLE_SZ];
        } handle = { .header.handle_bytes = MAX_HANDLE_SZ };
        int fd, mount_id;

        (void) a;
        (void) t;
        /* /tmp is a tmpfs, hardened or not: not every file system has handles */
        fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || name_to_handle_at(fd, "", &handle.header, &mount_id, AT_EMPTY_PATH) < 0)
                return -NOT_APPLICABLE;

        return result(open_by_handle_at(fd, &handle.header, O_RDONLY | O_CLOEXEC));
}

/* --- control groups --- */

/* A limit of its own control group, whose name it can read. */
static int try_own_cgroup(const Attempt *a, const Targets *t) {
        char line[256] = "", path[512];
        FILE *f = fopen("/proc/self/cgroup", "re");

        (void) t;
        if (!f)
                return -errno;
        /* Beside it there may be those of older hierarchies. */
        do {
                if (!fgets(line, sizeof(line), f))
                        return -EBADMSG;
        } while (strncmp(line, "0::", 3) != 0);
        line[strcspn(line, "\n")] = '\0';

        (void) snprintf(path, sizeof(path), "/sys/fs/cgroup%s/%s", line + 3, a->object);
        return result(open(path, O_WRONLY | O_CLOEXEC));
}

/* --- devices --- */

/* Makes /dev/null a second time. */
static int try_mknod(const Attempt *a, const Targets *t) {
        (void) t;
        if (mknod(a->object, S_IFCHR | 0600, makedev(1, 3)) < 0)
                return -errno;
        return result(unlink(a->object));
}

/* --- network --- */

static int try_send(const Attempt *a, const Targets *t) {
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(9) };
        int fd;

        (void) t;
        address.sin_addr.s_addr =
                htonl(strcmp(a->object, "cloud-metadata") == 0 ? 0xA9FEA9FE : 0xE00000FB);
        fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        return result(sendto(fd, "", 1, 0, (struct sockaddr *) &address, sizeof(address)));
}

const Attempt d4_attempts[] = {
        { "D4a", "open", "/proc/sys/net/ipv4/ip_default_ttl", try_open_write },
        { "D4a", "open", "/proc/sys/kernel/core_pattern", try_open_write },
        { "D4a", "open", "/proc/sysrq-trigger", try_open_write },
        { "D4a", "read", "/proc/kallsyms", try_read },
        { "D4a", "read", "/proc/keys", try_read },
        { "D4a", "read", "/proc/cmdline", try_read },
        { "D4a", "read", "/proc/interrupts", try_read },
        { "D4a", "read", "/proc/cpuinfo", try_read },
        { "D4a", "read", "/proc/meminfo", try_read },
        { "D4a", "read", "/proc/sys/kernel/osrelease", try_read },
        { "D4a", "open", "/sys/kernel/profiling", try_open_write },

        { "D4b", "mkdir", "/sys/fs/cgroup", try_mkdir },
        { "D4b", "open", "/sys/fs/cgroup/cgroup.procs", try_open_write },
        { "D4b", "own-cgroup", "cgroup.max.descendants", try_own_cgroup },
        { "D4b", "own-cgroup", "cgroup.procs", try_own_cgroup },

        { "D4c", "read", "/dev/kmsg", try_read },
        { "D4c", "syslog", "open", try_syslog },

        { "D4e", "open", "/dev/left4me-probe", try_open_write },
        { "D4e", "mknod", "/dev/shm/left4me-null", try_mknod },

        { "D4f", "clock_settime", "now", try_clock_settime },
        { "D4f", "sethostname", "same", try_sethostname },
        { "D4f", "setdomainname", "same", try_setdomainname },

        { "D4g", "reboot", "wrong-magic", try_reboot },
        { "D4g", "swapon", "/nonexistent", try_swapon },
        { "D4g", "acct", "off", try_acct },
        { "D4g", "ioperm", "0x80", try_ioperm },
        { "D4g", "fanotify_init", "content", try_fanotify },
        { "D4g", "open_by_handle_at", "/tmp", try_open_by_handle_at },

        { "D4h", "sendto", "cloud-metadata", try_send },
        { "D4h", "sendto", "multicast", try_send },
        {},
};
