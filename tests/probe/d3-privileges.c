/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* D3: becoming another user, and the parts of the kernel that help with it. */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/openat2.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "objects.h"
#include "tries.h"

/* A place in the game's tree where it may make files. */
#define OWN_FILE "left4dead2/logs/left4me-probe"

/* --- files that give their starter rights --- */

#define RIGHTS_DIR "/usr/local/lib/left4me-probe/"

/* Starts this very program through a file with special rights, and asks who it is. */
static int identity(const char *name, long *ret_uid, long *ret_gid, unsigned long long *ret_caps) {
        char path[64], option[] = IDENTITY_OPTION, line[128];
        char *argv[] = { path, option, NULL };
        int r;

        (void) snprintf(path, sizeof(path), RIGHTS_DIR "%s", name);
        r = run_line(argv, line, sizeof(line));
        if (r < 0)
                return r;

        return sscanf(line, "%ld %ld %llx", ret_uid, ret_gid, ret_caps) == 3 ? 0 : -EBADMSG;
}

static int try_execve(const Attempt *a, const Targets *t) {
        unsigned long long caps;
        long uid, gid;
        bool gained;
        int r;

        (void) t;
        r = identity(a->object, &uid, &gid, &caps);
        if (r < 0)
                return r;

        if (strcmp(a->object, "setuid-bin") == 0)
                gained = uid == 2;
        else if (strcmp(a->object, "setgid-shadow") == 0)
                gained = gid == 42;
        else
                gained = caps & (1ULL << CAP_DAC_READ_SEARCH);
        return gained ? 0 : -EPERM;
}

static int try_chmod(const Attempt *a, const Targets *t) {
        mode_t mode = strcmp(a->object, "u+s") == 0 ? 04700 : 02700;
        int fd, r;

        (void) t;
        fd = open(OWN_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
        if (fd < 0)
                return -errno;

        r = result(fchmod(fd, mode));
        (void) unlink(OWN_FILE);
        return r;
}

static int try_fchmodat2(const Attempt *a, const Targets *t) {
        int fd, r;

        (void) a;
        (void) t;
        fd = open(OWN_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
        if (fd < 0)
                return -errno;

        r = result(syscall(452, AT_FDCWD, OWN_FILE, 04700, 0));
        (void) unlink(OWN_FILE);
        return r;
}

/* Its mode is in memory, where no filter sees it. */
static int try_openat2(const Attempt *a, const Targets *t) {
        struct open_how how = { .flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, .mode = 04700 };
        int r;

        (void) a;
        (void) t;
        r = result(syscall(SYS_openat2, AT_FDCWD, OWN_FILE, &how, sizeof(how)));
        (void) unlink(OWN_FILE);
        return r;
}

static int try_mknod_suid(const Attempt *a, const Targets *t) {
        int r;

        (void) a;
        (void) t;
        r = result(mknod(OWN_FILE, S_IFREG | 04700, 0));
        (void) unlink(OWN_FILE);
        return r;
}

static int try_create_suid(const Attempt *a, const Targets *t) {
        int r;

        (void) a;
        (void) t;
        r = result(open(OWN_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 04700));
        (void) unlink(OWN_FILE);
        return r;
}

/* --- identity and capabilities --- */

static int try_setgroups(const Attempt *a, const Targets *t) {
        gid_t none = 0;

        (void) a;
        (void) t;
        return result(syscall(SYS_setgroups, 0, &none));
}

/* Debian's group `shadow`. Not a user: systemd takes CAP_SETUID from everybody who has a filter. */
static int try_setresgid(const Attempt *a, const Targets *t) {
        (void) a;
        (void) t;
        return result(syscall(SYS_setresgid, 42, 42, 42));
}

static int try_chown(const Attempt *a, const Targets *t) {
        int fd, r;

        (void) t;
        fd = open(a->object, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;

        r = result(fchown(fd, 2, 2));
        (void) unlink(a->object);
        return r;
}

/* Every capability that is left to it in the bounding set; of interest is one of the strong ones.
 */
static int try_capset(const Attempt *a, const Targets *t) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2] = {};

        (void) a;
        (void) t;
        data[0].effective = data[0].permitted = 1U << CAP_SYS_ADMIN;
        return result(syscall(SYS_capset, &header, data));
}

static int try_nice(const Attempt *a, const Targets *t) {
        (void) a;
        (void) t;
        return result(setpriority(PRIO_PROCESS, 0, -20));
}

static int try_realtime(const Attempt *a, const Targets *t) {
        struct sched_param parameter = { .sched_priority = 1 };

        (void) a;
        (void) t;
        return result(sched_setscheduler(0, SCHED_FIFO, &parameter));
}

/* --- namespaces --- */

static const struct {
        const char *name;
        int flag;
} namespaces[] = {
        { "user", CLONE_NEWUSER },     { "mount", CLONE_NEWNS },  { "net", CLONE_NEWNET },
        { "pid", CLONE_NEWPID },       { "ipc", CLONE_NEWIPC },   { "uts", CLONE_NEWUTS },
        { "cgroup", CLONE_NEWCGROUP }, { "time", CLONE_NEWTIME },
};

static int namespace_flag(const Attempt *a) {
        for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++)
                if (strcmp(namespaces[i].name, a->object) == 0)
                        return namespaces[i].flag;
        abort();
}

static int try_unshare(const Attempt *a, const Targets *t) {
        (void) t;
        return result(unshare(namespace_flag(a)));
}

static int end_child(long pid) {
        if (pid < 0)
                return -errno;
        if (pid == 0)
                _exit(0);
        return result(waitpid((pid_t) pid, NULL, 0));
}

static int try_clone(const Attempt *a, const Targets *t) {
        (void) t;
        return end_child(syscall(SYS_clone, namespace_flag(a) | SIGCHLD, NULL, NULL, NULL, NULL));
}

static int try_clone3(const Attempt *a, const Targets *t) {
        struct clone_args arguments = {
                .flags = (unsigned) namespace_flag(a),
                .exit_signal = SIGCHLD,
        };

        (void) t;
        return end_child(syscall(SYS_clone3, &arguments, sizeof(arguments)));
}

/* The network namespace is the host's: joining the one it is in needs the same rights as another.
 */
static int try_setns(const Attempt *a, const Targets *t) {
        char path[64];
        int fd;

        (void) t;
        (void) snprintf(path, sizeof(path), "/proc/self/ns/%s", a->object);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        return result(setns(fd, namespace_flag(a)));
}

/* --- parts of the kernel --- */

static int try_personality(const Attempt *a, const Targets *t) {
        (void) a;
        (void) t;
        /* Not by the C library, which hides the error of the i386 call. */
        return result(syscall(SYS_personality, ADDR_NO_RANDOMIZE));
}

static int try_add_key(const Attempt *a, const Targets *t) {
        (void) a;
        (void) t;
        return result(
                syscall(SYS_add_key, "user", "left4me-probe", "x", 1, KEY_SPEC_PROCESS_KEYRING));
}

/* Looks for a key that another service of the same user has put there. */
static int try_keyctl(const Attempt *a, const Targets *t) {
        int keyring = strcmp(a->object, "user-keyring") == 0 ? KEY_SPEC_USER_KEYRING
                                                             : KEY_SPEC_SESSION_KEYRING;

        (void) t;
        return result(syscall(SYS_keyctl, KEYCTL_SEARCH, keyring, "user", OBJECTS_KEY, 0));
}

static int try_init_module(const Attempt *a, const Targets *t) {
        int r;

        (void) a;
        (void) t;
        r = result(syscall(SYS_init_module, NULL, 0, ""));
        return r == -ENOEXEC || r == -EFAULT ? 0 : r;
}

static int try_bpf(const Attempt *a, const Targets *t) {
        union bpf_attr attribute = {
                .map_type = BPF_MAP_TYPE_ARRAY,
                .key_size = 4,
                .value_size = 4,
                .max_entries = 1,
        };

        (void) a;
        (void) t;
        return result(syscall(SYS_bpf, BPF_MAP_CREATE, &attribute, sizeof(attribute)));
}

static int try_perf_event_open(const Attempt *a, const Targets *t) {
        struct perf_event_attr attribute = {
                .type = PERF_TYPE_SOFTWARE,
                .size = sizeof(attribute),
                .config = PERF_COUNT_SW_CPU_CLOCK,
                .exclude_kernel = 1,
        };

        (void) a;
        (void) t;
        return result(syscall(SYS_perf_event_open, &attribute, 0, -1, -1, 0));
}

static int try_io_uring(const Attempt *a, const Targets *t) {
        char parameters[256] = {};

        (void) a;
        (void) t;
        return result(syscall(SYS_io_uring_setup, 4, parameters));
}

static int try_userfaultfd(const Attempt *a, const Targets *t) {
        (void) a;
        (void) t;
        return result(syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY));
}

/* --- running what it has written --- */

static int try_mmap(const Attempt *a, const Targets *t) {
        void *p = mmap(
                NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        (void) a;
        (void) t;
        return p == MAP_FAILED ? -errno : 0;
}

const Attempt d3_attempts[] = {
        { "D3a", "execve", "setuid-bin", try_execve },
        { "D3a", "execve", "setgid-shadow", try_execve },
        { "D3a", "execve", "file-capabilities", try_execve },
        { "D3a", "chmod", "u+s", try_chmod },
        { "D3a", "chmod", "g+s", try_chmod },
        { "D3a", "open", "O_CREAT-u+s", try_create_suid },
        { "D3a", "fchmodat2", "u+s", try_fchmodat2 },
        { "D3a", "openat2", "O_CREAT-u+s", try_openat2 },
        { "D3a", "mknod", "u+s", try_mknod_suid },

        { "D3b", "setgroups", "none", try_setgroups },
        { "D3b", "setresgid", "shadow", try_setresgid },
        { "D3b", "chown", "/dev/shm/left4me-own", try_chown },
        { "D3b", "capset", "CAP_SYS_ADMIN", try_capset },
        { "D3b", "setpriority", "-20", try_nice },
        { "D3b", "sched_setscheduler", "SCHED_FIFO", try_realtime },

        { "D3c", "unshare", "user", try_unshare },
        { "D3c", "unshare", "mount", try_unshare },
        { "D3c", "unshare", "net", try_unshare },
        { "D3c", "unshare", "pid", try_unshare },
        { "D3c", "unshare", "ipc", try_unshare },
        { "D3c", "unshare", "uts", try_unshare },
        { "D3c", "unshare", "cgroup", try_unshare },
        { "D3c", "unshare", "time", try_unshare },
        { "D3c", "clone", "user", try_clone },
        { "D3c", "clone", "mount", try_clone },
        { "D3c", "clone", "net", try_clone },
        { "D3c", "clone3", "user", try_clone3 },
        { "D3c", "clone3", "mount", try_clone3 },
        { "D3c", "clone3", "net", try_clone3 },
        { "D3c", "setns", "net", try_setns },

        { "D3d", "personality", "no-randomization", try_personality },
        { "D3d", "mmap", "write+execute", try_mmap },

        { "D3e", "add_key", "process-keyring", try_add_key },
        { "D3e", "keyctl", "user-keyring", try_keyctl },
        { "D3e", "keyctl", "session-keyring", try_keyctl },

        { "D3f", "init_module", "empty", try_init_module },
        { "D3f", "read", "/usr/lib/modules/secret", try_read },
        { "D3f", "bpf", "map", try_bpf },
        { "D3f", "perf_event_open", "self", try_perf_event_open },
        { "D3f", "io_uring_setup", "ring", try_io_uring },
        { "D3f", "userfaultfd", "user-mode", try_userfaultfd },
        {},
};
