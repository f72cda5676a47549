/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An add-on as a whole: the VPK, its addoninfo.txt and its campaigns. */

#include <stdbool.h>

#include "game/addon-info.h"
#include "game/mission.h"
#include "game/vpk.h"

enum {
        ADDON_MISSIONS_MAX = 64,
        ADDON_TEXT_MAX = 1024 * 1024, /* bytes of addoninfo.txt and of a mission */
};

typedef struct Addon {
        AddonInfo *info; /* NULL: it has none that can be read */
        Mission **missions;
        size_t n_missions;
} Addon;

/* A file of this path is a campaign: missions/NAME.txt. */
bool is_mission_path(const char *path);

/* vpk_read() has read the archive. Single files with errors are passed over, so this returns only
 * -ENOMEM or an error of reading. */
int addon_read(const Vpk *vpk, Addon **ret) _must_check_;

Addon *addon_free(Addon *addon);
DEFINE_CLEANUP(Addon *, addon_free)
