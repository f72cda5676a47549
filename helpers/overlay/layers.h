/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * From the refs of a spec to directories: which ones lie on each other in a server's tree. Each
 * is opened beneath its root without following symlinks, and it is the descriptor that counts from
 * then on; the path is what people read in the mount table.
 */

#include <stddef.h>

#include "base/paths.h"
#include "spec/spec.h"

typedef struct Layer {
        char *path; /* absolute */
        int fd;     /* O_PATH */
} Layer;

/* Topmost first. */
typedef struct LayerStack {
        Layer items[SPEC_OVERLAYS_MAX + 1];
        size_t n_items;
} LayerStack;

/* The overlays of the spec in their order, then the installation. The stack must be empty. Logs. */
int layer_stack_resolve(LayerStack *stack, const Paths *paths, const Spec *spec) _must_check_;

/*
 * 1 when each directory of the stack is still at its path; 0 when one is not, because it was
 * removed before its mount could be seen (layer/versions.h): what is mounted then must not be used.
 */
int layer_stack_is_in_place(const LayerStack *stack) _must_check_;

void layer_stack_done(LayerStack *stack);
