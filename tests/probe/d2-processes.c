/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* D2: the memory, the secrets and the life of other processes. */

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tries.h"

static pid_t target_pid(const Attempt *a, const Targets *t) {
        if (strcmp(a->object, "web") == 0)
                return t->web;
        if (strcmp(a->object, "neighbour") == 0)
                return t->neighbour;
        return t->parent;
}

/* The parent of the first process of a PID namespace has no number there. */
#define TARGET_OR_RETURN(pid, a, t)    \
        pid_t pid = target_pid(a, t);  \
        do {                           \
                if ((pid) == 0)        \
                        return -ESRCH; \
        } while (0)

/* Seizes without stopping; the end of this process lets go. */
static int try_ptrace(const Attempt *a, const Targets *t) {
        TARGET_OR_RETURN(pid, a, t);

        return result(ptrace(PTRACE_SEIZE, pid, NULL, NULL));
}

static int try_process_vm_readv(const Attempt *a, const Targets *t) {
        char byte;
        struct iovec here = { &byte, 1 }, there = { NULL, 1 };
        int r;

        TARGET_OR_RETURN(pid, a, t);

        /* Address 0 is never mapped: permission is checked before that is noticed. */
        r = result(process_vm_readv(pid, &here, 1, &there, 1, 0));
        return r == -EFAULT ? 0 : r;
}

static int try_process_vm_writev(const Attempt *a, const Targets *t) {
        char byte = 0;
        struct iovec here = { &byte, 1 }, there = { NULL, 1 };
        int r;

        TARGET_OR_RETURN(pid, a, t);

        r = result(process_vm_writev(pid, &here, 1, &there, 1, 0));
        return r == -EFAULT ? 0 : r;
}

/* A debugger of its own children: nothing of others, but a part of the kernel with a history. */
static int try_ptrace_child(const Attempt *a, const Targets *t) {
        pid_t pid = fork();
        int r;

        (void) a;
        (void) t;
        if (pid < 0)
                return -errno;
        if (pid == 0) {
                (void) pause();
                _exit(0);
        }

        r = result(ptrace(PTRACE_SEIZE, pid, NULL, NULL));
        (void) kill(pid, SIGKILL);
        (void) waitpid(pid, NULL, 0);
        return r;
}

static int try_pidfd_open(const Attempt *a, const Targets *t) {
        TARGET_OR_RETURN(pid, a, t);

        return result(syscall(SYS_pidfd_open, pid, 0));
}

/* Whether two processes share a file: tells where the kernel keeps it. */
static int try_kcmp(const Attempt *a, const Targets *t) {
        TARGET_OR_RETURN(pid, a, t);

        return result(syscall(SYS_kcmp, getpid(), pid, KCMP_FILES, 0, 0));
}

static int try_pidfd_getfd(const Attempt *a, const Targets *t) {
        int fd;

        TARGET_OR_RETURN(pid, a, t);

        fd = (int) syscall(SYS_pidfd_open, pid, 0);
        if (fd < 0)
                return -errno;
        return result(syscall(SYS_pidfd_getfd, fd, 0, 0));
}

static int try_proc(const Attempt *a, const Targets *t, const char *file) {
        char path[64];

        TARGET_OR_RETURN(pid, a, t);

        (void) snprintf(path, sizeof(path), "/proc/%d/%s", (int) pid, file);
        return strcmp(file, "fd") == 0 ? list_one(path) : read_one(path);
}

static int try_environ(const Attempt *a, const Targets *t) {
        return try_proc(a, t, "environ");
}

static int try_cmdline(const Attempt *a, const Targets *t) {
        return try_proc(a, t, "cmdline");
}

static int try_maps(const Attempt *a, const Targets *t) {
        return try_proc(a, t, "maps");
}

static int try_fd(const Attempt *a, const Targets *t) {
        return try_proc(a, t, "fd");
}

/* Its memory, to be written. */
static int try_mem(const Attempt *a, const Targets *t) {
        char path[64];

        TARGET_OR_RETURN(pid, a, t);

        (void) snprintf(path, sizeof(path), "/proc/%d/mem", (int) pid);
        return result(open(path, O_RDWR | O_CLOEXEC));
}

static int try_kill(const Attempt *a, const Targets *t) {
        TARGET_OR_RETURN(pid, a, t);

        return result(kill(pid, SIGCONT));
}

static int try_pidfd_send_signal(const Attempt *a, const Targets *t) {
        int fd;

        TARGET_OR_RETURN(pid, a, t);

        fd = (int) syscall(SYS_pidfd_open, pid, 0);
        if (fd < 0)
                return -errno;
        return result(syscall(SYS_pidfd_send_signal, fd, SIGCONT, NULL, 0));
}

static int try_tgkill(const Attempt *a, const Targets *t) {
        TARGET_OR_RETURN(pid, a, t);

        return result(syscall(SYS_tgkill, pid, pid, SIGCONT));
}

/* The processors it has, once more: who may set those may set others. */
static int try_setaffinity(const Attempt *a, const Targets *t) {
        cpu_set_t set;

        TARGET_OR_RETURN(pid, a, t);

        if (sched_getaffinity(pid, sizeof(set), &set) < 0)
                return -errno;
        return result(sched_setaffinity(pid, sizeof(set), &set));
}

/* Its present priority once more: who may set that may set another. */
static int try_setpriority(const Attempt *a, const Targets *t) {
        int priority;

        TARGET_OR_RETURN(pid, a, t);

        errno = 0;
        priority = getpriority(PRIO_PROCESS, (id_t) pid);
        if (priority < 0 && errno > 0)
                return -errno;
        return result(setpriority(PRIO_PROCESS, (id_t) pid, priority));
}

const Attempt d2_attempts[] = {
        { "D2a", "ptrace", "neighbour", try_ptrace },
        { "D2a", "ptrace", "web", try_ptrace },
        { "D2a", "ptrace", "parent", try_ptrace },
        { "D2a", "process_vm_readv", "neighbour", try_process_vm_readv },
        { "D2a", "process_vm_readv", "web", try_process_vm_readv },
        { "D2a", "process_vm_readv", "parent", try_process_vm_readv },
        { "D2a", "process_vm_writev", "neighbour", try_process_vm_writev },
        { "D2a", "mem", "neighbour", try_mem },
        { "D2a", "pidfd_getfd", "neighbour", try_pidfd_getfd },
        { "D2a", "ptrace", "own-child", try_ptrace_child },

        { "D2b", "environ", "neighbour", try_environ },
        { "D2b", "environ", "web", try_environ },
        { "D2b", "environ", "parent", try_environ },
        { "D2b", "cmdline", "neighbour", try_cmdline },
        { "D2b", "cmdline", "web", try_cmdline },
        { "D2b", "maps", "neighbour", try_maps },
        { "D2b", "fd", "neighbour", try_fd },
        { "D2b", "kcmp", "neighbour", try_kcmp },
        { "D2b", "pidfd_open", "neighbour", try_pidfd_open },

        { "D2c", "kill", "neighbour", try_kill },
        { "D2c", "kill", "web", try_kill },
        { "D2c", "tgkill", "neighbour", try_tgkill },
        { "D2c", "sched_setaffinity", "neighbour", try_setaffinity },
        { "D2c", "pidfd_send_signal", "neighbour", try_pidfd_send_signal },
        { "D2c", "setpriority", "neighbour", try_setpriority },
        {},
};
