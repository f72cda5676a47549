/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console/prompt.h"

#include <histedit.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <wchar.h>

#include "base/utf8.h"

enum { LOOK_MSEC = 50, KEY_KILL_LINE = 0x15 /* Ctrl-U */ };

struct Prompt {
        EditLine *el;
        History *history;
        const char *text;
        PromptHooks hooks;
        sigset_t outside; /* the signals that were blocked before */
        struct termios before, quiet;
        bool is_editing;
        char *line;
};

/* --- signals ---------------------------------------------------------------------------------- */

static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH };

static volatile sig_atomic_t interrupted, resized, stopped, end_signal;

static void note_signal(int signal) {
        switch (signal) {
        case SIGINT:
                interrupted = 1;
                break;
        case SIGWINCH:
                resized = 1;
                break;
        case SIGTSTP:
                stopped = 1;
                break;
        default:
                end_signal = signal;
        }
}

/* They are blocked except in ppoll(), so none comes between a check and the wait. */
static void catch_signals(Prompt *prompt) {
        struct sigaction action = { .sa_handler = note_signal };
        sigset_t set;

        (void) sigemptyset(&set);
        for (size_t i = 0; i < ELEMENTSOF(caught); i++)
                (void) sigaddset(&set, caught[i]);
        (void) sigprocmask(SIG_BLOCK, &set, &prompt->outside);
        for (size_t i = 0; i < ELEMENTSOF(caught); i++)
                (void) sigaction(caught[i], &action, NULL);
}

static void release_signals(const Prompt *prompt) {
        const struct sigaction action = { .sa_handler = SIG_DFL };

        for (size_t i = 0; i < ELEMENTSOF(caught); i++)
                (void) sigaction(caught[i], &action, NULL);
        (void) sigprocmask(SIG_SETMASK, &prompt->outside, NULL);
}

int prompt_end_signal(const Prompt *prompt _unused_) {
        return end_signal;
}

/* --- the screen ------------------------------------------------------------------------------- */

unsigned prompt_columns(const Prompt *prompt _unused_) {
        struct winsize size;

        return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) >= 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* The columns that the characters take, as libedit shows them. */
static unsigned width_of(const wchar_t *from, const wchar_t *to) {
        unsigned width = 0;

        for (; from < to; from++) {
                int n = wcwidth(*from);

                width += n >= 0 ? (unsigned) n : 2;
        }
        return width;
}

/* Goes to the beginning of the prompt and clears from there on. */
static void clear_line(Prompt *prompt) {
        const LineInfoW *line = el_wline(prompt->el);
        unsigned columns = prompt_columns(prompt);
        unsigned at = (unsigned) strlen(prompt->text) + width_of(line->buffer, line->cursor);

        (void) fputc('\r', stdout);
        if (at >= columns)
                (void) fprintf(stdout, "\033[%uA", at / columns);
        (void) fputs("\033[J", stdout);
}

void prompt_print_above(Prompt *prompt, const char *text) {
        if (prompt->is_editing)
                clear_line(prompt);
        (void) fputs(text, stdout);
        (void) fflush(stdout);
        if (prompt->is_editing)
                (void) el_set(prompt->el, EL_REFRESH);
}

static void redraw(Prompt *prompt) {
        clear_line(prompt);
        (void) fflush(stdout);
        el_resize(prompt->el);
        (void) el_set(prompt->el, EL_REFRESH);
}

static void set_terminal(const struct termios *settings) {
        (void) tcsetattr(STDIN_FILENO, TCSADRAIN, settings);
}

/*
 * Between the lines that libedit reads, keys that the user types ahead are not shown, and stay what
 * they are: a Ctrl-D of a terminal that collects lines would become a zero byte.
 */
static int take_terminal(Prompt *prompt) {
        if (tcgetattr(STDIN_FILENO, &prompt->before) < 0)
                return -errno;
        prompt->quiet = prompt->before;
        prompt->quiet.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
        prompt->quiet.c_cc[VMIN] = 1;
        prompt->quiet.c_cc[VTIME] = 0;
        set_terminal(&prompt->quiet);
        return 0;
}

static void stop(Prompt *prompt) {
        if (prompt->is_editing)
                (void) el_set(prompt->el, EL_PREP_TERM, 0);
        set_terminal(&prompt->before);
        (void) kill(getpid(), SIGSTOP);
        set_terminal(&prompt->quiet);
        if (!prompt->is_editing)
                return;
        (void) el_set(prompt->el, EL_PREP_TERM, 1);
        (void) el_set(prompt->el, EL_REFRESH);
}

/* --- waiting ---------------------------------------------------------------------------------- */

static void heed_signals(Prompt *prompt) {
        if (stopped) {
                stopped = 0;
                stop(prompt);
        }
        if (resized) {
                resized = 0;
                if (prompt->is_editing)
                        redraw(prompt);
        }
}

int prompt_wait(Prompt *prompt, int fd, short events, int msec) {
        struct pollfd wait = { .fd = fd, .events = events };
        const struct timespec time = { msec / 1000, (long) (msec % 1000) * 1000000 }, none = {};
        int r;

        /* Ctrl-C counts before the keys that came after it, which alone would end the wait. */
        r = ppoll(NULL, 0, &none, &prompt->outside);
        if (r >= 0)
                r = ppoll(&wait, 1, &time, &prompt->outside);
        if (r < 0 && errno != EINTR)
                return -errno;
        heed_signals(prompt);
        if (end_signal)
                return -ECANCELED;
        if (interrupted) {
                interrupted = 0;
                return -EINTR;
        }
        return r < 0 ? 0 : r;
}

/* --- keys ------------------------------------------------------------------------------------- */

/* The bytes of one character; a wrong byte is the character that stands for such. */
static int read_key(wchar_t *ret) {
        char bytes[4];
        uint32_t character;
        size_t n = 0;

        do {
                ssize_t got = read(STDIN_FILENO, &bytes[n], 1);

                if (got <= 0)
                        return 0;
                n++;
                if (utf8_decode(bytes, n, &character) == n) {
                        *ret = (wchar_t) character;
                        return 1;
                }
        } while (n < sizeof(bytes) && ((unsigned char) bytes[0] & 0xc0) == 0xc0);
        *ret = 0xfffd;
        return 1;
}

/* For libedit: 1 with a character, 0 at the end. */
static int get_key(EditLine *el, wchar_t *ret) {
        Prompt *prompt;

        if (el_get(el, EL_CLIENTDATA, &prompt) < 0)
                return 0;
        for (;;) {
                int r;

                prompt->hooks.look(prompt, prompt->hooks.userdata);
                r = prompt_wait(prompt, STDIN_FILENO, POLLIN, LOOK_MSEC);
                if (r == -EINTR) {
                        *ret = KEY_KILL_LINE;
                        return 1;
                }
                if (r < 0)
                        return 0;
                if (r > 0)
                        return read_key(ret);
        }
}

static unsigned char complete(EditLine *el, int key _unused_) {
        const LineInfo *line = el_line(el);
        _cleanup_free_ char *text = NULL, *insert = NULL;
        Prompt *prompt;
        int r;

        if (el_get(el, EL_CLIENTDATA, &prompt) < 0)
                return CC_ERROR;
        text = strndup(line->buffer, (size_t) (line->cursor - line->buffer));
        r = text ? prompt->hooks.complete(prompt, text, prompt->hooks.userdata, &insert) : -ENOMEM;
        if (r < 0)
                return CC_ERROR;
        if (r == 0)
                return CC_NORM;
        return el_insertstr(el, insert) < 0 ? CC_ERROR : CC_REFRESH;
}

static const char *get_text(EditLine *el) {
        Prompt *prompt;

        return el_get(el, EL_CLIENTDATA, &prompt) < 0 ? "> " : prompt->text;
}

/* --- all of it -------------------------------------------------------------------------------- */

bool prompt_is_possible(void) {
        const char *terminal = getenv("TERM");

        return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && terminal && terminal[0] != '\0' &&
               strcmp(terminal, "dumb") != 0;
}

static int make_history(Prompt *prompt, const ConsoleHistory *from) {
        HistEvent event;

        prompt->history = history_init();
        if (!prompt->history)
                return -ENOMEM;
        (void) history(prompt->history, &event, H_SETSIZE, HISTORY_LINES_MAX);
        for (size_t i = 0; i < from->n_lines; i++)
                prompt_remember(prompt, from->lines[i]);
        return 0;
}

static int make_editor(Prompt *prompt) {
        EditLine *el = el_init("l4d2ctl", stdin, stdout, stderr);

        if (!el)
                return -ENOTTY;
        prompt->el = el;
        /* libedit would have the terminal collect and show lines while it reads none. */
        (void) el_set(el, EL_SETTY, "-x", "-icanon", "-echo", NULL);
        (void) el_set(el, EL_CLIENTDATA, prompt);
        (void) el_set(el, EL_EDITOR, "emacs");
        (void) el_set(el, EL_PROMPT, get_text);
        (void) el_set(el, EL_GETCFN, get_key);
        (void) el_set(el, EL_HIST, history, prompt->history);
        (void) el_set(el, EL_ADDFN, "l4d2-complete", "Complete the word", complete);
        (void) el_set(el, EL_BIND, "^I", "l4d2-complete", NULL);
        (void) el_set(el, EL_BIND, "^R", "em-inc-search-prev", NULL);
        return 0;
}

int prompt_new(const char *text, const ConsoleHistory *lines, PromptHooks hooks, Prompt **ret) {
        _cleanup_(prompt_freep) Prompt *prompt = calloc(1, sizeof(*prompt));
        int r;

        if (!prompt)
                return -ENOMEM;
        prompt->text = text;
        prompt->hooks = hooks;
        catch_signals(prompt);
        r = take_terminal(prompt);
        if (r >= 0)
                r = make_history(prompt, lines);
        if (r >= 0)
                r = make_editor(prompt);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(prompt);
        return 0;
}

int prompt_read(Prompt *prompt, const char **ret_line) {
        const char *line;
        int n = 0;

        free(prompt->line);
        prompt->line = NULL;
        prompt->is_editing = true;
        line = el_gets(prompt->el, &n);
        prompt->is_editing = false;
        if (!line || n <= 0 || end_signal)
                return 0;
        prompt->line = strndup(line, strcspn(line, "\r\n"));
        if (!prompt->line)
                return -ENOMEM;
        *ret_line = prompt->line;
        return 1;
}

void prompt_remember(Prompt *prompt, const char *line) {
        HistEvent event;

        (void) history(prompt->history, &event, H_ENTER, line);
}

Prompt *prompt_free(Prompt *prompt) {
        if (!prompt)
                return NULL;
        if (prompt->el)
                el_end(prompt->el);
        if (prompt->history)
                history_end(prompt->history);
        if (prompt->quiet.c_cc[VMIN] == 1)
                set_terminal(&prompt->before);
        release_signals(prompt);
        free(prompt->line);
        free(prompt);
        return NULL;
}
