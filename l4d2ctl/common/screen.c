/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/screen.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "base/file.h"

/* The other picture that terminals have, without a cursor; and back. */
#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"

static struct termios before;
static bool has_keys, is_open;
static sigset_t outside;

static volatile sig_atomic_t resized, stopped, ended;

static void note_signal(int signal) {
        if (signal == SIGWINCH)
                resized = 1;
        else if (signal == SIGTSTP)
                stopped = 1;
        else
                ended = 1;
}

/* They are blocked except in ppoll(), so none comes between a check and the wait. */
static void catch_signals(void) {
        static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH };
        const struct sigaction action = { .sa_handler = note_signal };
        sigset_t set;

        (void) sigemptyset(&set);
        for (size_t i = 0; i < ELEMENTSOF(caught); i++) {
                (void) sigaddset(&set, caught[i]);
                (void) sigaction(caught[i], &action, NULL);
        }
        (void) sigprocmask(SIG_BLOCK, &set, &outside);
}

static void write_out(const char *text) {
        (void) !write_all(STDOUT_FILENO, text, strlen(text));
}

/* Keys come one by one and are not shown; Ctrl-C stays a signal. */
static void take_keys(void) {
        struct termios raw = before;

        raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        if (has_keys)
                (void) tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

static void give_back(void) {
        write_out(LEAVE);
        if (has_keys)
                (void) tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}

int screen_open(void) {
        if (!isatty(STDOUT_FILENO))
                return -ENOTTY;
        has_keys = tcgetattr(STDIN_FILENO, &before) >= 0;
        catch_signals();
        take_keys();
        write_out(ENTER);
        is_open = true;
        return 0;
}

void screen_close(void) {
        if (is_open)
                give_back();
        is_open = false;
}

void screen_size(unsigned *ret_rows, unsigned *ret_columns) {
        struct winsize size = {};

        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0 || size.ws_col == 0)
                size = (struct winsize) { .ws_row = 24, .ws_col = 80 };
        *ret_rows = size.ws_row;
        *ret_columns = size.ws_col;
}

/* Each line overwrites the one before it, so nothing is ever empty in between. */
int screen_show(const char *text) {
        _cleanup_free_ char *out = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&out, &size);

        if (!f)
                return -ENOMEM;
        (void) fputs("\033[H", f);
        for (const char *end; (end = strchr(text, '\n')); text = end + 1)
                (void) fprintf(
                        f, "%.*s\033[K%s", (int) (end - text), text, end[1] != '\0' ? "\n" : "");
        (void) fputs("\033[J", f);
        if (fclose(f) != 0)
                return -ENOMEM;
        return write_all(STDOUT_FILENO, out, size);
}

static void stop(void) {
        stopped = 0;
        give_back();
        (void) kill(getpid(), SIGSTOP);
        take_keys();
        write_out(ENTER);
        resized = 1;
}

static int read_key(void) {
        char key;
        ssize_t n = read(STDIN_FILENO, &key, 1);

        return n == 1 ? (unsigned char) key : SCREEN_END;
}

int screen_wait(unsigned msec) {
        struct pollfd fd = { .fd = has_keys ? STDIN_FILENO : -1, .events = POLLIN };
        const struct timespec time = { msec / 1000, (long) (msec % 1000) * 1000000 };
        int r = ppoll(&fd, 1, &time, &outside);

        if (stopped)
                stop();
        if (ended || (r < 0 && errno != EINTR))
                return SCREEN_END;
        if (resized) {
                resized = 0;
                return SCREEN_RESIZED;
        }
        return r > 0 ? read_key() : SCREEN_TIMEOUT;
}
