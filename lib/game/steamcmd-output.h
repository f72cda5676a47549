/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The lines that steamcmd prints while it installs the game: how far it is, and why it failed. Its
 * exit status says little, and its words are known from operators and issues only
 * (docs/real-game.md).
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

enum { STEAMCMD_STAGE_MAX = 32, STEAMCMD_ERROR_MAX = 256 };

typedef struct SteamcmdOutput {
        bool installed;       /* "Success! App '222860' fully installed." */
        bool not_for_linux;   /* "Invalid platform" or "Missing configuration": worth another way */
        bool no_subscription; /* "No subscription" */
        bool wrong_password;
        bool wants_code;  /* Steam Guard asks for a code that only a person can give */
        bool rate_limit;  /* too many logins */
        unsigned state;   /* of "… state is 0x… after update job", 0: none was named */
        unsigned percent; /* of the stage, up to 100 */
        char stage[STEAMCMD_STAGE_MAX]; /* "downloading", "verifying", …; "": none yet */
        char error[STEAMCMD_ERROR_MAX]; /* the last line that began with "ERROR!"; "": none */
} SteamcmdOutput;

/* Reads one line, without its end. True when it only says how far the update is. */
bool steamcmd_output_read(SteamcmdOutput *output, const char *line);

/* Whether the account that logged in is to blame, so that another one may do better. */
bool steamcmd_output_blames_account(const SteamcmdOutput *output);

/* The failure and what a person can do about it; NULL: unknown. Static storage, to be translated.
 */
const char *steamcmd_output_explain(const SteamcmdOutput *output);
