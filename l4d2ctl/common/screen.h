/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The whole terminal for a picture that changes, and single keys from it. The terminal is as it was
 * after screen_close(), and after each signal that ends the process but SIGKILL.
 */

#include <stddef.h>

#include "base/cleanup.h"

/* Takes the terminal of standard output, and keys from standard input if that is one too. -ENOTTY.
 */
int screen_open(void) _must_check_;
void screen_close(void);

/* Rows and columns now. */
void screen_size(unsigned *ret_rows, unsigned *ret_columns);

/* Shows these lines, each with its line feed and not wider than the screen, in one go. */
int screen_show(const char *text) _must_check_;

enum {
        SCREEN_TIMEOUT = 0,
        SCREEN_RESIZED = -1,
        SCREEN_END = -2, /* a signal shall end the process, or the terminal is gone */
};

/* Waits for a key, at most so long. Returns its character or one of these. */
int screen_wait(unsigned msec);
