/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by the parts of layer/maps.h. */

#include "layer/maps.h"

/* The names of .bsp files, sorted, each once. */
typedef struct MapFiles {
        OtherMap *items;
        size_t n_items;
} MapFiles;

/* Puts the game's campaigns first, as far as their maps are among the files, and adds those whose
 * missions were not found. */
int maps_add_official(ServerMaps *maps, const MapFiles *files) _must_check_;

/* The file of this map, NULL: none. */
const OtherMap *map_files_find(const MapFiles *files, const char *name);

/* Whether there is a campaign with this name of its own; NULL is none. */
bool maps_have_campaign(const ServerMaps *maps, const char *name);

/* Makes room for one more campaign at the end, empty; NULL without memory. */
Campaign *maps_new_campaign(ServerMaps *maps);

/* The map's number in the campaign, which gets it when it lacks it; -ENOMEM, -E2BIG. */
int campaign_add_map(Campaign *campaign, const char *name, const char *title) _must_check_;

/* The mode's number in the campaign, as above. */
int campaign_add_mode(Campaign *campaign, const char *name) _must_check_;

/* The mode's bit in the maps of the campaign; 0: the campaign does not list the mode. */
uint32_t campaign_mode_bit(const Campaign *campaign, const char *mode);

/* The mode that one of the game builds upon; NULL: none, or unknown. */
const char *map_mode_base(const char *mode);

void campaign_clear(Campaign *campaign);
void other_map_clear(OtherMap *map);
