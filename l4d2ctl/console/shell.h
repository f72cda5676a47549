/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Commands on the console of a server, one after the other, over restarts of the server. */

#include "common/ctl.h"
#include "server/console.h"

typedef struct Shell {
        Ctl *ctl;
        const char *name;
        Console *console; /* NULL: to be opened for the next command */
        /* Waits for the answer: as prompt_wait(). NULL: poll() alone. */
        int (*wait)(void *userdata, int fd, short events, int msec);
        void *userdata;
} Shell;

/* Opens the console unless it is open. Returns an ExitCode and has said what was wrong. */
int shell_open(Shell *shell) _must_check_;

/* Runs a command and prints its answer; a blank one does nothing. The same results. */
int shell_run(Shell *shell, const char *command) _must_check_;

/* The answer to a command that is the shell's own: not in the audit trail, not printed. Borrowed.
 * 0 or -errno. */
int shell_ask(Shell *shell, const char *command, const char **ret, size_t *ret_size) _must_check_;

void shell_close(Shell *shell);

/* Prints the answer to a command, without the line of the log that repeats it. */
void shell_print_answer(const char *answer, size_t size);

/* Runs each line of standard input; the ExitCode of the first that failed. */
int shell_run_input(Shell *shell) _must_check_;

/* Edits lines on the terminal, with history, completion and the server's log. */
int shell_run_terminal(Shell *shell) _must_check_;
