/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A part of the maps of a server, for a list that would be too long. */

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "layer/maps-internal.h"

typedef struct Choice {
        const char *text; /* "": all */
        const char *mode; /* NULL: any */
        size_t limit, n_found;
} Choice;

static bool has_text(const char *value, const Choice *choice) {
        return value && utf8_contains_folded(value, strlen(value), choice->text);
}

/* Counts it when it is found; false: it is to be dropped. */
static bool take(Choice *choice, bool is_found) {
        return is_found && choice->n_found++ < choice->limit;
}

static void choose_of_campaign(Campaign *campaign, Choice *choice) {
        bool all = has_text(campaign->title, choice) || has_text(campaign->name, choice) ||
                   has_text(campaign->file, choice);
        uint32_t mode = choice->mode ? campaign_mode_bit(campaign, choice->mode) : 0;
        size_t n = 0;

        for (size_t i = 0; i < campaign->n_maps; i++) {
                CampaignMap *map = &campaign->maps[i];
                bool has_mode = !choice->mode || (map->modes & mode) != 0;

                if (take(choice, has_mode && (all || has_text(map->name, choice) ||
                                              has_text(map->title, choice))))
                        campaign->maps[n++] = *map;
                else {
                        free(map->name);
                        free(map->title);
                }
        }
        campaign->n_maps = n;
}

size_t server_maps_choose(ServerMaps *maps, const char *text, const char *mode, size_t limit) {
        Choice choice = { .text = text, .mode = mode, .limit = limit };
        size_t n = 0;

        for (size_t i = 0; i < maps->n_campaigns; i++) {
                Campaign *campaign = &maps->campaigns[i];

                choose_of_campaign(campaign, &choice);
                if (campaign->n_maps > 0)
                        maps->campaigns[n++] = *campaign;
                else
                        campaign_clear(campaign);
        }
        maps->n_campaigns = n;
        n = 0;
        for (size_t i = 0; i < maps->n_others; i++) {
                OtherMap *map = &maps->others[i];

                if (take(&choice,
                         !mode && (has_text(map->name, &choice) || has_text(map->file, &choice))))
                        maps->others[n++] = *map;
                else
                        other_map_clear(map);
        }
        maps->n_others = n;
        maps->n_maps = choice.n_found < limit ? choice.n_found : limit;
        return choice.n_found;
}
