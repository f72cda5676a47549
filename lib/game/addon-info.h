/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* addoninfo.txt, in which an add-on introduces itself. All texts are ready to be shown
 * (game/display-text.h); NULL: none. */

#include <stddef.h>

#include "base/cleanup.h"

typedef struct AddonInfo {
        char *title, *version, *author, *description;
        char *url; /* "https://…" or "http://…" */
} AddonInfo;

/* -EBADMSG: it is not an addoninfo.txt; -EFBIG; -ENOMEM. */
int addon_info_parse(const char *text, size_t size, AddonInfo **ret) _must_check_;

AddonInfo *addon_info_free(AddonInfo *info);
DEFINE_CLEANUP(AddonInfo *, addon_info_free)
