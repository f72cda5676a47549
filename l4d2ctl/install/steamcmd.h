/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One run of steamcmd, as a user other than root and in an environment of its own. It gets a new
 * terminal, because it doesn't flush its output without one, and never the caller's, into which it
 * could type. Its output is passed on line by line, without the bytes that a terminal would obey,
 * and searched for a few of its phrases.
 */

#include <stdbool.h>

#include "common/identity.h"

typedef struct SteamcmdResult {
        int status;           /* as from waitpid() */
        bool installed;       /* "Success! App '222860' fully installed." */
        bool not_for_linux;   /* "Invalid platform" or "Missing configuration": worth another way */
        unsigned state;       /* of "… state is 0x… after update job", 0: none was named */
        bool no_subscription; /* "No subscription" */
} SteamcmdResult;

/* argv[0] is the program; directory is where it is started. Returns 0 when it ran, else -errno. */
int steamcmd_run(
        const char *const *argv, const char *directory, const Identity *user, SteamcmdResult *ret)
        _must_check_;

/* Returns advice for a person, or NULL for an unknown failure. Static storage. */
const char *steamcmd_explain(const SteamcmdResult *result);
