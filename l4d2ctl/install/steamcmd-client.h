/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * steamcmd's own steamclient.so, kept for servers. Only steamcmd's user can read where steamcmd
 * lies, and no server may: all of it is done as that user.
 */

#include "common/ctl.h"
#include "common/identity.h"

/*
 * Replaces the kept copies by steamcmd's libraries. A library that is missing or not valid is
 * reported and its copy stays: servers run with the copy, or with the game's own. Returns an
 * ExitCode.
 */
int steamcmd_keep_clients(const Ctl *ctl, const Identity *user) _must_check_;
