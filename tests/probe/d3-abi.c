/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * D3: the same by another ABI. A filter that knows one number of a call and not the others is none:
 * a 64-bit program can call as i386 does, and, where the kernel has it, as x32.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "tries.h"

/* Numbers of i386 */
#define I386_CHMOD          15
#define I386_MOUNT          21
#define I386_PTRACE         26
#define I386_PERSONALITY    136
#define I386_SETGROUPS      206
#define I386_ADD_KEY        286
#define I386_UNSHARE        310
#define I386_BPF            357
#define I386_USERFAULTFD    374
#define I386_IO_URING_SETUP 425

/* A text where an i386 call can find it. Not freed: the process ends with its attempt. */
static long low_text(const char *text) {
        char *page = low_page();

        return page ? (long) (uintptr_t) strcpy(page, text) : 0;
}

static int int80_chmod(void) {
        static const char path[] = "left4dead2/logs/left4me-probe";
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
        long r;

        if (fd < 0)
                return -errno;

        r = int80(I386_CHMOD, low_text(path), 04700, 0);
        (void) unlink(path);
        return (int) r;
}

static int int80_mount(void) {
        long r = int80(I386_MOUNT, low_text("tmpfs"), low_text("/tmp"), low_text("tmpfs"));

        return r < 0 ? (int) r : result(umount2("/tmp", MNT_DETACH));
}

static int int80_ptrace(void) {
        pid_t pid = fork();
        long r;

        if (pid == 0) {
                (void) pause();
                _exit(0);
        }

        r = int80(I386_PTRACE, PTRACE_SEIZE, pid, 0);
        (void) kill(pid, SIGKILL);
        (void) waitpid(pid, NULL, 0);
        return (int) r;
}

static int int80_bpf(void) {
        /* BPF_MAP_CREATE of an array with one entry */
        uint32_t *attribute = low_page();

        if (!attribute)
                return -ENOMEM;

        attribute[0] = 2;
        attribute[1] = attribute[2] = 4;
        attribute[3] = 1;
        return (int) int80(I386_BPF, 0, (long) (uintptr_t) attribute, 72);
}

static int int80_add_key(void) {
        /* Without a payload, into no keyring: it gets as far as being found wanting. */
        long r = int80(I386_ADD_KEY, low_text("user"), low_text("left4me-probe"), 0);

        return r == -EINVAL ? 0 : (int) r;
}

static long call_int80(const char *name) {
        if (strcmp(name, "unshare-user") == 0)
                return int80(I386_UNSHARE, CLONE_NEWUSER, 0, 0);
        if (strcmp(name, "personality") == 0)
                return int80(I386_PERSONALITY, ADDR_NO_RANDOMIZE, 0, 0);
        if (strcmp(name, "chmod-u+s") == 0)
                return int80_chmod();
        if (strcmp(name, "setgroups") == 0)
                return int80(I386_SETGROUPS, 0, 0, 0);
        if (strcmp(name, "mount") == 0)
                return int80_mount();
        if (strcmp(name, "io_uring_setup") == 0)
                return int80(I386_IO_URING_SETUP, 4, (long) (uintptr_t) low_page(), 0);
        if (strcmp(name, "userfaultfd") == 0)
                return int80(I386_USERFAULTFD, 1, 0, 0);
        if (strcmp(name, "add_key") == 0)
                return int80_add_key();
        return strcmp(name, "bpf") == 0 ? int80_bpf() : int80_ptrace();
}

/* Some return a file descriptor or another number. */
static int try_int80(const Attempt *a, const Targets *t) {
        long r = call_int80(a->object);

        (void) t;
        return r < 0 ? (int) r : 0;
}

#ifdef __x86_64__
/*
 * The third ABI of the processor: 64-bit registers, numbers with bit 30. Where the kernel knows it
 * the call succeeds; where it doesn't, ENOSYS shows that no filter was in its way.
 */
static int try_x32(const Attempt *a, const Targets *t) {
        int r = result(syscall(0x40000000 | SYS_getpid));

        (void) a;
        (void) t;
        return r == -ENOSYS ? 0 : r;
}
#endif

const Attempt d3_abi_attempts[] = {
        { "D3g", "int80", "unshare-user", try_int80 },
        { "D3g", "int80", "personality", try_int80 },
        { "D3g", "int80", "chmod-u+s", try_int80 },
        { "D3g", "int80", "setgroups", try_int80 },
        { "D3g", "int80", "mount", try_int80 },
        { "D3g", "int80", "io_uring_setup", try_int80 },
        { "D3g", "int80", "userfaultfd", try_int80 },
        { "D3g", "int80", "add_key", try_int80 },
        { "D3g", "int80", "bpf", try_int80 },
        { "D3g", "int80", "ptrace-own-child", try_int80 },
#ifdef __x86_64__
        { "D3g", "x32", "getpid", try_x32 },
#endif
        {},
};
