/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One run of steamcmd in an environment of its own. It gets a new terminal, because it doesn't
 * flush its output without one. Its output is passed on line by line, without the bytes that a
 * terminal would obey.
 */

#include <stdbool.h>

#include "game/steamcmd-output.h"

typedef struct Steamcmd {
        const char *program;   /* absolute */
        const char *home;      /* of the caller, who runs it */
        const char *user;      /* the caller's name */
        const char *directory; /* it starts there */
        const char *secret;    /* never passed on; NULL: none */
        /* Gets each line first; true: the log does not get it. NULL: the log gets all. */
        bool (*take)(const char *line, void *userdata);
        void *userdata;
} Steamcmd;

/*
 * Runs it with these arguments, up to NULL, which follow the program's name. Tells systemd how far
 * it is. *ret_status is as from waitpid(). 0 when it ran, -ECANCELED when this process was asked to
 * end, or another -errno.
 */
int steamcmd_run(
        const Steamcmd *steamcmd, const char *const *arguments, SteamcmdOutput *ret_output,
        int *ret_status) _must_check_;
