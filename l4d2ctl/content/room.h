/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The bounds of content that hold for all users, root too: max_overlay_gb= for a version, and the
 * disk's space (base/disk-space.h). Each function returns an ExitCode and has said what was wrong.
 */

#include <stdint.h>

#include "content/store.h"

/* Whether the disk of disk_fd has room for so many bytes of source. */
int room_check_disk(const char *source, int disk_fd, uint64_t bytes) _must_check_;

/* The same for the file or directory fd as content of an overlay. */
int room_check_source(Ctl *ctl, const char *source, int fd, int disk_fd) _must_check_;

/* Copies source, which is open as from_fd and may be a pipe, to its end, while the disk has room.
 * for_version: no more than a version can have. */
int room_copy(Ctl *ctl, const char *source, int from_fd, int to_fd, bool for_version) _must_check_;

/* Whether the version that is being made may be as large; one that did not grow may. */
int room_check_version(const Store *store, int tree_fd) _must_check_;
