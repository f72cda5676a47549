/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The first and the last maps of campaigns. A map may be in several campaigns. */

#include <string.h>

#include "base/utf8.h"
#include "layer/maps-internal.h"

/*
 * Modes in which the game plays one map and never goes on to another: those that missions list,
 * those that build upon them, and mutations that the game's scripts base on them (Follow the Liter,
 * Versus Survival, Nightmare).
 */
static const char *const single_map_modes[] = { "survival",  "scavenge",   "teamscavenge",
                                                "holdout",   "mutation13", "mutation15",
                                                "community4" };

static bool has_single_maps(const char *mode) {
        for (size_t i = 0; i < ELEMENTSOF(single_map_modes); i++)
                if (strcmp(single_map_modes[i], mode) == 0)
                        return true;
        return false;
}

/* The bit of the mode, or of the one it builds upon; for a mode whose base is unknown, those of all
 * modes that go from map to map, which rarely differ in their first and last one. */
static uint32_t mode_bits(const Campaign *campaign, const char *mode) {
        const char *base = map_mode_base(mode);
        uint32_t bits = campaign_mode_bit(campaign, mode);

        if (bits == 0 && base)
                bits = campaign_mode_bit(campaign, base);
        if (bits != 0)
                return bits;
        for (size_t i = 0; i < campaign->n_modes; i++)
                if (!has_single_maps(campaign->modes[i]))
                        bits |= UINT32_C(1) << i;
        return bits;
}

static const CampaignMap *find_map(const Campaign *campaign, const char *name) {
        for (size_t i = 0; i < campaign->n_maps; i++)
                if (ascii_strcasecmp(campaign->maps[i].name, name) == 0)
                        return &campaign->maps[i];
        return NULL;
}

bool server_maps_end_with(const ServerMaps *maps, const char *name, const char *mode) {
        bool is_chapter = false;

        if (has_single_maps(mode))
                return true;
        for (size_t i = 0; i < maps->n_campaigns; i++) {
                const CampaignMap *map = find_map(&maps->campaigns[i], name);
                uint32_t bits = mode_bits(&maps->campaigns[i], mode);

                if (!map)
                        continue;
                if (map->ends & bits)
                        return true;
                is_chapter = is_chapter || (map->modes & bits) != 0;
        }
        return !is_chapter;
}

/* Whether the next map behind one in these modes is the other. */
static bool is_next(
        const Campaign *campaign, const CampaignMap *map, const CampaignMap *other, uint32_t bits) {
        if (!(map->modes & bits))
                return false;
        for (map++; map < campaign->maps + campaign->n_maps; map++)
                if (map->modes & bits)
                        return map == other;
        return false;
}

bool server_maps_begin_again(
        const ServerMaps *maps, const char *last_name, const char *first_name, const char *mode) {
        bool is_found = false;

        if (has_single_maps(mode))
                return false;
        for (size_t i = 0; i < maps->n_campaigns; i++) {
                const Campaign *campaign = &maps->campaigns[i];
                const CampaignMap *last = find_map(campaign, last_name);
                const CampaignMap *first = find_map(campaign, first_name);
                uint32_t bits = mode_bits(campaign, mode);

                if (!last || !first || last == first)
                        continue;
                if (is_next(campaign, last, first, bits))
                        return false;
                is_found = is_found || (last->ends & first->begins & bits) != 0;
        }
        return is_found;
}
