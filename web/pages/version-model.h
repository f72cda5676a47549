/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Versions of content, overlays and the game, for the pages that list them. */

#include "app/request.h"

/* A version as the models have it, of what `l4d2ctl … versions --json` says about it. -EIO: it has
 * no id. */
int version_to_model(sd_json_variant *found, sd_json_variant **ret) _must_check_;

/*
 * Adds {outdated, has_outdated}: the servers, of those that the user may see, that run another
 * version of an overlay than its current one. ref NULL: of the game. versions: as `l4d2ctl game
 * versions --json` lists them, then each server has the build that it runs; NULL: without.
 */
int version_add_outdated(
        Request *request, const char *ref, sd_json_variant *versions, sd_json_variant **model)
        _must_check_;
