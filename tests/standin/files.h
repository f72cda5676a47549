/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "server.h"

/*
 * Files that the game and common plugins write below the game's directory while they run: settings
 * of VScript add-ons, statistics, Stripper's log, demos of SourceTV.
 */

/* At each map. The game says nothing of what fails; the stand-in does, in a `standin:` line. */
void files_write(Server *s);

/* SourceTV records to NAME.dem in the game's directory. Returns 0 or a negative errno. */
int files_record(const Server *s, const char *name);
