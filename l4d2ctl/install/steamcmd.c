/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "install/steamcmd.h"

#include <limits.h>
#include <pty.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/text.h"
#include "base/visible-text.h"

/* A longer line is looked at and passed on in pieces. */
typedef struct Line {
        char text[512];
        size_t length;
} Line;

static void look_at(const char *line, SteamcmdResult *result) {
        const char *state;

        if (strstr(line, "Success! App '222860'"))
                result->installed = true;
        if (strstr(line, "Invalid platform") || strstr(line, "Missing configuration"))
                result->not_for_linux = true;
        if (strstr(line, "No subscription"))
                result->no_subscription = true;

        state = strstr(line, "state is 0x");
        if (state)
                result->state = (unsigned) strtoul(state + strlen("state is "), NULL, 16);
}

/* The caller's terminal gets nothing that it would obey. */
static int pass_on(const Line *line, SteamcmdResult *result) {
        char plain[VISIBLE_TEXT_MAX(sizeof(line->text)) + 1];
        size_t n;

        n = visible_line(line->text, line->length, plain);
        look_at(plain, result);
        plain[n++] = '\n';
        return write_all(STDOUT_FILENO, plain, n);
}

static int scan(Line *line, const char *data, size_t size, SteamcmdResult *result) {
        for (size_t i = 0; i < size; i++) {
                bool ends = data[i] == '\n' || data[i] == '\r' || data[i] == '\0';

                if (!ends)
                        line->text[line->length++] = data[i];
                if ((ends && line->length > 0) || line->length == sizeof(line->text)) {
                        int r = pass_on(line, result);

                        line->length = 0;
                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

/* Until the child and all it started have closed the terminal: that reads as EIO. */
static int read_output(int terminal, SteamcmdResult *result) {
        Line line = {};

        for (;;) {
                char data[4096];
                ssize_t n = read(terminal, data, sizeof(data));
                int r;

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0 && errno != EIO)
                        return -errno;
                if (n <= 0)
                        break;

                r = scan(&line, data, (size_t) n, result);
                if (r < 0)
                        return r;
        }

        return scan(&line, "\n", 1, result); /* the last line may lack its end */
}

/* Between fork and exec, in the child; what fails shows as exit status 127 with a message. */
static void execute(const char *const *argv, const char *directory, const Identity *user) {
        char home[PATH_MAX + sizeof("HOME=")], name[64], logname[64];
        const char *const environment[] = {
                home,
                name,
                logname,
                "PATH=/usr/local/bin:/usr/bin:/bin:/usr/games",
                "SHELL=/bin/sh",
                "TERM=dumb",
                "LANG=C.UTF-8",
                NULL,
        };
        int r;

        (void) snprintf(home, sizeof(home), "HOME=%s", user->home);
        (void) snprintf(name, sizeof(name), "USER=%s", user->name);
        (void) snprintf(logname, sizeof(logname), "LOGNAME=%s", user->name);

        r = identity_assume(user);
        if (r < 0) {
                (void) fprintf(stderr, _("Failed to become %s: %s\n"), user->name, strerror(-r));
                return;
        }
        if (chdir(directory) < 0) {
                (void) fprintf(stderr, _("Failed to enter %s: %s\n"), directory, strerror(errno));
                return;
        }
        /* execve() changes nothing; its types predate const. */
        (void) execve(
                argv[0], (char *const *) (uintptr_t) argv, (char *const *) (uintptr_t) environment);
        (void) fprintf(stderr, _("Failed to execute %s: %s\n"), argv[0], strerror(errno));
}

int steamcmd_run(
        const char *const *argv, const char *directory, const Identity *user, SteamcmdResult *ret) {
        struct winsize size = { .ws_row = 25, .ws_col = 200 };
        _cleanup_close_ int terminal = -EBADF;
        SteamcmdResult result = {};
        pid_t pid;
        int r;

        (void) fflush(stdout);
        pid = forkpty(&terminal, NULL, NULL, &size);
        if (pid < 0)
                return -errno;
        if (pid == 0) {
                execute(argv, directory, user);
                _exit(127);
        }

        r = read_output(terminal, &result);
        terminal = safe_close(terminal); /* hangs up on it if we failed */
        while (waitpid(pid, &result.status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        if (r < 0)
                return r;

        *ret = result;
        return 0;
}

const char *steamcmd_explain(const SteamcmdResult *result) {
        static const struct {
                unsigned state;
                const char *words;
        } table[] = {
                { 0x202, N_("not enough disk space") },
                { 0x212, N_("not enough disk space") },
                { 0x402, N_("Steam can't be reached, is the network up?") },
                { 0x602, N_("Steam can't be reached, is the network up?") },
                { 0x606, N_("the disk can't be written") },
                { 0x626, N_("files of the update are missing, try again") },
                { 0x6A6, N_("downloaded files are damaged, try again") },
        };

        if (result->no_subscription)
                return N_("Steam says that this account does not own the game");
        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                if (table[i].state == result->state)
                        return table[i].words;
        if (result->not_for_linux)
                return N_("Steam did not offer the Linux version, try again later");
        return NULL;
}
