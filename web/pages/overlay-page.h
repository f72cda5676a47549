/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by the pages about overlays. */

#include "app/request.h"
#include "base/text.h"

#define OVERLAY_NAME_RULE \
        _("Use one to three parts joined by '/', each of lowercase letters, digits, '.', '_' and '-' that starts with a letter or digit.")

/* The field or the query's value "path", without slashes around it; "" is the overlay itself. */
void overlay_path_of(const Request *request, char path[static ROUTE_PATH_MAX]);

/* A link to page ("", "/-/file", …) of an overlay with the first length bytes of path, each byte
 * that isn't plain escaped; "" for no path. From malloc. */
int overlay_href(const char *ref, const char *page, const char *path, size_t length, char **ret)
        _must_check_;

/* A link to the directory that path lies in. */
int overlay_parent_href(const char *ref, const char *path, char **ret) _must_check_;

/* [{label, href, is_current}]: the way down to path. */
int overlay_crumbs(const char *ref, const char *path, sd_json_variant **ret) _must_check_;

/* Where a change of files leads, and what is said about it. */
typedef struct OverlayChange {
        const char *location, *done, *failed;
        RouteHandler again;
} OverlayChange;

/* Makes one change (content/tree-changes.h) of the route's overlay. As a RouteHandler. */
int overlay_change(Request *request, sd_json_variant *change, const OverlayChange *what)
        _must_check_;

/* One overlay as in models/README.md, of what `l4d2ctl overlay` says about it. */
int overlay_to_model(Request *request, sd_json_variant *found, sd_json_variant **ret) _must_check_;

/* Adds {build_state, build_text, build_href} to the model of an overlay. jobs: as `l4d2ctl job list
 * --json` prints them, the newest first; NULL: unknown. */
int overlay_add_build(sd_json_variant *jobs, sd_json_variant **overlay) _must_check_;
