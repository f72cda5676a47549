/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Overlays as stores of versions (layer/versions.h): an overlay with overlay.yaml, or with a link
 * current, is one. A directory that people filled by hand ("plain") is content itself until it is
 * turned into a store.
 */

#include "layer/tree-copy.h"
#include "layer/versions.h"

#define OVERLAY_FILE "overlay.yaml"

/*
 * Makes the overlay root_fd/ref without any version, and the directories above it; all belong to
 * the owner of the root. -EINVAL: not a ref; -EEXIST: there is one; -ENOTDIR: it would lie inside
 * of another overlay.
 */
int overlay_store_create(int root_fd, const char *ref) _must_check_;

/*
 * Opens an overlay to change it. -EINVAL, -ENOENT, -ELOOP, -EXDEV as overlay_dir_open();
 * -EMEDIUMTYPE: it is plain.
 */
int overlay_store_open(int root_fd, const char *ref, int *ret_fd) _must_check_;

/*
 * Turns a plain overlay into a store whose version 1 has its content, in one exchange of two
 * directories: servers find the old or the new one. is_used is asked with the ref; -EBUSY: it is in
 * use. Errors as tree_copy().
 */
int overlay_store_adopt(
        int root_fd, const char *ref, VersionIsUsed is_used, void *userdata, TreeProblem *problem)
        _must_check_;

/*
 * Removes an overlay with all its versions, and the directories above it that hold nothing else.
 * is_used is asked with REF, and with REF/versions/ID for each version; -EBUSY: one is in use.
 */
int overlay_store_delete(int root_fd, const char *ref, VersionIsUsed is_used, void *userdata)
        _must_check_;
