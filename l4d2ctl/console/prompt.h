/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reads lines that a user edits on a terminal, with libedit, while other text appears above the
 * line. The terminal is as it was whenever no line is read, and after every end but SIGKILL.
 * Ctrl-C empties the line, Ctrl-D on an empty line ends, Ctrl-Z stops the process.
 */

#include <signal.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "console/history.h"

typedef struct Prompt Prompt;

typedef struct PromptHooks {
        /* Called some times a second while a line is edited; may call prompt_print_above(). */
        void (*look)(Prompt *prompt, void *userdata);
        /*
         * Called for the tab key, with the line up to the cursor. 1: *ret_insert, from malloc, goes
         * there; 0: nothing to add, and it may have called prompt_print_above(); or -errno.
         */
        int (*complete)(Prompt *prompt, const char *line, void *userdata, char **ret_insert);
        void *userdata;
} PromptHooks;

/* Whether standard input and output are a terminal that can do this. */
bool prompt_is_possible(void);

/* Both texts are borrowed. From now on signals are blocked except where the prompt waits. -ENOMEM;
 * -ENOTTY: the terminal is not one. */
int prompt_new(const char *text, const ConsoleHistory *history, PromptHooks hooks, Prompt **ret)
        _must_check_;

/* 1: a line without its end, valid until the next one; 0: the user or a signal ended it. */
int prompt_read(Prompt *prompt, const char **ret_line) _must_check_;

/* Tells the arrow keys of a line that was added to the history. */
void prompt_remember(Prompt *prompt, const char *line);

/* Writes whole lines above the one that is edited; where none is edited, just writes them. */
void prompt_print_above(Prompt *prompt, const char *text);

/* How wide the terminal is now, in characters. */
unsigned prompt_columns(const Prompt *prompt);

/* Waits until fd has one of these events of poll(2), at most so long. Returns as poll(), or -EINTR
 * after Ctrl-C, or -ECANCELED when a signal shall end the process. */
int prompt_wait(Prompt *prompt, int fd, short events, int msec) _must_check_;

/* The signal that shall end the process, 0: none. */
int prompt_end_signal(const Prompt *prompt);

Prompt *prompt_free(Prompt *prompt);
DEFINE_CLEANUP(Prompt *, prompt_free)
