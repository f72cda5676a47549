/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Runs a person's editor: $VISUAL, $EDITOR, else the first that is installed. From editor_begin()
 * to editor_end() the signals that end a process are handled, so that a user who is interrupted in
 * between doesn't lose their edits.
 */

#include "base/cleanup.h"

/*
 * From now on Ctrl-C belongs to the editor while it runs, and a signal that would end us prints
 * last_words (one line, kept by the caller) before it does. Ended by editor_end().
 */
int editor_begin(const char *last_words) _must_check_;
void editor_end(void);

/* Runs the editor on a file and waits for it. Returns 0 when it ended well; else says what
 * happened and returns -errno. */
int editor_run(const char *path) _must_check_;
