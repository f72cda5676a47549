/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An overlay that a verb changes: opened, locked, and its old versions collected. Each function
 * returns an ExitCode and has said what was wrong.
 */

#include "common/ctl.h"
#include "layer/tree-copy.h"
#include "layer/tree-record.h"

typedef struct Store {
        const char *ref; /* of an overlay; NULL: the game. Borrowed, as paths and ctl */
        Ctl *ctl;
        const Paths *paths;
        size_t keep_versions;
        char *path;  /* absolute */
        int root_fd; /* of all overlays */
        int fd;
        int staging_fd; /* holds the lock of layer/versions.h */
        int quota_fd;   /* holds the lock of layer/overlay-quota.h */
} Store;

#define STORE_INIT { .root_fd = -EBADF, .fd = -EBADF, .staging_fd = -EBADF, .quota_fd = -EBADF }

/* CTL_OK when ref is a legal name of an overlay. */
int store_check_ref(const char *ref) _must_check_;

/* Opens the directory of all overlays, to change one. */
int store_open_root(Ctl *ctl, const char *ref, Store *ret) _must_check_;

/* Opens an overlay that has versions, or will have, to look at them; nothing is locked. */
int store_open_to_read(Ctl *ctl, const char *ref, Store *ret) _must_check_;

/* Whether the user for whom l4d2ctl acts has room: their overlays and uploads together. */
int store_check_quota(const Store *store) _must_check_;

/* Opens and locks such an overlay. */
int store_open(Ctl *ctl, const char *ref, Store *ret) _must_check_;

/* The same; turns a plain directory into one with versions before. */
int store_open_or_adopt(Ctl *ctl, const char *ref, Store *ret) _must_check_;

/* Opens the installation of the game, which has no ref; nothing is locked. */
int store_open_game(Ctl *ctl, Store *ret) _must_check_;

/* Waits for the lock of an open overlay; the lock of the game must be free. */
int store_lock(Store *store) _must_check_;

void store_close(Store *store);

/*
 * Makes a version that begins as the current one and that change() edits; change() returns an
 * ExitCode. All of it happens under the lock, with the wait for the disk, because the next change
 * begins with this version: without the lock it would still have to wait, or to begin again. So
 * callers read and write what takes long before they open the store. Servers and readers take no
 * lock. It is not made when the overlays of the user of --as-user would take too much of the
 * disk. Old versions are collected afterwards, and the user is told about the new one.
 */
int store_change(Store *store, int (*change)(int tree_fd, void *userdata), void *userdata)
        _must_check_;

/* Removes old versions. */
int store_collect(const Store *store, size_t *ret_n_removed) _must_check_;

/* VersionIsUsed of the overlay's versions; userdata is the Store. */
int store_version_is_used(const char *id, void *userdata);

/* The same for a path below the directory of all overlays, as OverlayIsUsed. */
int store_path_is_used(const char *path, LayerScope scope, void *userdata);

/* Says why the ref names none that can be changed; the error of layer/overlay-store.h. */
int store_complain_about_ref(const Store *store, int error);

/* CTL_DENIED for an error about rights, else CTL_FAILURE. */
int store_exit_code(int error);

/* Says why the overlay can't be changed: an entry of a tree, or another error of
 * layer/tree-copy.h. */
int store_complain(const Store *store, const TreeProblem *problem, int error);
