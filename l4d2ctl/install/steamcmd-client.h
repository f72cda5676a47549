/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * steamcmd's own steamclient.so, kept for servers. Only steamcmd's user can read where steamcmd
 * lies, and no server may: all of it is done as that user.
 */

#include "common/ctl.h"
#include "common/identity.h"

/*
 * Replaces the kept copies by what steamcmd has. What is missing, or is not such a library, is
 * said and leaves the copy as it is: servers run with it, or with the game's own. An exit code.
 */
int steamcmd_keep_clients(const Ctl *ctl, const Identity *user) _must_check_;
