/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The form of a blueprint: lists as lines, and a number for each overlay that is used. */

#include "app/request.h"
#include "spec/blueprint.h"

/*
 * The fields: what was typed, if something was, else the blueprint's values, else nothing. overlays
 * is what `l4d2ctl overlay list --json` prints.
 */
int blueprint_form_to_model(
        const Request *request, const Blueprint *blueprint, sd_json_variant *overlays,
        sd_json_variant **ret) _must_check_;

/*
 * The text of a blueprint with the values that were posted; what doesn't differ keeps every byte.
 * From malloc. -EINVAL: the text has errors that keep it from being edited.
 */
int blueprint_form_apply(
        const Request *request, const char *text, size_t size, char **ret_text, size_t *ret_size)
        _must_check_;
