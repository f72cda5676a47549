/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/identity.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

int identity_of_owner(int fd, Identity *ret) {
        _cleanup_(identity_done) Identity identity = { .change = geteuid() == 0 };
        const struct passwd *owner;
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!identity.change && st.st_uid != geteuid())
                return -EPERM;
        if (st.st_uid == 0)
                return -EOWNERDEAD;

        errno = 0;
        owner = getpwuid(st.st_uid);
        if (!owner)
                return errno > 0 ? -errno : -ESRCH;
        identity.uid = owner->pw_uid;
        identity.gid = owner->pw_gid;
        identity.name = strdup(owner->pw_name);
        identity.home = strdup(owner->pw_dir);
        if (!identity.name || !identity.home)
                return -ENOMEM;

        *ret = identity;
        identity.name = identity.home = NULL;
        return 0;
}

void identity_done(Identity *identity) {
        free(identity->name);
        free(identity->home);
}

/* With no_new_privs, setresuid() alone would do, unless the caller had SECBIT_KEEP_CAPS. */
static int drop_capabilities(void) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};

        return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

static int change_user(const Identity *identity) {
        if (setgroups(1, &identity->gid) < 0 ||
            setresgid(identity->gid, identity->gid, identity->gid) < 0 ||
            setresuid(identity->uid, identity->uid, identity->uid) < 0)
                return -errno;
        return drop_capabilities();
}

/* A signal the caller ignores or blocks would be ignored or blocked by what it executes. */
static int reset_signals(void) {
        sigset_t none;

        for (int number = 1; number < NSIG; number++)
                (void) signal(number, SIG_DFL); /* not SIGKILL, SIGSTOP and libc's own */
        (void) sigemptyset(&none);
        return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? -errno : 0;
}

int identity_assume(const Identity *identity) {
        int r;

        if (getsid(0) != getpid() && setsid() < 0)
                return -errno;
        /* A process that inherits the session keyring may read the keys in it. A container has
         * none. */
        if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS &&
            errno != EPERM)
                return -errno;
        if (close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC) < 0)
                return -errno;
        r = reset_signals();
        if (r < 0)
                return r;
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return -errno;
        (void) umask(022);
        return identity->change ? change_user(identity) : 0;
}

/* Standard input, output and error lead nowhere. */
static int forget_terminal(void) {
        _cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

        if (null < 0)
                return -errno;
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
                if (dup2(null, fd) < 0)
                        return -errno;
        if (null <= STDERR_FILENO)
                (void) TAKE_FD(null);
        return 0;
}

int identity_run(const Identity *identity, int (*work)(void *userdata), void *userdata) {
        int status, r;
        pid_t pid;

        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0) {
                r = forget_terminal();
                if (r >= 0)
                        r = identity_assume(identity);
                if (r >= 0)
                        r = work(userdata);
                /* Errors of system calls are small: each fits into an exit status. */
                _exit(r < 0 ? -r : 0);
        }

        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}
