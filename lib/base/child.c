/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#include "base/time-text.h"

enum { TEXT_MAX = 1024 * 1024, TIME_MAX_USEC = 10 * 1000000 };

int child_spawn(
        const char *const *argv, const char *const *environment, const int fds[static 3],
        pid_t *ret) {
        posix_spawn_file_actions_t actions;
        int r;

        r = posix_spawn_file_actions_init(&actions);
        if (r != 0)
                return -r;
        for (int fd = STDIN_FILENO; r == 0 && fd <= STDERR_FILENO; fd++)
                r = fds[fd] < 0
                            ? posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0)
                            : posix_spawn_file_actions_adddup2(&actions, fds[fd], fd);
        if (r == 0)
                /* It changes neither; its types predate const. */
                r = posix_spawn(
                        ret, argv[0], &actions, NULL, (char *const *) (uintptr_t) argv,
                        environment ? (char *const *) (uintptr_t) environment : environ);
        posix_spawn_file_actions_destroy(&actions);
        return -r;
}

int child_wait(pid_t pid) {
        int status;

        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
}

/* Until fd can be read: 0, -ETIME, or another -errno. */
static int wait_readable(int fd, uint64_t deadline) {
        struct pollfd p = { .fd = fd, .events = POLLIN };

        for (;;) {
                uint64_t now = now_monotonic();

                if (now >= deadline)
                        return -ETIME;
                if (poll(&p, 1, (int) ((deadline - now) / 1000) + 1) < 0 && errno != EINTR)
                        return -errno;
                if (p.revents != 0)
                        return 0;
        }
}

/* Up to the end, or to a limit. */
static int read_all(int fd, uint64_t deadline, char *text, size_t *size) {
        for (;;) {
                ssize_t n;
                int r;

                r = wait_readable(fd, deadline);
                if (r < 0)
                        return r;
                if (*size == TEXT_MAX)
                        return -EFBIG;
                n = read(fd, text + *size, TEXT_MAX - *size);
                if (n == 0)
                        return 0;
                if (n < 0 && errno != EINTR)
                        return -errno;
                *size += n > 0 ? (size_t) n : 0;
        }
}

/* Waits for its end. An error of reading, r, ends it at once, and the deadline ends it too. */
static int reap(pid_t pid, uint64_t deadline, int r) {
        _cleanup_close_ int pid_fd = -EBADF;
        int status;

        if (r >= 0) {
                /* A program may close its output and run on. */
                pid_fd = pidfd_open(pid, 0);
                r = pid_fd < 0 ? -errno : wait_readable(pid_fd, deadline);
        }
        if (r < 0)
                (void) kill(pid, SIGKILL);
        status = child_wait(pid);
        if (r < 0)
                return r;
        return status > 0 ? -EIO : status;
}

/* Starts it and returns the end of a pipe that its output comes out of. */
static int start(const char *const *argv, int *ret_fd, pid_t *ret_pid) {
        _cleanup_close_ int in = -EBADF, out = -EBADF;
        int fds[2], r;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        in = fds[0];
        out = fds[1];
        r = child_spawn(argv, NULL, (const int[]) { CHILD_NULL, out, CHILD_NULL }, ret_pid);
        if (r < 0)
                return r;

        *ret_fd = TAKE_FD(in);
        return 0;
}

int child_read(const char *const *argv, char **ret_text) {
        _cleanup_free_ char *text = malloc(TEXT_MAX + 1);
        _cleanup_close_ int fd = -EBADF;
        uint64_t deadline = now_monotonic() + TIME_MAX_USEC;
        size_t size = 0;
        pid_t pid = 0;
        int r;

        if (!text)
                return -ENOMEM;
        r = start(argv, &fd, &pid);
        if (r < 0)
                return r;
        r = reap(pid, deadline, read_all(fd, deadline, text, &size));
        if (r < 0)
                return r;

        text[size] = '\0';
        *ret_text = TAKE_PTR(text);
        return 0;
}
