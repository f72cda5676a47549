/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "install/steamcmd.h"

#include <limits.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/identity.h"
#include "base/log.h"
#include "base/text.h"
#include "base/visible-text.h"
#include "install/install.h"

/* A longer line is looked at and passed on in pieces. */
typedef struct Line {
        char text[512];
        size_t length;
} Line;

typedef struct Reading {
        const Steamcmd *steamcmd;
        SteamcmdOutput *output;
        Line line;
        pid_t pid;
} Reading;

enum { ARGUMENTS_MAX = 24 };

static volatile sig_atomic_t is_cancelled;

static void cancel(int number _unused_) {
        is_cancelled = 1;
}

static void hide_secret(Line *line, const char *secret) {
        size_t n = strlen(secret);
        char *end = line->text + line->length;

        for (char *p = line->text; n > 0 && (p = memmem(p, (size_t) (end - p), secret, n)); p += n)
                memset(p, '*', n);
}

static void tell_progress(const SteamcmdOutput *output) {
        install_status("%u %% %s", output->percent, output->stage);
}

static int pass_on(Reading *reading) {
        char plain[VISIBLE_TEXT_MAX(sizeof(reading->line.text)) + 1];
        const Steamcmd *steamcmd = reading->steamcmd;
        SteamcmdOutput *output = reading->output;
        unsigned before = output->percent;
        size_t n;

        n = visible_line(reading->line.text, reading->line.length, plain);
        if (steamcmd->take && steamcmd->take(plain, steamcmd->userdata))
                return 0;
        if (steamcmd_output_read(output, plain)) {
                if (output->percent != before)
                        tell_progress(output);
                return 0;
        }
        plain[n++] = '\n';
        return write_all(STDOUT_FILENO, plain, n);
}

/* A question has no end of its line. An answer that only a person has never comes. */
static void look_for_question(Reading *reading) {
        char plain[VISIBLE_TEXT_MAX(sizeof(reading->line.text)) + 1];

        if (reading->line.length == 0)
                return;
        (void) visible_line(reading->line.text, reading->line.length, plain);
        if (strstr(plain, "Steam Guard code:") || strstr(plain, "Two-factor code:")) {
                reading->output->wants_code = true;
                (void) kill(-reading->pid, SIGKILL);
        }
}

/* is_whole: the end of the line is there. If not, what may be the beginning of the secret stays
 * in the buffer. */
static int take_piece(Reading *reading, bool is_whole) {
        const char *secret = reading->steamcmd->secret ?: "";
        Line *line = &reading->line;
        size_t n = strlen(secret), kept = 0;
        int r;

        if (!is_whole && n > 0 && n < line->length)
                kept = n - 1;

        hide_secret(line, secret);
        line->length -= kept;
        r = pass_on(reading);
        memmove(line->text, line->text + line->length, kept);
        line->length = kept;
        return r;
}

static int scan(Reading *reading, const char *data, size_t size) {
        Line *line = &reading->line;

        for (size_t i = 0; i < size; i++) {
                bool ends = data[i] == '\n' || data[i] == '\r' || data[i] == '\0';

                if (!ends)
                        line->text[line->length++] = data[i];
                if ((ends && line->length > 0) || line->length == sizeof(line->text)) {
                        int r = take_piece(reading, ends);

                        if (r < 0)
                                return r;
                }
        }
        look_for_question(reading);
        return 0;
}

/* 1: there may be more; 0: the child and all it started have closed the terminal, which reads as
 * EIO. */
static int read_some(int terminal, Reading *reading) {
        char data[4096];
        ssize_t n = read(terminal, data, sizeof(data));
        int r;

        if (n < 0 && errno == EINTR)
                return 1;
        if (n < 0 && errno != EIO)
                return -errno;
        if (n <= 0)
                return 0;
        r = scan(reading, data, (size_t) n);
        return r < 0 ? r : 1;
}

/* Until the child has ended; a process that it left behind may keep the terminal open. */
static int read_terminal(int terminal, int pidfd, Reading *reading) {
        struct pollfd fds[] = {
                { .fd = terminal, .events = POLLIN },
                { .fd = pidfd, .events = POLLIN },
        };
        int r = 1;

        while (r > 0) {
                if (poll(fds, ELEMENTSOF(fds), -1) < 0 && errno != EINTR)
                        return -errno;
                if (is_cancelled)
                        return -ECANCELED;
                if (fds[0].revents)
                        r = read_some(terminal, reading);
                else if (fds[1].revents)
                        break;
        }
        return r < 0 ? r : scan(reading, "\n", 1); /* the last line may lack its end */
}

/* Between fork and exec, in the child; what fails shows as exit status 127 with a message. */
static void execute(const Steamcmd *steamcmd, const char *const *arguments) {
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
        const char *argv[ARGUMENTS_MAX + 2] = { steamcmd->program };
        int r;

        for (size_t i = 0; i < ARGUMENTS_MAX && arguments[i]; i++)
                argv[i + 1] = arguments[i];
        (void) snprintf(home, sizeof(home), "HOME=%s", steamcmd->home);
        (void) snprintf(name, sizeof(name), "USER=%s", steamcmd->user);
        (void) snprintf(logname, sizeof(logname), "LOGNAME=%s", steamcmd->user);

        r = identity_assume(&(Identity) { .change = false });
        if (r < 0) {
                (void) fprintf(stderr, _("Failed to prepare steamcmd: %s\n"), strerror(-r));
                return;
        }
        if (chdir(steamcmd->directory) < 0) {
                (void) fprintf(
                        stderr, _("Failed to enter %s: %s\n"), steamcmd->directory,
                        strerror(errno));
                return;
        }
        /* execve() changes nothing; its types predate const. */
        (void) execve(
                argv[0], (char *const *) (uintptr_t) argv, (char *const *) (uintptr_t) environment);
        (void) fprintf(stderr, _("Failed to execute %s: %s\n"), argv[0], strerror(errno));
}

/* As process 1 of its namespace, this program gets only signals that it handles; poll() ends. */
static int handle_end(void) {
        struct sigaction action = { .sa_handler = cancel };

        return sigaction(SIGTERM, &action, NULL) < 0 ? -errno : 0;
}

int steamcmd_run(
        const Steamcmd *steamcmd, const char *const *arguments, SteamcmdOutput *ret_output,
        int *ret_status) {
        struct winsize size = { .ws_row = 25, .ws_col = 200 };
        Reading reading = { .steamcmd = steamcmd, .output = ret_output };
        _cleanup_close_ int terminal = -EBADF, pidfd = -EBADF;
        int r;

        r = handle_end();
        if (r < 0)
                return r;
        *ret_output = (SteamcmdOutput) {};
        reading.pid = forkpty(&terminal, NULL, NULL, &size);
        if (reading.pid < 0)
                return -errno;
        if (reading.pid == 0) {
                execute(steamcmd, arguments);
                _exit(127);
        }

        pidfd = pidfd_open(reading.pid, 0);
        r = pidfd < 0 ? -errno : read_terminal(terminal, pidfd, &reading);
        terminal = safe_close(terminal); /* hangs up on it if we failed */
        if (r == -ECANCELED)
                return r;
        while (waitpid(reading.pid, ret_status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        return r;
}
