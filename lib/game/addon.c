/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "game/addon.h"

#include <string.h>

#include "base/array.h"
#include "base/utf8.h"

static bool has_prefix(const char *text, const char *prefix) {
        return ascii_strncasecmp(text, prefix, strlen(prefix)) == 0;
}

bool is_mission_path(const char *path) {
        static const char directory[] = "missions/", end[] = ".txt";
        size_t n = strlen(path);

        return has_prefix(path, directory) && n > strlen(directory) + strlen(end) &&
               !strchr(path + strlen(directory), '/') && has_prefix(path + n - strlen(end), end);
}

/* 1 with the text, 0 when this file of the archive can't be used. */
static int read_text(const Vpk *vpk, const VpkEntry *entry, char **ret, size_t *ret_size) {
        int r = entry ? vpk_read_entry(vpk, entry, ADDON_TEXT_MAX, ret, ret_size) : -ENOENT;

        if (r == -ENOENT || r == -EFBIG || r == -EBADMSG)
                return 0;
        return r < 0 ? r : 1;
}

static int read_info(const Vpk *vpk, Addon *addon) {
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = read_text(vpk, vpk_find(vpk, "addoninfo.txt"), &text, &size);
        if (r > 0)
                r = addon_info_parse(text, size, &addon->info);
        return r == -ENOMEM || r == -EIO ? r : 0;
}

static int read_mission(const Vpk *vpk, const VpkEntry *entry, Addon *addon) {
        _cleanup_(mission_freep) Mission *mission = NULL;
        _cleanup_free_ char *text = NULL;
        Mission **grown;
        size_t size;
        int r;

        r = read_text(vpk, entry, &text, &size);
        if (r > 0)
                r = mission_parse(text, size, &mission);
        if (!mission)
                return r == -ENOMEM || r == -EIO ? r : 0;
        grown = array_for_one_more(addon->missions, addon->n_missions, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        addon->missions = grown;
        grown[addon->n_missions++] = TAKE_PTR(mission);
        return 0;
}

/* Spares nearly all entries of a large archive the making of their paths. */
static bool may_be_mission(const VpkEntry *entry) {
        const char *path = entry->directory[0] ? entry->directory : entry->name;

        return has_prefix(path, "mi");
}

int addon_read(const Vpk *vpk, Addon **ret) {
        _cleanup_(addon_freep) Addon *addon = calloc(1, sizeof(Addon));
        int r;

        if (!addon)
                return -ENOMEM;
        r = read_info(vpk, addon);
        for (size_t i = 0; i < vpk->n_entries && addon->n_missions < ADDON_MISSIONS_MAX && r >= 0;
             i++) {
                char path[VPK_PATH_MAX];

                if (!may_be_mission(&vpk->entries[i]))
                        continue;
                vpk_entry_path(&vpk->entries[i], path);
                if (is_mission_path(path))
                        r = read_mission(vpk, &vpk->entries[i], addon);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(addon);
        return 0;
}

Addon *addon_free(Addon *addon) {
        if (!addon)
                return NULL;
        for (size_t i = 0; i < addon->n_missions; i++)
                mission_free(addon->missions[i]);
        free(addon->missions);
        addon_info_free(addon->info);
        free(addon);
        return NULL;
}
