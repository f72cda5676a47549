/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <stddef.h>

#include "server.h"

/*
 * The console: takes lines apart into words, runs them as commands or variables, and knows where
 * output goes. Commands come from five tables: the game's (commands.c; admin.c those against
 * players), and the stand-in's own (misbehave.c; guests.c what players do; campaign.c).
 */

typedef struct Command {
        const char *name;
        void (*run)(Server *s, int argc, char **argv);
        const char *help;
} Command;

extern const Command game_commands[];
extern const Command admin_commands[];
extern const Command standin_commands[];
extern const Command guest_commands[];
extern const Command campaign_commands[];

/* Output of a command: to the remote console that asked, else to stdout. */
void console_print(Server *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes a line that a test waits for: always to stdout, also to the remote console that sent the
 * command. A prefix "standin: " and a newline are added. */
void console_report(Server *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Runs a line: several commands may be divided by `;`. */
void console_run(Server *s, const char *line);

/* Runs one command that is in words already. */
void console_run_words(Server *s, int argc, char **argv);

/* Runs the file cfg/<name> of the game. Returns 0 or a negative errno. */
int console_exec(Server *s, const char *name);

/* Runs the command again, words quoted, after so many milliseconds. */
void console_schedule(Server *s, uint64_t ms, int argc, char **argv);
void console_run_scheduled(Server *s);

/* Time of the next scheduled line, UINT64_MAX for none. */
uint64_t console_next_due(const Server *s);
