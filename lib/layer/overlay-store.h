/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Overlays as stores of versions (layer/versions.h): an overlay with overlay.yaml, or with a link
 * current, is one. A directory that people filled by hand ("plain") is content itself until it is
 * turned into a store.
 *
 * One process at a time creates, adopts or deletes overlays of a root. It works in root/.adopting,
 * which belongs to the root's owner. A process that was killed leaves directories there; the next
 * one puts back what servers use, and removes the rest.
 *
 * A REF is refused (-ENOTDIR) when it lies inside of another overlay, and (-EISDIR) when it only
 * holds directories that may be overlays.
 */

#include "layer/tree-copy.h"
#include "layer/tree-record.h"
#include "layer/versions.h"
#include "spec/overlay-dir.h"

/* -EINVAL: not a ref; -EEXIST: the overlay exists; -ENOTDIR: see above. All it makes belongs to the
 * owner of the root. */
int overlay_store_create(int root_fd, const char *ref) _must_check_;

/*
 * Opens an overlay to change it. -EINVAL: not a ref; -ENOENT, -ELOOP, -EXDEV as
 * overlay_dir_open(); -ENOTDIR, -EISDIR: see above; -EMEDIUMTYPE: it is plain.
 */
int overlay_store_open(int root_fd, const char *ref, int *ret_fd) _must_check_;

/* For one that was opened before the caller waited, for example for its lock: -ENOENT when another
 * directory, or none, is at its name now; errors as overlay_store_open(). */
int overlay_store_check_place(int root_fd, const char *ref, int store_fd) _must_check_;

/* Whether a directory of the root is in use. 1: yes; 0: no; or -errno, which counts as yes. */
typedef int (*OverlayIsUsed)(const char *path, LayerScope scope, void *userdata);

/*
 * Turns a plain overlay into a store whose version 1 has its content, in one exchange of two
 * directories: servers find the old or the new one, and those that have the plain one mounted keep
 * it, in .adopting, until they stop. A store stays as it is. 1: files that were added meanwhile are
 * in .adopting/kept.REF.…, which left4me never removes. -EAGAIN: its files were changed meanwhile;
 * -EPERM: only its owner may; other errors as
 * overlay_store_open() and tree_copy().
 */
int overlay_store_adopt(
        int root_fd, const char *ref, OverlayIsUsed is_used, void *userdata, TreeProblem *problem)
        _must_check_;

/*
 * Removes an overlay with all its versions, and the directories above it that hold nothing else.
 * -ETXTBSY: it is in use; -EAGAIN: another process changes it. 1: the overlay is gone, but the
 * caller may not remove some of its files, which stay in .adopting.
 */
int overlay_store_delete(int root_fd, const char *ref, OverlayIsUsed is_used, void *userdata)
        _must_check_;

/*
 * Gives an overlay another name. -EINVAL: not two refs; -EEXIST: the new one exists; -ETXTBSY: it
 * is in use; -EAGAIN: another process changes it; -ENOTDIR, -EISDIR: see above, about either.
 */
int overlay_store_rename(
        int root_fd, const char *ref, const char *new_ref, OverlayIsUsed is_used, void *userdata)
        _must_check_;

/* Finishes the work of processes that were killed. 1: the caller may not remove some files. */
int overlay_store_clean(int root_fd, OverlayIsUsed is_used, void *userdata) _must_check_;
