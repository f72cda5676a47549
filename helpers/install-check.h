/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Asks Steam for the newest build of the game and compares it with the one that is installed. */

#include "install-steamcmd.h"
#include "install.h"

/* Returns an exit status, and leaves the answer for install_check_read(). */
int install_check(const Install *install, const Steamcmd *steamcmd) _must_check_;

/* The same answer after an update, whose build is the newest one. tree: the path of what steamcmd
 * made. */
void install_note_newest(const Install *install, const char *tree);
