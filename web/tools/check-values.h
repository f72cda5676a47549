/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The values of a template's name in all samples of a model at once. */

#include <stdbool.h>

#include "view/mustache-node.h"

/* One value for each sample, or for each item of their lists. */
typedef struct Values {
        sd_json_variant **items; /* borrowed from the samples */
        size_t n_items;
        bool is_sparse; /* some sample has no value there */
} Values;

typedef struct Frame {
        Values values;
        const struct Frame *outer;
} Frame;

/* -ENOMEM. */
int values_add(Values *values, sd_json_variant *value) _must_check_;
void values_clear(Values *values);

/* Finds the values that the renderer would find for a node's name; none when no sample has it.
 * Returns 0 or -ENOMEM. */
int values_find(const Frame *frame, const MustacheNode *node, Values *ret) _must_check_;

/* Finds the values that the content of a section over these sees. Returns 0 or -ENOMEM. */
int values_enter(const Values *values, Values *ret) _must_check_;

/* Whether the section's inverse is rendered for one of them. */
bool values_any_false(const Values *values);

/* Whether they can stand in a text. */
bool values_have_text(const Values *values);
