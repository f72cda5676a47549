/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/editor.h"

#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <wordexp.h>

#include "base/log.h"

enum { EDITOR_WORDS_MAX = 32 }; /* of $EDITOR: "code --wait" */

static const int deadly[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };

/* The signal handler's. */
static const char *volatile handler_words;
static volatile pid_t handler_editor; /* 0: none is running */

/* A terminal's Ctrl-C reaches the editor by itself and is its business alone. */
static void die(int number) {
        pid_t editor = handler_editor;
        const char *words = handler_words;

        if (editor > 0 && (number == SIGINT || number == SIGQUIT))
                return;
        if (editor > 0)
                (void) kill(editor, number);
        if (words)
                (void) !write(STDERR_FILENO, words, strlen(words));

        /* Ends us as soon as the handler returns. */
        (void) sigaction(number, &(struct sigaction) { .sa_handler = SIG_DFL }, NULL);
        (void) raise(number);
}

static int handle_signals(void (*handler)(int)) {
        for (size_t i = 0; i < ELEMENTSOF(deadly); i++) {
                struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };

                if (sigaction(deadly[i], &action, NULL) < 0)
                        return -errno;
        }
        return 0;
}

int editor_begin(const char *last_words) {
        handler_words = last_words;
        return handle_signals(die);
}

void editor_end(void) {
        (void) handle_signals(SIG_DFL);
        handler_words = NULL;
}

static int block_signals(sigset_t *ret_old) {
        sigset_t set;

        (void) sigemptyset(&set);
        for (size_t i = 0; i < ELEMENTSOF(deadly); i++)
                (void) sigaddset(&set, deadly[i]);
        return sigprocmask(SIG_BLOCK, &set, ret_old) < 0 ? -errno : 0;
}

/* The child gets the default signal handling and the mask from before. */
static int spawn(char **argv, const sigset_t *mask, pid_t *ret) {
        posix_spawnattr_t attributes;
        sigset_t set;
        int r;

        r = posix_spawnattr_init(&attributes);
        if (r != 0)
                return -r;

        (void) sigemptyset(&set);
        for (size_t i = 0; i < ELEMENTSOF(deadly); i++)
                (void) sigaddset(&set, deadly[i]);
        (void) posix_spawnattr_setsigdefault(&attributes, &set);
        (void) posix_spawnattr_setsigmask(&attributes, mask);
        (void) posix_spawnattr_setflags(
                &attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
        r = posix_spawnp(ret, argv[0], NULL, &attributes, argv, environ);
        (void) posix_spawnattr_destroy(&attributes);
        return -r;
}

/* Starts it with nothing between its start and the handler's knowing of it. */
static int start(char **argv) {
        sigset_t old;
        pid_t pid = 0;
        int r;

        r = block_signals(&old);
        if (r < 0)
                return r;
        r = spawn(argv, &old, &pid);
        if (r >= 0)
                handler_editor = pid;
        (void) sigprocmask(SIG_SETMASK, &old, NULL);
        return r;
}

/* The handler forgets the process before it is reaped and its number is free for another. */
static int wait_for_end(siginfo_t *ret) {
        pid_t pid = handler_editor;
        int r;

        do
                r = waitid(P_PID, (id_t) pid, ret, WEXITED | WNOWAIT);
        while (r < 0 && errno == EINTR);
        handler_editor = 0;
        if (r < 0)
                return -errno;
        return waitid(P_PID, (id_t) pid, ret, WEXITED) < 0 ? -errno : 0;
}

/* -EINVAL: a shell would not take it as one command either, or would have to run another first. */
static int explain_split(int error) {
        return error == WRDE_NOSPACE ? -ENOMEM : -EINVAL;
}

/* Splits the command as a shell does, with quotes, and runs it with the path as last word. */
static int start_command(const char *command, const char *path) {
        _cleanup_free_ char *file = strdup(path);
        char *argv[EDITOR_WORDS_MAX + 2];
        wordexp_t words = {};
        int r;

        if (!file)
                return -ENOMEM;
        r = wordexp(command, &words, WRDE_NOCMD);
        if (r != 0) {
                if (r == WRDE_NOSPACE)
                        wordfree(&words);
                return explain_split(r);
        }
        r = words.we_wordc == 0 ? -EINVAL : words.we_wordc > EDITOR_WORDS_MAX ? -E2BIG : 0;
        if (r >= 0) {
                memcpy(argv, words.we_wordv, words.we_wordc * sizeof(*argv));
                argv[words.we_wordc] = file;
                argv[words.we_wordc + 1] = NULL;
                r = start(argv);
        }
        wordfree(&words);
        return r;
}

/* Returns the editor that the environment names, or NULL. */
static const char *wanted_editor(void) {
        static const char *const variables[] = { "VISUAL", "EDITOR" };

        for (size_t i = 0; i < ELEMENTSOF(variables); i++) {
                const char *value = getenv(variables[i]);

                if (value && value[strspn(value, " \t\n")] != '\0')
                        return value;
        }
        return NULL;
}

static int start_any(const char *path) {
        static const char *const usual[] = { "sensible-editor", "nano", "vi" };
        const char *wanted = wanted_editor();
        int r = -ENOENT;

        if (wanted) {
                r = start_command(wanted, path);
                if (r == -EINVAL)
                        log_error(
                                "Failed to run the editor '%s': $VISUAL or $EDITOR must be one "
                                "command with its options; put a word with spaces into quotes",
                                wanted);
                else if (r < 0)
                        (void) log_error_errno(r, "Failed to run the editor '%s'", wanted);
                return r;
        }

        for (size_t i = 0; r == -ENOENT && i < ELEMENTSOF(usual); i++)
                r = start_command(usual[i], path);
        if (r == -ENOENT)
                log_error("Failed to find an editor: set $EDITOR, or run 'apt install nano'");
        else if (r < 0)
                (void) log_error_errno(r, "Failed to run an editor");
        return r;
}

static int explain_end(const siginfo_t *end) {
        if (end->si_code == CLD_EXITED && end->si_status == 0)
                return 0;
        if (end->si_code == CLD_EXITED)
                log_error("The editor failed with exit status %i", end->si_status);
        else
                log_error("The editor was ended by a signal: %s", strsignal(end->si_status));
        return -ECHILD;
}

int editor_run(const char *path) {
        struct termios terminal;
        bool has_terminal = tcgetattr(STDIN_FILENO, &terminal) >= 0;
        siginfo_t end;
        int r;

        r = start_any(path);
        if (r < 0)
                return r;
        r = wait_for_end(&end);
        if (r < 0)
                return log_error_errno(r, "Failed to wait for the editor");

        /* An editor that crashed may leave the terminal in its own mode. */
        if (has_terminal && tcgetpgrp(STDIN_FILENO) == getpgrp())
                (void) tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal);
        return explain_end(&end);
}
