/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Runs an overlay's script, as the producer of its unit (common/producer.h), and ends it when it
 * writes more than an overlay may hold or when it would fill the disk: left4me-layer measures a
 * version only when the script is done, which can be an hour later.
 *
 * It is process 1 of the job's PID namespace, so its end is the end of all that the script started.
 *
 * Exit status: the one with which the script ended; 1 failed, or ended the script, and said why.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#include "base/exit-code.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "base/tree-size.h"
#include "common/producer.h"

enum {
        LOOK_MSEC = 1000,
        GIGABYTE = 1000 * 1000 * 1000,
        /* Walks take at most a twentieth of the time, and a script is measured once a second. */
        WALK_SHARE = 20,
        /* A script may move or close a directory while it is measured, but not each time. */
        FAILURES_MAX = 5,
};

typedef struct Script {
        Producer *producer;
        int temporary_fd;   /* the directory of its large temporary files */
        uint64_t size_max;  /* bytes that the tree may take, and that directory as well */
        uint64_t next_walk; /* µs, CLOCK_MONOTONIC */
        int n_failures;     /* measures in a row that failed */
        pid_t pid;
} Script;

/* A disk keeps this much for everything else: servers write to it too. */
static uint64_t disk_reserve(const struct statvfs *disk) {
        uint64_t part = (uint64_t) disk->f_blocks * disk->f_frsize / 50;

        return part < GIGABYTE ? part : GIGABYTE;
}

static bool fills_disk(const Script *script) {
        struct statvfs disk;

        if (fstatvfs(script->producer->tree_fd, &disk) < 0)
                return false;
        if ((uint64_t) disk.f_bavail * disk.f_frsize >= disk_reserve(&disk))
                return false;
        log_error(
                "The script is ended: the disk has less than %" PRIu64
                " MB left, which servers need",
                disk_reserve(&disk) / (1000 * 1000));
        return true;
}

/* 1: it takes too much; 0: not; -ESTALE: a directory was moved meanwhile; or -errno. */
static int is_too_large(const Script *script, int dir_fd, const char *what) {
        TreeSize size;
        int r;

        r = tree_size_own(dir_fd, &size);
        if (r < 0)
                return r;
        if (size.bytes <= script->size_max)
                return size.is_partial ? -ESTALE : 0;
        log_error(
                "The script is ended: %s take more than the %" PRIu64 " GB of max_overlay_gb=",
                what, script->size_max / GIGABYTE);
        return 1;
}

/* A tree that can't be measured is too large: else a script could turn its limit off. */
static bool fails_too_often(Script *script, int error) {
        if (++script->n_failures < FAILURES_MAX)
                return false;
        log_error(
                "The script is ended: its files could not be measured %d times in a row: %s",
                FAILURES_MAX,
                error == -ESTALE   ? _("a directory was moved meanwhile")
                : error == -EACCES ? _("a directory was closed meanwhile")
                                   : strerror(-error));
        return true;
}

static bool goes_too_far(Script *script) {
        uint64_t begin = now_monotonic(), end;
        int r;

        if (fills_disk(script))
                return true;
        if (begin < script->next_walk)
                return false;
        r = is_too_large(script, script->producer->tree_fd, "the overlay's files");
        if (r == 0)
                r = is_too_large(script, script->temporary_fd, "its temporary files");
        end = now_monotonic();
        if (r < 0) {
                /* Soon, but not each time a process ends. */
                script->next_walk = end + LOOK_MSEC * 1000;
                return fails_too_often(script, r);
        }
        script->n_failures = 0;
        script->next_walk = end + WALK_SHARE * (end - begin);
        return r > 0;
}

/* 1 with the script's status; 0: it runs. As process 1 this inherits what the script leaves. */
static int reap(const Script *script, int *ret_status) {
        int found = 0, status;
        pid_t pid;

        while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
                if (pid == script->pid) {
                        *ret_status = status;
                        found = 1;
                }
        return found;
}

static int follow(Script *script, int signals_fd, int *ret_status) {
        struct pollfd wait = { .fd = signals_fd, .events = POLLIN };
        struct signalfd_siginfo unused;

        while (reap(script, ret_status) == 0) {
                if (goes_too_far(script))
                        return -EFBIG;
                if (poll(&wait, 1, LOOK_MSEC) > 0)
                        (void) !read(signals_fd, &unused, sizeof(unused));
        }
        return 0;
}

static _Noreturn void execute(const char *path, const sigset_t *mask) {
        (void) sigprocmask(SIG_SETMASK, mask, NULL);
        (void) execl(path, path, (char *) NULL);
        log_error("Failed to execute %s: %s", path, strerror(errno));
        _exit(CTL_FAILURE);
}

static int start(Script *script, const char *path, int *ret_signals_fd) {
        sigset_t mask, old;

        (void) sigemptyset(&mask);
        (void) sigaddset(&mask, SIGCHLD);
        if (sigprocmask(SIG_BLOCK, &mask, &old) < 0)
                return -errno;
        *ret_signals_fd = signalfd(-1, &mask, SFD_CLOEXEC);
        if (*ret_signals_fd < 0)
                return -errno;
        script->pid = fork();
        if (script->pid == 0)
                execute(path, &old);
        return script->pid < 0 ? -errno : 0;
}

static int say_end(int status) {
        if (WIFEXITED(status))
                return WEXITSTATUS(status);
        log_error("Signal %d ended the script", WTERMSIG(status));
        return CTL_FAILURE;
}

static int run(Producer *producer, const char *path) {
        Script script = {
                .producer = producer,
                .size_max = producer_number(producer, "size_max_bytes", 0),
        };
        _cleanup_close_ int signals_fd = -EBADF, temporary_fd = -EBADF;
        int r, status;

        r = producer_directory("TMPDIR", &temporary_fd);
        if (r < 0)
                return r;
        script.temporary_fd = temporary_fd;
        /* The script has the same user, and must not reach into this process. */
        (void) prctl(PR_SET_DUMPABLE, 0);
        r = start(&script, path, &signals_fd);
        if (r < 0)
                return log_error_errno(r, "Failed to start %s", path);
        r = follow(&script, signals_fd, &status);
        if (r >= 0)
                return say_end(status);
        (void) kill(script.pid, SIGKILL);
        return r;
}

int main(int argc, char *argv[]) {
        _cleanup_(producer_close) Producer producer = PRODUCER_INIT;
        int r;

        log_setup("left4me-script", LOG_TARGET_STDERR);
        if (argc != 2) {
                log_error("Usage: %s SCRIPT", argv[0]);
                return CTL_USAGE;
        }
        r = producer_open(&producer);
        if (r >= 0)
                r = run(&producer, argv[1]);
        return r < 0 ? CTL_FAILURE : r;
}
