/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The console of a running server, for verbs. All functions return an ExitCode and have said what
 * went wrong.
 */

#include "common/ctl.h"
#include "query/status-text.h"
#include "server/console.h"

/* The server must run (CTL_NOT_RUNNING) and its spec must have rcon_password. */
int session_open(Ctl *ctl, const char *name, Console **ret) _must_check_;

/* Runs a command. The answer is the console's until the next one. */
int session_run(
        Console *console, const char *command, bool is_repeatable, const char **ret_answer,
        size_t *ret_size) _must_check_;

/* Asks the server for its state and its players; large, from malloc. */
int session_status(Console *console, ServerStatus **ret) _must_check_;
