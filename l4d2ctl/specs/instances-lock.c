/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "specs/instances-lock.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "base/log.h"

/* Below the directory of users, which other users can't even list. */
#define LOCK_FILE ".lock"

enum {
        LOCK_WAIT_SECONDS =
                30, /* a change takes a second, a daemon reload in a storm of them ten */
        HOLDER_MAX = 64,
};

/* The holder of the lock, as the file says. */
typedef struct Holder {
        int pid;
        char verb[32];
} Holder;

/*
 * The directory belongs to the web app's user: a file that root finds there must be one that root
 * or that user made. A file that root has just made changes hands, so that the next process can
 * open it.
 */
static int check_file(int fd, int dir_fd) {
        struct stat st, directory;

        if (fstat(fd, &st) < 0 || fstat(dir_fd, &directory) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EBADFD;
        if (st.st_nlink != 1)
                return -EMLINK;
        if (st.st_uid != 0 && st.st_uid != directory.st_uid)
                return -EPERM;
        if (geteuid() == 0 && st.st_uid != directory.st_uid &&
            fchown(fd, directory.st_uid, directory.st_gid) < 0)
                return -errno;
        if ((st.st_mode & 07777) != 0600 && fchmod(fd, 0600) < 0)
                return -errno;
        return 0;
}

static int open_file(const char *users_dir, int *ret) {
        _cleanup_close_ int dir_fd = -EBADF, fd = -EBADF;
        int r;

        dir_fd = open(users_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (dir_fd < 0)
                return -errno;
        fd =
                openat(dir_fd, LOCK_FILE,
                       O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        r = check_file(fd, dir_fd);
        if (r < 0)
                return r;

        *ret = TAKE_FD(fd);
        return 0;
}

/* For processes that wait. When the disk is full they don't learn the holder, and the lock is held
 * all the same. */
static void say_holder(int fd, const Ctl *ctl) {
        char text[HOLDER_MAX];
        int n = snprintf(text, sizeof(text), "%d %s\n", (int) getpid(), ctl->verb->name);

        if (ftruncate(fd, 0) >= 0)
                (void) !pwrite(fd, text, (size_t) n, 0);
}

/* Not of our own writing for sure: only what looks like it is shown. */
static bool read_holder(int fd, Holder *ret) {
        char text[HOLDER_MAX];
        ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

        if (n <= 0)
                return false;
        text[n] = '\0';
        return sscanf(text, "%d %31[a-z-]", &ret->pid, ret->verb) == 2 && ret->pid > 0;
}

static void ignore(int number _unused_) {}

/*
 * flock() itself has no time limit, but a signal ends it. The signal comes again every second, in
 * case the first came before flock() did.
 */
static int lock_in_time(int fd) {
        const struct itimerval timer = { { .tv_sec = 1 }, { .tv_sec = LOCK_WAIT_SECONDS } };
        const struct itimerval none = {};
        struct sigaction old, action = { .sa_handler = ignore };
        int r;

        if (sigaction(SIGALRM, &action, &old) < 0)
                return -errno;
        r = setitimer(ITIMER_REAL, &timer, NULL) < 0 || flock(fd, LOCK_EX) < 0 ? -errno : 0;
        (void) setitimer(ITIMER_REAL, &none, NULL);
        (void) sigaction(SIGALRM, &old, NULL);
        return r;
}

static int wait_for(int fd) {
        Holder holder = {};
        int r;

        if (read_holder(fd, &holder))
                log_notice(
                        "Waiting for 'l4d2ctl %s' (process %d) to finish …", holder.verb,
                        holder.pid);
        else
                log_notice("Waiting for another l4d2ctl to finish …");

        r = lock_in_time(fd);
        if (r != -EINTR)
                return r;
        if (read_holder(fd, &holder))
                log_error(
                        "Failed to change anything: 'l4d2ctl %s' has held the lock for more than "
                        "%d seconds; see 'ps %d', then try again",
                        holder.verb, LOCK_WAIT_SECONDS, holder.pid);
        else
                log_error(
                        "Failed to change anything: another process has held the lock for more "
                        "than %d seconds; find it with 'lslocks', then try again",
                        LOCK_WAIT_SECONDS);
        return r;
}

static int explain(const Ctl *ctl, int error) {
        const char *directory = ctl->paths->users_dir;

        if (error == -ENOENT)
                log_error(
                        "Failed to lock %s: it does not exist; create it with 'systemd-tmpfiles "
                        "--create left4me.conf'",
                        directory);
        else if (error == -EACCES)
                log_error(
                        "Failed to lock %s: only root and its owner may change anything",
                        directory);
        else
                (void) log_error_errno(error, "Failed to lock %s/%s", directory, LOCK_FILE);
        return CTL_FAILURE;
}

int instances_lock(Ctl *ctl, int *ret_fd) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = ctl_open_specs(ctl);
        if (r != CTL_OK)
                return r;
        r = open_file(ctl->paths->users_dir, &fd);
        if (r >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
                r = errno == EWOULDBLOCK ? wait_for(fd) : -errno;
        if (r == -EINTR)
                return CTL_FAILURE;
        if (r < 0)
                return explain(ctl, r);

        say_holder(fd, ctl);
        *ret_fd = TAKE_FD(fd);
        return CTL_OK;
}
