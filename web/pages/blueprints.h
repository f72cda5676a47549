/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The blueprints that the user may see, as the pages show them. */

#include "app/request.h"
#include "spec/blueprint.h"

/* The directory of all. Close with state_dir_close(). */
int blueprints_open(const Request *request, StateDir *ret) _must_check_;

/* The refs the request's user may see, sorted, NULL-terminated; empty without a directory. */
int blueprints_list(const Request *request, char ***ret) _must_check_;

/* One as in models/README.md; blueprint NULL: its file has errors. */
int blueprint_to_model(
        const Request *request, const char *ref, const Blueprint *blueprint, sd_json_variant **ret)
        _must_check_;
