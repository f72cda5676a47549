/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * without-i386: runs a command as a kernel does that executes no i386 programs: for the command and
 * all its descendants, execve(2) and execveat(2) of an i386 ELF file fail with ENOEXEC. Some
 * hypervisors have such a kernel, whatever its command line says; `boot` uses this program to test
 * on any host what those see (see README.md).
 *
 * The kernel asks this process about each of the two system calls (seccomp_unotify(2)). It ends
 * with the command's status, when no process is left that it could be asked about.
 *
 * Usage: without-i386 COMMAND [ARGUMENT…]
 */

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NAME_MAX_BYTES = 4096, PROC_PATH_MAX = 64, STATUS_FAILED = 125 };

static int install_filter(void) {
        struct sock_filter code[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 4),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 1, 0),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execveat, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        const struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

        return (int) syscall(
                SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
                &program);
}

static int send_fd(int to, int fd) {
        char byte = 0;
        struct iovec data = { &byte, 1 };
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(sizeof(int))];
        } control = {
                .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
                            .cmsg_level = SOL_SOCKET,
                            .cmsg_type = SCM_RIGHTS },
        };
        const struct msghdr message = {
                .msg_iov = &data,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };

        memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
        return sendmsg(to, &message, 0) == 1 ? 0 : -errno;
}

static int receive_fd(int from) {
        char byte;
        struct iovec data = { &byte, 1 };
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(sizeof(int))];
        } control;
        struct msghdr message = {
                .msg_iov = &data,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };
        int fd;

        if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&message))
                return -EIO;
        memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
        return fd;
}

/* A string of another process, which may lie just before memory that it does not have. */
static int read_string(uint32_t pid, uint64_t address, char ret[static NAME_MAX_BYTES]) {
        char path[PROC_PATH_MAX];
        size_t n = 0;
        int fd;

        (void) snprintf(path, sizeof(path), "/proc/%u/mem", pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        while (n < NAME_MAX_BYTES) {
                size_t page = 4096 - (address + n) % 4096;
                size_t want = page < NAME_MAX_BYTES - n ? page : NAME_MAX_BYTES - n;
                ssize_t got = pread(fd, ret + n, want, (off_t) (address + n));

                if (got <= 0)
                        break;
                if (memchr(ret + n, '\0', (size_t) got)) {
                        (void) close(fd);
                        return 0;
                }
                n += (size_t) got;
        }
        (void) close(fd);
        return -EFAULT;
}

static int open_in_root(const char *root, const char *name) {
        const struct open_how how = {
                .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
                .resolve = RESOLVE_IN_ROOT,
        };
        int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC), fd;

        if (root_fd < 0)
                return -errno;
        fd = (int) syscall(SYS_openat2, root_fd, name, &how, sizeof(how));
        (void) close(root_fd);
        return fd;
}

/* The file that a process is about to execute: from is a descriptor of the process, or AT_FDCWD. */
static int open_program(uint32_t pid, int from, const char *name) {
        char path[PROC_PATH_MAX + NAME_MAX_BYTES];

        if (name[0] == '/') {
                (void) snprintf(path, sizeof(path), "/proc/%u/root", pid);
                return open_in_root(path, name);
        }
        /* A symbolic link to an absolute path is not followed as the process would. */
        if (from == AT_FDCWD)
                (void) snprintf(path, sizeof(path), "/proc/%u/cwd/%s", pid, name);
        else if (name[0] == '\0')
                (void) snprintf(path, sizeof(path), "/proc/%u/fd/%d", pid, from);
        else
                (void) snprintf(path, sizeof(path), "/proc/%u/fd/%d/%s", pid, from, name);
        return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

static bool is_i386(int fd) {
        Elf32_Ehdr header;

        return pread(fd, &header, sizeof(header), 0) == (ssize_t) sizeof(header) &&
               memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
               header.e_ident[EI_CLASS] == ELFCLASS32 && header.e_machine == EM_386;
}

static bool executes_i386(const struct seccomp_notif *call) {
        bool has_fd = call->data.nr == SYS_execveat, is;
        char name[NAME_MAX_BYTES];
        int fd;

        if (read_string(call->pid, call->data.args[has_fd ? 1 : 0], name) < 0)
                return false;
        fd = open_program(call->pid, has_fd ? (int) call->data.args[0] : AT_FDCWD, name);
        if (fd < 0)
                return false;
        is = is_i386(fd);
        (void) close(fd);
        return is;
}

/* Negative when no process can ask any more. */
static int answer_one(int listener) {
        struct pollfd asked = { .fd = listener, .events = POLLIN };
        struct seccomp_notif call = {};
        struct seccomp_notif_resp answer = {};

        if (poll(&asked, 1, -1) < 0)
                return errno == EINTR ? 0 : -errno;
        if (!(asked.revents & POLLIN))
                return -EPIPE;
        /* The process may have been killed since. */
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
                return 0;
        answer.id = call.id;
        if (executes_i386(&call))
                answer.error = -ENOEXEC;
        else
                answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        (void) ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
        return 0;
}

static int become(char *const *command, int socket) {
        int listener = install_filter();

        if (listener < 0 || send_fd(socket, listener) < 0) {
                perror("without-i386: seccomp");
                return STATUS_FAILED;
        }
        (void) close(listener);
        (void) close(socket);
        (void) execvp(command[0], command);
        perror(command[0]);
        return STATUS_FAILED;
}

int main(int argc, char **argv) {
        int sockets[2], listener, status;
        pid_t child;

        if (argc < 2 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
                return STATUS_FAILED;
        child = fork();
        if (child < 0)
                return STATUS_FAILED;
        if (child == 0) {
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                return become(argv + 1, sockets[1]);
        }
        (void) close(sockets[1]);
        listener = receive_fd(sockets[0]);
        if (listener >= 0)
                while (answer_one(listener) >= 0)
                        continue;
        if (waitpid(child, &status, 0) < 0)
                return STATUS_FAILED;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
