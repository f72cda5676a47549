/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/rotation.h"

#include <string.h>

static bool is_over(const Spec *spec, const ServerMaps *maps, const RotationPlace *place) {
        if (strcasecmp(place->played, place->current) == 0)
                return spec->rotate_when == ROTATE_WHEN_EMPTY ||
                       server_maps_end_with(maps, place->played, place->mode);
        return spec->rotate_when != ROTATE_WHEN_EMPTY &&
               server_maps_begin_again(maps, place->played, place->current, place->mode);
}

static bool has_map(const Campaign *campaign, const char *map) {
        for (size_t i = 0; i < campaign->n_maps; i++)
                if (strcasecmp(campaign->maps[i].name, map) == 0)
                        return true;
        return false;
}

static ssize_t find_in_campaign(char *const *rotation, const Campaign *campaign) {
        for (ssize_t i = 0; rotation[i]; i++)
                if (has_map(campaign, rotation[i]))
                        return i;
        return -1;
}

/* The place in the rotation of a map, or else of the first of its campaigns that has one; -1. */
static ssize_t find_place(char *const *rotation, const ServerMaps *maps, const char *map) {
        for (ssize_t i = 0; rotation[i]; i++)
                if (strcasecmp(rotation[i], map) == 0)
                        return i;
        for (size_t i = 0; i < maps->n_campaigns; i++) {
                ssize_t place = has_map(&maps->campaigns[i], map)
                                        ? find_in_campaign(rotation, &maps->campaigns[i])
                                        : -1;

                if (place >= 0)
                        return place;
        }
        return -1;
}

static size_t count(char *const *strings) {
        size_t n = 0;

        while (strings[n])
                n++;
        return n;
}

const char *rotation_next(const Spec *spec, const ServerMaps *maps, const RotationPlace *place) {
        size_t n, first;

        if (!spec->rotation || !server_maps_name(maps, place->current) ||
            !is_over(spec, maps, place))
                return NULL;

        n = count(spec->rotation);
        first = (size_t) (find_place(spec->rotation, maps, place->played) + 1);
        for (size_t i = 0; i < n; i++) {
                const char *map = server_maps_name(maps, spec->rotation[(first + i) % n]);

                if (map)
                        return strcasecmp(map, place->current) == 0 ? NULL : map;
        }
        return NULL;
}
