/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Remembers between processes that a server refused a password: if each process tried by itself,
 * the engine would soon ban this host's address, forever. A file for each server, in
 * /run/left4me/rcon, holds a digest of the refused password and of the run (invocation) that
 * refused it; another password, or a restart of the server, makes it void.
 */

#include <stdbool.h>

#include "base/cleanup.h"

/* dir_fd: the directory; negative: there is none, and nothing is remembered. */
bool rcon_was_refused(
        int dir_fd, const char *name, const char *password, const char *invocation_id);

/* 0 or -errno; a caller that may not write there goes on without. */
int rcon_note_refusal(int dir_fd, const char *name, const char *password, const char *invocation_id)
        _must_check_;
