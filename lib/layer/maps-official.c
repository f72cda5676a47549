/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/utf8.h"
#include "layer/maps-internal.h"

enum { CHAPTERS_MAX = 5 };

/*
 * The campaigns of the game, with the titles that its menu shows. All chapters have the modes coop,
 * realism and versus. Which have survival and scavenge changed with updates of the game, and only
 * its missions tell.
 */
static const struct {
        const char *name, *title;
        const char *maps[CHAPTERS_MAX + 1];
} table[] = {
        { "L4D2C1", "Dead Center", { "c1m1_hotel", "c1m2_streets", "c1m3_mall", "c1m4_atrium" } },
        { "L4D2C2",
          "Dark Carnival",
          { "c2m1_highway", "c2m2_fairgrounds", "c2m3_coaster", "c2m4_barns", "c2m5_concert" } },
        { "L4D2C3",
          "Swamp Fever",
          { "c3m1_plankcountry", "c3m2_swamp", "c3m3_shantytown", "c3m4_plantation" } },
        { "L4D2C4",
          "Hard Rain",
          { "c4m1_milltown_a", "c4m2_sugarmill_a", "c4m3_sugarmill_b", "c4m4_milltown_b",
            "c4m5_milltown_escape" } },
        { "L4D2C5",
          "The Parish",
          { "c5m1_waterfront", "c5m2_park", "c5m3_cemetery", "c5m4_quarter", "c5m5_bridge" } },
        { "L4D2C6", "The Passing", { "c6m1_riverbank", "c6m2_bedlam", "c6m3_port" } },
        { "L4D2C7", "The Sacrifice", { "c7m1_docks", "c7m2_barge", "c7m3_port" } },
        { "L4D2C8",
          "No Mercy",
          { "c8m1_apartment", "c8m2_subway", "c8m3_sewers", "c8m4_interior", "c8m5_rooftop" } },
        { "L4D2C9", "Crash Course", { "c9m1_alleys", "c9m2_lots" } },
        { "L4D2C10",
          "Death Toll",
          { "c10m1_caves", "c10m2_drainage", "c10m3_ranchhouse", "c10m4_mainstreet",
            "c10m5_houseboat" } },
        { "L4D2C11",
          "Dead Air",
          { "c11m1_greenhouse", "c11m2_offices", "c11m3_garage", "c11m4_terminal",
            "c11m5_runway" } },
        { "L4D2C12",
          "Blood Harvest",
          { "c12m1_hilltop", "c12m2_traintunnel", "c12m3_bridge", "c12m4_barn",
            "c12m5_cornfield" } },
        { "L4D2C13",
          "Cold Stream",
          { "c13m1_alpinecreek", "c13m2_southpinestream", "c13m3_memorialbridge",
            "c13m4_cutthroatcreek" } },
        { "L4D2C14", "The Last Stand", { "c14m1_junkyard", "c14m2_lighthouse" } },
};

static const char *const modes[] = { "coop", "realism", "versus" };

/* For each mode whose first or last map is unknown, by the order of all maps. */
static void mark_order(Campaign *campaign) {
        uint32_t begun = 0, ended = 0;

        for (size_t i = 0; i < campaign->n_maps; i++) {
                begun |= campaign->maps[i].begins;
                ended |= campaign->maps[i].ends;
        }
        for (size_t i = 0; i < campaign->n_maps; i++) {
                CampaignMap *first = &campaign->maps[i];
                CampaignMap *last = &campaign->maps[campaign->n_maps - 1 - i];

                first->begins |= first->modes & ~begun;
                begun |= first->modes;
                last->ends |= last->modes & ~ended;
                ended |= last->modes;
        }
}

/* Fills a campaign from row i with the chapters that there are. */
static int fill(Campaign *campaign, size_t i, const MapFiles *files) {
        int r = 0;

        campaign->source = MAP_OF_GAME;
        for (const char *const *map = table[i].maps; *map && r >= 0; map++) {
                const OtherMap *file = map_files_find(files, *map);

                if (!file)
                        continue;
                if (campaign->n_maps == 0)
                        campaign->layer = file->layer;
                r = campaign_add_map(campaign, *map, NULL);
                if (r >= 0)
                        campaign->maps[r].modes = (UINT32_C(1) << ELEMENTSOF(modes)) - 1;
        }
        for (size_t mode = 0; mode < ELEMENTSOF(modes) && r >= 0; mode++)
                r = campaign_add_mode(campaign, modes[mode]);
        if (r < 0)
                return r;
        mark_order(campaign);
        campaign->name = strdup(table[i].name);
        campaign->title = strdup(table[i].title);
        return campaign->name && campaign->title ? 0 : -ENOMEM;
}

/* --- missions of the game ---------------------------------------------------------------------
 */

static void keep_maps_with_files(Campaign *campaign, const MapFiles *files) {
        size_t n = 0;

        for (size_t i = 0; i < campaign->n_maps; i++) {
                CampaignMap *map = &campaign->maps[i];

                if (map_files_find(files, map->name))
                        campaign->maps[n++] = *map;
                else {
                        free(map->name);
                        free(map->title);
                }
        }
        campaign->n_maps = n;
        mark_order(campaign);
}

/* Sets a bit when another one is set. */
static void copy_bit(uint32_t *bits, int from, int to) {
        if (*bits & (UINT32_C(1) << from))
                *bits |= UINT32_C(1) << to;
}

/* Realism is coop, which the game's menu offers beside it. */
static int add_realism(Campaign *campaign) {
        int coop, realism;

        for (coop = 0; (size_t) coop < campaign->n_modes; coop++)
                if (strcmp(campaign->modes[coop], "coop") == 0)
                        break;
        if ((size_t) coop == campaign->n_modes)
                return 0;
        realism = campaign_add_mode(campaign, "realism");
        if (realism < 0)
                return realism == -E2BIG ? 0 : realism;
        for (size_t i = 0; i < campaign->n_maps; i++) {
                copy_bit(&campaign->maps[i].modes, coop, realism);
                copy_bit(&campaign->maps[i].begins, coop, realism);
                copy_bit(&campaign->maps[i].ends, coop, realism);
        }
        return 0;
}

/* SIZE_MAX: not in the table. */
static size_t row_of(const Campaign *campaign) {
        for (size_t i = 0; i < ELEMENTSOF(table) && campaign->name; i++)
                if (ascii_strcasecmp(campaign->name, table[i].name) == 0)
                        return i;
        return SIZE_MAX;
}

static int complete(Campaign *campaign, const MapFiles *files) {
        size_t row = row_of(campaign);

        keep_maps_with_files(campaign, files);
        if (!campaign->title && row != SIZE_MAX) {
                campaign->title = strdup(table[row].title);
                if (!campaign->title)
                        return -ENOMEM;
        }
        return add_realism(campaign);
}

static int complete_missions(ServerMaps *maps, const MapFiles *files) {
        size_t n = 0;
        int r = 0;

        for (size_t i = 0; i < maps->n_campaigns; i++) {
                Campaign *campaign = &maps->campaigns[i];
                size_t n_maps = campaign->n_maps;

                if (campaign->source == MAP_OF_GAME && r >= 0) {
                        r = complete(campaign, files);
                        maps->n_maps -= n_maps - campaign->n_maps;
                        maps->has_game |= campaign->n_maps > 0;
                        if (campaign->n_maps == 0) {
                                campaign_clear(campaign);
                                continue;
                        }
                }
                maps->campaigns[n++] = *campaign;
        }
        maps->n_campaigns = n;
        return r;
}

/* --- all of them ------------------------------------------------------------------------------
 */

/* The game's campaigns in the order of its menu, its other missions, and the rest as it was. */
static int sort(ServerMaps *maps) {
        _cleanup_free_ Campaign *sorted = calloc(maps->n_campaigns + 1, sizeof(Campaign));
        size_t n = 0;

        if (!sorted)
                return -ENOMEM;
        for (size_t row = 0; row <= ELEMENTSOF(table) + 1; row++)
                for (size_t i = 0; i < maps->n_campaigns; i++) {
                        const Campaign *campaign = &maps->campaigns[i];
                        size_t place = ELEMENTSOF(table) + 1;

                        if (campaign->source == MAP_OF_GAME) {
                                place = row_of(campaign);
                                place = place == SIZE_MAX ? ELEMENTSOF(table) : place;
                        }
                        if (place == row)
                                sorted[n++] = *campaign;
                }
        memcpy(maps->campaigns, sorted, n * sizeof(Campaign));
        return 0;
}

int maps_add_official(ServerMaps *maps, const MapFiles *files) {
        int r = complete_missions(maps, files);

        if (r < 0)
                return r;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Campaign *campaign;

                if (maps_have_campaign(maps, table[i].name))
                        continue;
                campaign = maps_new_campaign(maps);
                r = campaign ? fill(campaign, i, files) : -ENOMEM;
                if (r < 0)
                        return r;
                if (campaign->n_maps == 0) {
                        campaign_clear(campaign);
                        maps->n_campaigns--;
                        continue;
                }
                maps->n_maps += campaign->n_maps;
                maps->has_game = true;
        }
        return maps->n_campaigns > 0 ? sort(maps) : 0;
}
