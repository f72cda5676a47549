/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * New lines of a server's log, as text that a terminal can show. Lines that repeat commands from
 * this host are left out: left4me asks the server for its state all the time.
 */

#include <stdbool.h>
#include <stdio.h>

#include "base/cleanup.h"

typedef struct LiveLog LiveLog;

/* Whether a line of the log repeats a command that came from this host. */
bool live_log_is_command(const char *line, size_t size);

/* Begins now. -EACCES: the caller may not read the journal. */
int live_log_new(const char *unit, LiveLog **ret) _must_check_;

/* Writes the lines that came since then, at most some hundred. Returns how many, or -errno. */
int live_log_write(LiveLog *log, FILE *f) _must_check_;

LiveLog *live_log_free(LiveLog *log);
DEFINE_CLEANUP(LiveLog *, live_log_free)
