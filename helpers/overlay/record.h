/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Writing what layer/tree-record.h describes. The record is what makes a mount this start's mount:
 * it is the last thing made and the first thing removed, so a tree that is only half there, or that
 * could not be taken down, has none.
 */

#include <stdint.h>

#include "overlay/context.h"
#include "overlay/layers.h"

/* The overlay that is mounted on merged becomes the instance's tree. Logs. */
int record_write(const Overlay *overlay) _must_check_;

/*
 * Notes the origin of the tree, before record_write(): a digest of render/digest.h, "" for none,
 * and the game port. A server runs as well without these notes: a failure is logged as a warning
 * and removes the notes of an earlier run.
 */
void record_spec(const Overlay *overlay, const char *digest, uint16_t port);

/* Notes which directories the tree stacks, before they are mounted. Logs. */
int record_layers(const Overlay *overlay, const LayerStack *stack) _must_check_;

/* They are mounted: says so in the log, see TREE_LAYERS_LINE. */
void record_say_layers(const LayerStack *stack);

/* They are mounted no longer. */
void record_forget_layers(const Overlay *overlay);

/* From now on there is none; one that isn't there is success. Logs. */
int record_remove(const Overlay *overlay) _must_check_;

/* Records why a server does not start, for status and the web app; "" removes the reason. */
void record_error(const Overlay *overlay, const char *message);
