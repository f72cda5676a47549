/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trial/trace.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "base/log.h"
#include "base/time-text.h"

/* Generous: a slow host with many servers takes its time. */
static const uint64_t attach_usec = 30 * USEC_PER_SEC;
static const uint64_t drain_usec = 60 * USEC_PER_SEC;

/* --- the host --------------------------------------------------------------------------------- */

/* 0 where the kernel has no such setting. */
static int get_ptrace_scope(void) {
        _cleanup_fclose_ FILE *f = NULL;
        int scope = 0;

        f = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
        return f && fscanf(f, "%d", &scope) == 1 ? scope : 0;
}

int trial_trace_check_host(void) {
        int scope = get_ptrace_scope();

        if (access(STRACE_PROGRAM, X_OK) < 0) {
                log_error("Failed to find strace, which a trial needs: apt install strace");
                return CTL_FAILURE;
        }
        if (scope >= 3) {
                log_error(
                        "Failed to trace: kernel.yama.ptrace_scope is %d, which forbids it even to "
                        "root until the next boot; set it to 2",
                        scope);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

/* --- the process ------------------------------------------------------------------------------ */

static int set_actions(posix_spawn_file_actions_t *actions, int output) {
        int r;

        r = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(actions, output, STDERR_FILENO);
        return r;
}

/* A process group of its own: Ctrl-C ends the trial in order, and strace with the server. */
static int set_attributes(posix_spawnattr_t *attributes) {
        sigset_t none;
        int r;

        (void) sigemptyset(&none);
        r = posix_spawnattr_setsigmask(attributes, &none);
        if (r == 0)
                r = posix_spawnattr_setpgroup(attributes, 0);
        if (r == 0)
                r = posix_spawnattr_setflags(
                        attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
        return r;
}

static int spawn(const char *const *argv, int output, pid_t *ret) {
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        int r;

        r = posix_spawn_file_actions_init(&actions);
        if (r != 0)
                return -r;
        r = posix_spawnattr_init(&attributes);
        if (r == 0) {
                r = set_actions(&actions, output);
                if (r == 0)
                        r = set_attributes(&attributes);
                if (r == 0)
                        /* It changes nothing; its type predates const. */
                        r = posix_spawn(
                                ret, argv[0], &actions, &attributes,
                                (char *const *) (uintptr_t) argv, environ);
                (void) posix_spawnattr_destroy(&attributes);
        }
        (void) posix_spawn_file_actions_destroy(&actions);
        return -r;
}

static int start_strace(TrialTrace *trace, uint32_t pid, const char *trace_set) {
        _cleanup_close_ int in = -EBADF, out = -EBADF;
        _cleanup_free_ char *set = NULL;
        char number[16];
        int fds[2];

        (void) snprintf(number, sizeof(number), "%u", pid);
        if (asprintf(&set, "trace=%s", trace_set) < 0) {
                set = NULL;
                return -ENOMEM;
        }
        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        in = fds[0];
        out = fds[1];

        /* -s 0: no contents, which hold passwords and what players say. Paths are shown whole.
         * Not -k, with which strace, as root, would parse programs that the server chooses. */
        const char *const argv[] = {
                STRACE_PROGRAM,
                "-f",
                "-yy",
                "-s",
                "0",
                "--quiet=attach",
                "-e",
                "signal=SIGSEGV,SIGBUS,SIGILL,SIGFPE",
                "-e",
                set,
                "-o",
                "/proc/self/fd/1",
                "-p",
                number,
                NULL,
        };
        int r = spawn(argv, out, &trace->pid);

        if (r >= 0)
                trace->pipe_fd = TAKE_FD(in);
        return r;
}

static int block_signals(TrialTrace *trace) {
        sigset_t set;

        (void) sigemptyset(&set);
        (void) sigaddset(&set, SIGINT);
        (void) sigaddset(&set, SIGTERM);
        (void) sigaddset(&set, SIGHUP);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        trace->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
        return trace->signal_fd < 0 ? -errno : 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Returns 1 when there was something, 0 at the end, -errno. */
static int read_some(TrialTrace *trace) {
        char buffer[64 * 1024];
        ssize_t n = read(trace->pipe_fd, buffer, sizeof(buffer));
        int r;

        if (n < 0)
                return errno == EINTR ? 1 : -errno;
        if (n == 0)
                return 0;
        r = strace_reader_feed(trace->reader, buffer, (size_t) n);
        return r < 0 ? r : 1;
}

typedef enum Event { EVENT_NONE, EVENT_READ, EVENT_END, EVENT_SIGNAL } Event;

/* Waits at most so long for one event. */
static int wait_for_event(TrialTrace *trace, uint64_t usec, bool with_signals, Event *ret) {
        struct pollfd fds[] = {
                { .fd = trace->pipe_fd, .events = POLLIN },
                { .fd = with_signals ? trace->signal_fd : -1, .events = POLLIN },
        };
        int r;

        *ret = EVENT_NONE;
        if (poll(fds, ELEMENTSOF(fds), (int) ((usec + 999) / 1000)) < 0)
                return errno == EINTR ? 0 : -errno;
        if (fds[1].revents != 0) {
                *ret = EVENT_SIGNAL;
                return 0;
        }
        if (fds[0].revents == 0)
                return 0;
        r = read_some(trace);
        *ret = r == 0 ? EVENT_END : EVENT_READ;
        return r;
}

/* At the end of its output. A strace that did not end by itself has not said all. */
static void reap(TrialTrace *trace) {
        int status;

        if (trace->pid <= 0)
                return;
        if (waitpid(trace->pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
                trace->is_cut = true;
        trace->pid = 0;
}

static int complain(int error) {
        (void) log_error_errno(error, "Failed to read what strace prints");
        return CTL_FAILURE;
}

int trial_trace_read(TrialTrace *trace, uint64_t usec, TrialEnd *ret) {
        uint64_t deadline = now_monotonic() + usec, now;

        *ret = TRIAL_END_TIME;
        while ((now = now_monotonic()) < deadline) {
                uint64_t left = deadline - now;
                Event event;
                int r;

                r = wait_for_event(trace, left < USEC_PER_SEC ? left : USEC_PER_SEC, true, &event);
                if (r < 0)
                        return complain(r);
                if (event == EVENT_SIGNAL) {
                        *ret = TRIAL_END_SIGNAL;
                        return CTL_OK;
                }
                if (strace_reader_fault(trace->reader)) {
                        *ret = TRIAL_END_FAULT;
                        return CTL_OK;
                }
                if (event == EVENT_END) {
                        reap(trace);
                        *ret = trace->is_cut ? TRIAL_END_STRACE : TRIAL_END_SERVER;
                        return CTL_OK;
                }
        }
        return CTL_OK;
}

int trial_trace_drain(TrialTrace *trace) {
        uint64_t deadline = now_monotonic() + drain_usec;
        Event event = EVENT_NONE;
        int r = 0;

        while (r >= 0 && event != EVENT_END && now_monotonic() < deadline)
                r = wait_for_event(trace, USEC_PER_SEC, false, &event);
        if (event == EVENT_END)
                reap(trace);
        else
                trace->is_cut = true;
        return r < 0 ? complain(r) : CTL_OK;
}

/* --- attaching -------------------------------------------------------------------------------- */

static bool is_traced(uint32_t pid) {
        _cleanup_fclose_ FILE *f = NULL;
        char path[32], line[256];
        unsigned tracer = 0;

        (void) snprintf(path, sizeof(path), "/proc/%u/status", pid);
        f = fopen(path, "re");
        while (f && fgets(line, sizeof(line), f))
                if (sscanf(line, "TracerPid: %u", &tracer) == 1)
                        return tracer != 0;
        return false;
}

static int wait_until_attached(TrialTrace *trace, uint32_t pid) {
        uint64_t deadline = now_monotonic() + attach_usec;
        Event event = EVENT_NONE;
        int r = 0;

        while (r >= 0 && event != EVENT_END && !is_traced(pid)) {
                if (now_monotonic() >= deadline)
                        return -ETIME;
                r = wait_for_event(trace, 20 * 1000, false, &event);
        }
        return event == EVENT_END ? -ECHILD : r;
}

int trial_trace_start(
        uint32_t pid, const char *trace_set, StraceHandler handler, void *userdata,
        TrialTrace *ret) {
        const char *message = "";
        int r;

        *ret = (TrialTrace) { .pipe_fd = -EBADF, .signal_fd = -EBADF };
        r = strace_reader_new(handler, userdata, &ret->reader);
        if (r >= 0)
                strace_reader_expect_end(ret->reader, pid);
        if (r >= 0)
                r = block_signals(ret);
        if (r >= 0)
                r = start_strace(ret, pid, trace_set);
        if (r >= 0)
                r = wait_until_attached(ret, pid);
        if (r >= 0)
                return CTL_OK;

        if (ret->reader)
                message = strace_reader_message(ret->reader);
        log_error("Failed to attach strace to the server: %s", message[0] ? message : strerror(-r));
        return CTL_FAILURE;
}

void trial_trace_close(TrialTrace *trace) {
        trace->pipe_fd = safe_close(trace->pipe_fd);
        trace->signal_fd = safe_close(trace->signal_fd);
        if (trace->pid > 0) {
                /* Normally it has ended with the server. */
                (void) kill(trace->pid, SIGTERM);
                (void) waitpid(trace->pid, NULL, 0);
                trace->pid = 0;
        }
        trace->reader = strace_reader_free(trace->reader);
}
