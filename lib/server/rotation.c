/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/rotation.h"

#include <string.h>

static bool has_map(const Campaign *campaign, const char *map) {
        for (size_t i = 0; i < campaign->n_maps; i++)
                if (strcasecmp(campaign->maps[i].name, map) == 0)
                        return true;
        return false;
}

/* NULL: no campaign names the map. */
static const Campaign *campaign_of(const ServerMaps *maps, const char *map) {
        for (size_t i = 0; i < maps->n_campaigns; i++)
                if (has_map(&maps->campaigns[i], map))
                        return &maps->campaigns[i];
        return NULL;
}

static bool is_at_end(const Campaign *campaign, const char *map) {
        return !campaign || strcasecmp(campaign->maps[campaign->n_maps - 1].name, map) == 0;
}

/* The place in the rotation of the current map, or else of its campaign; -1: it has none. */
static ssize_t find_place(char *const *rotation, const Campaign *campaign, const char *current) {
        for (ssize_t i = 0; rotation[i]; i++)
                if (strcasecmp(rotation[i], current) == 0)
                        return i;
        for (ssize_t i = 0; campaign && rotation[i]; i++)
                if (has_map(campaign, rotation[i]))
                        return i;
        return -1;
}

static size_t count(char *const *strings) {
        size_t n = 0;

        while (strings[n])
                n++;
        return n;
}

const char *rotation_next(const Spec *spec, const ServerMaps *maps, const char *current) {
        const Campaign *campaign = campaign_of(maps, current);
        size_t n, place;

        if (!spec->rotation || !server_maps_name(maps, current))
                return NULL;
        if (spec->rotate_when != ROTATE_WHEN_EMPTY && !is_at_end(campaign, current))
                return NULL;

        n = count(spec->rotation);
        place = (size_t) (find_place(spec->rotation, campaign, current) + 1);
        for (size_t i = 0; i < n; i++) {
                const char *map = server_maps_name(maps, spec->rotation[(place + i) % n]);

                if (map)
                        return strcasecmp(map, current) == 0 ? NULL : map;
        }
        return NULL;
}
