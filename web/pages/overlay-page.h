/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by the pages about overlays. */

#include "app/request.h"
#include "base/text.h"

#define OVERLAY_NAME_RULE \
        _("Use one to three parts joined by '/', each of lowercase letters, digits, '.', '_' and '-' that starts with a letter or digit.")

/* One overlay as in models/README.md, of what `l4d2ctl overlay` says about it. */
int overlay_to_model(Request *request, sd_json_variant *found, sd_json_variant **ret) _must_check_;
