/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The disk space that the overlays of a user take together, see user_overlay_bytes= in
 * left4me.conf(5). */

#include <stdint.h>

#include "base/cleanup.h"
#include "base/paths.h"

/*
 * Lets one version of a user's overlays at a time be added up and published. root_fd is the
 * directory of all overlays. A process that holds the lock of an overlay (layer/versions.h) takes
 * this one after it. Returns a descriptor, whose closing ends it, or -errno.
 */
int overlay_quota_lock(int root_fd, const char *user) _must_check_;

/*
 * The bytes that all overlays below the user's name take with their versions, and the user's
 * uploads. Files that versions share count once. -EAGAIN: for two seconds, something was moved
 * whenever they were added up, so that a part is missing.
 */
int overlay_quota_used(const Paths *paths, int root_fd, const char *user, uint64_t *ret)
        _must_check_;

/* Adds what dir_fd/name takes. -ENOENT: it does not exist; -EAGAIN as above. */
int overlay_quota_add(int dir_fd, const char *name, uint64_t *bytes) _must_check_;
