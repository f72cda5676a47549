/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The steps of left4me-check.service: asks Steam for the newest build of the game and compares it
 * with the one that is installed. Each returns an exit status and has said what went wrong; all
 * but the question run as root, outside of the sandbox.
 */

#include "install/install.h"

/* Exit statuses of begin, as ExecCondition= takes them. */
enum {
        INSTALL_CHECK_SKIPPED = 1, /* there is nothing to do */
        INSTALL_CHECK_FAILED = 255,
};

/* ExecCondition=: whether Steam is to be asked; finds the installed build. */
int install_check_begin(Install *install) _must_check_;

/* ExecStart=: asks, and leaves the answer for update_check_read(). */
int install_check(Install *install) _must_check_;

/* ExecStartPost=: starts the alert when an update is news. */
int install_check_tell(Install *install) _must_check_;

/* ExecStopPost=: has the journal take the last lines. */
int install_check_end(Install *install) _must_check_;

/* --- for left4me-install.service ----------------------------------------------------------------
 */

/* Stops a check that runs, and waits for its end. */
void install_end_check(void);

/* The answer after an update, whose build is the newest one. tree: the path of what steamcmd made.
 */
void install_note_newest(const Install *install, const char *tree);
