/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/wait.h>

#include "time-text.h"

enum { TEXT_MAX = 1024 * 1024, TIME_MAX_USEC = 10 * 1000000 };

static int spawn(const char *const *argv, int output, pid_t *ret) {
        posix_spawn_file_actions_t actions;
        int r;

        r = posix_spawn_file_actions_init(&actions);
        if (r != 0)
                return -r;
        r = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
        if (r == 0)
                r = posix_spawn_file_actions_addopen(
                        &actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        if (r == 0)
                /* It changes nothing; its type predates const. */
                r = posix_spawn(
                        ret, argv[0], &actions, NULL, (char *const *) (uintptr_t) argv, environ);
        posix_spawn_file_actions_destroy(&actions);
        return -r;
}

/* Up to the end, or to a limit. */
static int read_all(int fd, char *text, size_t *size) {
        uint64_t deadline = now_monotonic() + TIME_MAX_USEC;

        for (;;) {
                struct pollfd p = { .fd = fd, .events = POLLIN };
                uint64_t now = now_monotonic();
                ssize_t n;

                if (now >= deadline)
                        return -ETIME;
                if (poll(&p, 1, (int) ((deadline - now) / 1000) + 1) < 0) {
                        if (errno == EINTR)
                                continue;
                        return -errno;
                }
                if (p.revents == 0)
                        continue;
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

/* Waits for its end, which has come near, or is brought about. */
static int reap(pid_t pid, bool kill_it) {
        int status;

        if (kill_it)
                (void) kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

/* Starts it and returns the end of a pipe that its output comes out of. */
static int start(const char *const *argv, int *ret_fd, pid_t *ret_pid) {
        _cleanup_close_ int in = -EBADF, out = -EBADF;
        int fds[2], r;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        in = fds[0];
        out = fds[1];
        r = spawn(argv, out, ret_pid);
        if (r < 0)
                return r;

        *ret_fd = TAKE_FD(in);
        return 0;
}

int child_read(const char *const *argv, char **ret_text) {
        _cleanup_free_ char *text = malloc(TEXT_MAX + 1);
        _cleanup_close_ int fd = -EBADF;
        size_t size = 0;
        pid_t pid = 0;
        int r, q;

        if (!text)
                return -ENOMEM;
        r = start(argv, &fd, &pid);
        if (r < 0)
                return r;
        r = read_all(fd, text, &size);
        q = reap(pid, r < 0);
        if (r < 0 || q < 0)
                return r < 0 ? r : q;

        text[size] = '\0';
        *ret_text = TAKE_PTR(text);
        return 0;
}
