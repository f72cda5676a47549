/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The console of a running server, for verbs. All functions return an ExitCode and have said what
 * went wrong.
 */

#include "common/ctl.h"
#include "query/cvar-list.h"
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

/*
 * The same without an open console: when RCON fails, asks as the server browser does, and says so.
 * ret_is_browsed: whether this is such an answer (query/a2s-status.h), without SteamIDs.
 */
int session_players(Ctl *ctl, const char *name, ServerStatus **ret, bool *ret_is_browsed)
        _must_check_;

/* Asks the server for its commands and variables. Clear the list in any case. */
int session_cvars(Ctl *ctl, const char *name, CvarList *ret) _must_check_;

/*
 * The same of a server that need not run: then any other one that does is asked, one of the same
 * blueprint if there is one, and a notice says so. ret_asked gets its name. For verbs of admins.
 */
int session_cvars_near(
        Ctl *ctl, const char *name, char ret_asked[static INSTANCE_NAME_MAX + 1], CvarList *ret)
        _must_check_;
