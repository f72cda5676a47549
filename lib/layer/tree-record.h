/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Files of left4me-overlay in /run/left4me/trees, where only root writes:
 *   NAME         TREE_VARIABLE=MAJOR:MINOR, the file system that is the instance's tree. It is
 *                there from the moment a tree is complete until it is about to be taken down.
 *                systemd reads it as EnvironmentFile= of the server, and the launcher compares.
 *   NAME.error   why the tree is missing, or why it still exists: one line for people.
 *   NAME.port    the game port of the command line in the tree, in decimal
 *   NAME.layers  the directories that the tree stacks, one absolute path a line. It is there from
 *                before they are mounted until after they are unmounted, so that no version of
 *                content is removed meanwhile (layer/versions.h), also by a process that does not
 *                see the mounts because it has a mount namespace of its own.
 *   NAME.digest  spec_digest() of what the tree was made from; an empty line when the server's unit
 *                was made from something else. For left4me-operators alone.
 */

#include "base/name.h"
#include "base/paths.h"
#include "systemd/unit-state.h"

#define TREE_VARIABLE      "LEFT4ME_TREE"
#define TREE_ERROR_SUFFIX  ".error"
#define TREE_DIGEST_SUFFIX ".digest"
#define TREE_PORT_SUFFIX   ".port"
#define TREE_LAYERS_SUFFIX ".layers"

/* After each mount the log of the overlay's unit has a line with this and the directories of
 * NAME.layers, each after a space: what a run of the server had, also when it is over. */
#define TREE_LAYERS_LINE "Layers:"

enum {
        TREE_ERROR_MAX = 1024,       /* bytes of NAME.error */
        TREE_LAYERS_MAX = 64 * 1024, /* bytes of NAME.layers: 255 for each layer at most */
};

/* The text of NAME.error without its line feed, from malloc. -ENOENT: there is none. */
int tree_error_read(const Paths *paths, const char *name, char **ret) _must_check_;

/* The port in NAME.port. -ENOENT: there is none; -EBADMSG: it has no port. */
int tree_port_read(const Paths *paths, const char *name, uint16_t *ret) _must_check_;

/* Which layers make a directory one that is in use. */
typedef enum LayerScope {
        LAYER_IS_PATH, /* the directory itself, or one that it lies in */
        LAYER_IN_PATH, /* and those that lie in it */
} LayerScope;

/* Whether path, absolute, is in use when layer, absolute, is mounted. */
bool layer_concerns(const char *layer, const char *path, LayerScope scope);

/* The lines of NAME.layers, NULL-terminated. -ENOENT: the server has no tree. */
int tree_layers_read(const Paths *paths, const char *name, char ***ret) _must_check_;

/* 1 when a NAME.layers of any server has a layer that concerns path, 0, or -errno. */
int tree_layers_find(const Paths *paths, const char *path, LayerScope scope) _must_check_;

/*
 * Fills state->tree_error of an instance whose overlay unit failed, state->tree_digest and
 * state->tree_port of others, and empties the others. A digest of "" equals none: the tree is from
 * an earlier left4me, or its record says so. NULL: the caller has no right to read it.
 */
void unit_state_read_tree(UnitState *state, const Paths *paths, const char *name);
