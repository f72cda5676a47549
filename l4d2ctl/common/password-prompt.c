/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/password-prompt.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>

#include "base/log.h"
#include "base/text.h"
#include "common/ctl.h"
#include "spec/password.h"

/* A line of the longest password, its end, and one byte that tells that there is more. */
enum { LINE_SIZE = PASSWORD_SIZE_MAX + 3 };

static const int deadly[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP };

static volatile sig_atomic_t caught; /* the signal that came, 0: none */

static void note_signal(int number) {
        caught = number;
}

/* The signals as they were. */
typedef struct Signals {
        struct sigaction actions[ELEMENTSOF(deadly)];
        sigset_t mask;
} Signals;

/* They get through while wait_for_input() waits, and at no other time. */
static void catch_signals(Signals *old) {
        const struct sigaction action = { .sa_handler = note_signal };
        sigset_t blocked;

        caught = 0;
        (void) sigemptyset(&blocked);
        for (size_t i = 0; i < ELEMENTSOF(deadly); i++) {
                (void) sigaction(deadly[i], &action, &old->actions[i]);
                (void) sigaddset(&blocked, deadly[i]);
        }
        (void) sigprocmask(SIG_BLOCK, &blocked, &old->mask);
}

static void restore_signals(const Signals *old) {
        for (size_t i = 0; i < ELEMENTSOF(deadly); i++)
                (void) sigaction(deadly[i], &old->actions[i], NULL);
        (void) sigprocmask(SIG_SETMASK, &old->mask, NULL);
        if (caught > 0)
                (void) raise(caught);
}

/* mask: which signals are blocked meanwhile, NULL: those that are. -EINTR: one came. */
static int wait_for_input(const sigset_t *mask) {
        struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };

        return ppoll(&fd, 1, NULL, mask) < 0 ? -errno : 0;
}

/*
 * A line of standard input without its end, byte by byte, so that nothing of what follows it is
 * taken. -ENODATA: there is none, -E2BIG: it is longer than any password, -EINTR.
 */
static int read_line(const sigset_t *mask, char line[static LINE_SIZE]) {
        size_t n = 0;

        while (n + 1 < LINE_SIZE) {
                ssize_t k;
                int r;

                r = wait_for_input(mask);
                if (r < 0)
                        return r;
                k = read(STDIN_FILENO, line + n, 1);
                if (k < 0)
                        return -errno;
                if (k == 0 && n == 0)
                        return -ENODATA;
                if (k == 0 || line[n] == '\n') {
                        line[n] = '\0';
                        return strlen(line) == n ? 0 : -EBADMSG; /* a NUL in it */
                }
                n++;
        }
        return -E2BIG;
}

static int read_hidden(const char *question, char line[static LINE_SIZE]) {
        struct termios terminal, silent;
        Signals old;
        int r;

        if (tcgetattr(STDIN_FILENO, &terminal) < 0)
                return -errno;
        silent = terminal;
        silent.c_lflag &= ~(tcflag_t) ECHO;
        silent.c_lflag |= ICANON | ISIG;

        catch_signals(&old);
        /* Asked only then: what is typed before would be shown, and is thrown away. */
        if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) < 0)
                r = -errno;
        else {
                (void) fputs(question, stderr);
                r = read_line(&old.mask, line);
        }
        (void) tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal);
        (void) fputc('\n', stderr);
        restore_signals(&old);
        return r;
}

static int ask_twice(const char *user, char line[static LINE_SIZE]) {
        char again[LINE_SIZE] = "";
        char question[INSTANCE_NAME_MAX + 192];
        int r;

        (void) snprintf(question, sizeof(question), _("New password of '%s': "), user);
        r = read_hidden(question, line);
        if (r >= 0)
                r = read_hidden(_("Repeat it: "), again);
        if (r >= 0 && strcmp(line, again) != 0)
                r = -EKEYREJECTED;
        explicit_bzero(again, sizeof(again));
        return r;
}

static int explain(int error) {
        switch (error) {
        case -EKEYREJECTED:
                log_error("The passwords don't match, nothing was changed");
                break;
        case -ENODATA:
                log_error("Failed to read the password: standard input is empty");
                break;
        case -E2BIG:
        case -EBADMSG:
                log_error("The password must have at most 128 characters, all printable");
                break;
        default:
                (void) log_error_errno(error, "Failed to read the password");
                return CTL_FAILURE;
        }
        return CTL_USAGE;
}

int password_ask(const char *user, char **ret) {
        char line[LINE_SIZE] = "";
        const char *complaint;
        char *copy = NULL;
        int r;

        r = isatty(STDIN_FILENO) ? ask_twice(user, line) : read_line(NULL, line);
        complaint = r >= 0 ? password_complaint(line) : NULL;
        if (r >= 0 && !complaint) {
                copy = strdup(line);
                if (!copy)
                        r = -ENOMEM;
        }
        explicit_bzero(line, sizeof(line));
        if (complaint) {
                log_error("%s", _(complaint));
                return CTL_USAGE;
        }
        if (r < 0)
                return explain(r);

        *ret = copy;
        return CTL_OK;
}
