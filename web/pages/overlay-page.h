/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by the pages about overlays. */

#include "app/request.h"
#include "base/text.h"
#include "pages/overlay-definition.h"

#define OVERLAY_NAME_RULE \
        _("Use one to three parts joined by '/', each of lowercase letters, digits, '.', '_' and '-' that starts with a letter or digit.")

#define OVERLAY_DESCRIPTION_RULE _("A description can have 1024 bytes.")

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

/* Adds {release, release_typed}: the form for a release on the page of the source; release is null
 * for an overlay of another kind. */
int overlay_add_release(Request *request, const DefinitionSource *source, sd_json_variant **model)
        _must_check_;

/* Adds {has_script, script, script_typed}: the form for the build script on the page of the source,
 * for admins; script is null for an overlay of another kind. */
int overlay_add_script(Request *request, const DefinitionSource *source, sd_json_variant **model)
        _must_check_;

typedef struct OverlayBuild {
        bool is_empty;             /* without the files of the current version */
        const char *then;          /* option for the servers that use it; NULL: they stay */
        const char *done, *failed; /* what to say at the job, or on the page Source */
} OverlayBuild;

/* Starts a build of the route's overlay, and leads to its job. As a RouteHandler. */
int overlay_start_build(Request *request, const OverlayBuild *build) _must_check_;

/* The newest job of an overlay in the jobs of `l4d2ctl job newest --json`; NULL: there is none. */
sd_json_variant *overlay_find_job(sd_json_variant *jobs, const char *ref);

/* Adds {build_state, build_text, build_href} to the model of an overlay. job: its newest one, as
 * `l4d2ctl job --json` prints it; NULL: none is there, or with is_known false maybe one. */
int overlay_add_build(sd_json_variant *job, bool is_known, sd_json_variant **overlay) _must_check_;

/* Adds {job, lines, has_lines, events_href}: the newest job of an overlay with the last lines of
 * its log; job NULL: none is known. */
int overlay_add_job(sd_json_variant *job, sd_json_variant **model) _must_check_;
