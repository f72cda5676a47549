/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* For pages with config lines: where their script finds what servers know. */

#include "app/request.h"

/*
 * Sets "other_cvars" of the page's model: paths of /cvars with blanks between them, of a few
 * running servers to which the user has access, "" without any. Left out are those of the blueprint
 * ref and the server name, which the page asks first; each may be NULL.
 */
int cvars_add_others(
        const Request *request, const char *ref, const char *name, sd_json_variant **model)
        _must_check_;
