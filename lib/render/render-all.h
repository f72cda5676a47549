/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The generator's whole work but for writing files: load the host configuration and all specs,
 * report what is wrong in them, render the rest. `l4d2ctl render` calls the same, so that it shows
 * what the generator would do.
 */

#include "render/render.h"
#include "spec/set.h"

/*
 * Renders the host's drop-ins and every good instance, by name ascending. Errors in the files of
 * the host go to report, once a file, and are not a failure: the rest is rendered. An empty
 * configuration is success.
 *
 * Returns 0, or the first failure: of the sink (the other instances are rendered all the same), or
 * -ENOMEM, -E2BIG (too many instances), -errno (the instances directory can't be read).
 */
int render_all(const Paths *paths, SpecSetReport report, void *userdata, const RenderSink *sink)
        _must_check_;

/*
 * Renders one instance, and reports errors in its spec only. Besides the above -ENOENT for an
 * unknown instance, -EINVAL when its spec has errors.
 */
int render_one(
        const Paths *paths, const char *name, SpecSetReport report, void *userdata,
        const RenderSink *sink) _must_check_;
