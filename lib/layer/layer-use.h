/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether a directory of content is in use: noted by left4me-overlay, or mounted by an admin. */

#include "layer/tree-record.h"

/* 1 when a layer that concerns path, absolute, is mounted or about to be; 0; or -errno, which
 * counts as yes. Only mounts of the caller's own mount namespace are seen, and all notes. */
int layer_is_used(const Paths *paths, const char *path, LayerScope scope) _must_check_;

/* A store at an absolute path, for store_place_version_is_used(). */
typedef struct StorePlace {
        const Paths *paths;
        const char *path;
} StorePlace;

/* VersionIsUsed of layer/versions.h; userdata is a StorePlace. */
int store_place_version_is_used(const char *id, void *userdata);
