/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An update of the game by a user of Steam, whose password is the credential "steam-password" of
 * the unit. It never is an argument of steamcmd, which every process of the host could read.
 */

#include <stdbool.h>

#include "install/steamcmd.h"

typedef struct AccountUpdate {
        const char *account;
        const char *tree; /* absolute */
        bool validate;
} AccountUpdate;

/* As steamcmd_run(). -EBADMSG: the password can't be written into a script, which is said. */
int account_update(
        const AccountUpdate *update, const Steamcmd *steamcmd, SteamcmdOutput *ret_output,
        int *ret_status) _must_check_;
