/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which overlay, or game, and which version of it, a layer of a mounted tree is; and which of a
 * running server's layers have another version meanwhile, also an older one after a rollback. For
 * status and for the list of a server's layers. Reads the record of the tree (layer/tree-record.h)
 * and the links "current".
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/paths.h"

typedef struct MountedLayer {
        bool is_game;
        char *ref;     /* of an overlay; NULL: the game, or a directory elsewhere */
        char *version; /* "versions/ID"; NULL: it has none */
} MountedLayer;

/* Reads a line of the record: an absolute path. -ENOMEM. */
int mounted_layer_parse(const Paths *paths, const char *path, MountedLayer *ret) _must_check_;
void mounted_layer_done(MountedLayer *layer);

typedef struct OutdatedLayer {
        MountedLayer mounted;
        char *current; /* the version that the next start mounts; NULL: none that it can use */
} OutdatedLayer;

typedef struct OutdatedLayers {
        OutdatedLayer *items; /* topmost first */
        size_t n_items;
} OutdatedLayers;

/* Compares the mounted tree of a server with what its next start would mount. A server without a
 * tree has none. -ENOMEM, or why the record can't be read. Clear in any case. */
int outdated_layers_find(const Paths *paths, const char *name, OutdatedLayers *ret) _must_check_;
void outdated_layers_clear(OutdatedLayers *layers);
