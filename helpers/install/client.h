/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * steamcmd's own steamclient.so, kept for servers. Only steamcmd's user can read where steamcmd
 * lies, and no server may.
 */

#include "base/paths.h"

/*
 * Replaces the kept copies by the libraries of this steamcmd. A library that is missing or not
 * valid is reported and its copy stays: servers run with the copy, or with the game's own. home is
 * the caller's, steamcmd's user. Returns an exit status.
 */
int install_keep_clients(const Paths *paths, const char *steamcmd, const char *home) _must_check_;
