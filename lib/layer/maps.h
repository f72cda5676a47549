/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The maps that a server can load, out of all layers of its tree: the campaigns of the game and of
 * add-ons with their chapters and modes, and maps that belong to none. It is found on descriptors
 * (layer/effective.h), without running anything or following links. Add-ons are made by strangers,
 * so time and numbers have limits, and is_complete says whether one was reached.
 *
 * The missions of the game's own campaigns lie in its archives, pak01_dir.vpk in left4dead2 and in
 * the directories of its updates; their titles, which only the game can translate, come from a
 * table. So do the campaigns themselves where the archives can't be read, less their modes survival
 * and scavenge. The maps are files, and of the game only chapters whose file is there are listed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "game/mission.h"

enum {
        SERVER_MAPS_ADDONS_MAX = 2048, /* archives that are read */
        SERVER_MAPS_CAMPAIGNS_MAX = 1024,
        SERVER_MAPS_MAX = 16384, /* chapters and other maps together */
        SERVER_MAPS_OF_CAMPAIGN_MAX = 256,
};

typedef enum MapSource {
        MAP_OF_GAME,  /* the game's own */
        MAP_OF_ADDON, /* in an archive of addons/ */
        MAP_OF_FILES, /* files in missions/ or maps/ of a layer */
        _MAP_SOURCE_MAX,
} MapSource;

typedef struct CampaignMap {
        char *name;            /* map_name_is_valid() */
        char *title;           /* NULL: none; ready to be shown, as all texts here */
        uint32_t modes;        /* bits: 1 << index in the campaign's modes */
        uint32_t begins, ends; /* the same: the modes whose first and last map it is */
} CampaignMap;

typedef struct Campaign {
        MapSource source;
        char *name;         /* the campaign's own, "L4D2C1"; NULL: none */
        char *title;        /* NULL: none */
        char *file;         /* of an add-on, "x.vpk", any bytes; NULL: none */
        size_t layer;       /* where it comes from, or its first map */
        bool has_all_modes; /* false: the game may have further ones for its maps */
        char **modes;       /* in the order of the file; NULL-terminated */
        size_t n_modes;
        CampaignMap *maps; /* in the order of the first mode */
        size_t n_maps;
} Campaign;

/* A map that no campaign names. */
typedef struct OtherMap {
        MapSource source;
        char *name;
        char *file; /* as for a campaign */
        size_t layer;
} OtherMap;

typedef struct ServerMaps {
        Campaign *campaigns; /* the game's in its order, then files, then add-ons by file name */
        size_t n_campaigns;
        OtherMap *others; /* by name */
        size_t n_others;
        size_t n_maps; /* of all */
        bool has_game; /* maps of the game itself were found */
        bool is_complete;
} ServerMaps;

typedef struct MapLayers {
        const int *fds; /* topmost first; a negative one is left out */
        size_t n;
        size_t game;       /* which of them is the game; SIZE_MAX: none */
        uint64_t deadline; /* CLOCK_MONOTONIC in µs, when reading ends */
} MapLayers;

/* The first campaign of a name is taken, and one that is not the game's before the game's. -errno
 * when a layer as a whole can't be read. Clear in any case. */
int server_maps_read(const MapLayers *layers, ServerMaps *ret) _must_check_;
void server_maps_clear(ServerMaps *maps);

/*
 * Keeps only maps that have the text, in capitals or small letters, in their name or title or in
 * the title, name or file of their campaign, and whose campaign lists them for the mode, at most so
 * many, and campaigns with such maps. Returns how many maps are like that. mode: in small letters;
 * NULL: any, also none.
 */
size_t server_maps_choose(ServerMaps *maps, const char *text, const char *mode, size_t limit);

/* "game", "addon" or "files". */
const char *map_source_word(MapSource source);

/*
 * Whether the game can run a map in a mode, in small letters: 1; 0: the campaign has the map, and
 * not in this mode; -ENOENT: no map of this name, whose capitals don't matter. Modes that missions
 * don't list, such as realism and mutations, are accepted where one they build upon is listed, or
 * where that is unknown.
 */
int server_maps_find(const ServerMaps *maps, const char *map, const char *mode) _must_check_;

/* The map's name as its campaign or file has it, which the game on Linux wants; borrowed. NULL: no
 * such map. */
const char *server_maps_name(const ServerMaps *maps, const char *map);

/*
 * Whether a campaign is over with this map, in a mode in small letters; "": unknown. So is one that
 * the game plays by itself: all maps in modes such as survival, and a map that no campaign lists
 * for the mode.
 */
bool server_maps_end_with(const ServerMaps *maps, const char *map, const char *mode);

/*
 * Whether a campaign that was over with the map `last` begins again with `first`: in the mode they
 * are the last and the first map of one campaign, not the same, and in no campaign the second
 * follows the first.
 */
bool server_maps_begin_again(
        const ServerMaps *maps, const char *last, const char *first, const char *mode);

/* Whether a word is a mode of the game, or one that a campaign of these lists. */
bool server_maps_know_mode(const ServerMaps *maps, const char *mode);

enum { SERVER_MAPS_NEAR_MAX = 5 };

/* Names that are like this one or have it in them, nearest first; borrowed. Returns how many. */
size_t server_maps_near(
        const ServerMaps *maps, const char *name, const char *ret[static SERVER_MAPS_NEAR_MAX]);
