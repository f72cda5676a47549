/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A session on disk: a JSON object in a file named by the session's id. The file's modification
 * time is the session's last use. /run is memory: nothing here waits for a disk.
 */

#include "auth/session.h"

/* Calls handler for each good file; those for which it returns 0, and broken ones, are removed.
 * -errno, or what the handler failed with. */
int session_files_read(
        int directory_fd, int (*handler)(const Session *session, void *userdata), void *userdata)
        _must_check_;

int session_file_write(int directory_fd, const Session *session) _must_check_;
void session_file_remove(int directory_fd, const char *id);
void session_file_touch(int directory_fd, const char *id, uint64_t now);
