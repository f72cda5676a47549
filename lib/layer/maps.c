/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "base/strv.h"
#include "base/time-text.h"
#include "base/utf8.h"
#include "game/addon.h"
#include "layer/effective.h"
#include "layer/maps-internal.h"

#define ADDONS "left4dead2/addons"

/* The game reads the first one, and those of its updates below the root of the tree. */
static const char *const map_directories[] = {
        "left4dead2/maps",      "left4dead2_dlc1/maps", "left4dead2_dlc2/maps",
        "left4dead2_dlc3/maps", "update/maps",
};

/* Where the game looks for its missions: as files, and in its archive. The first one counts. */
static const char *const game_directories[] = {
        "update", "left4dead2_dlc3", "left4dead2_dlc2", "left4dead2_dlc1", "left4dead2",
};

#define GAME_ARCHIVE "pak01"

typedef struct Reader {
        const MapLayers *layers;
        ServerMaps *maps;
        MapFiles files;
        size_t n_addons;
} Reader;

/* Nothing more is read then: layers are made by users of the web app, who must not keep its readers
 * busy with a directory of 200000 files. */
static bool is_over(const Reader *reader) {
        ServerMaps *maps = reader->maps;

        if (now_monotonic() <= reader->layers->deadline &&
            maps->n_campaigns < SERVER_MAPS_CAMPAIGNS_MAX && maps->n_maps < SERVER_MAPS_MAX)
                return false;
        maps->is_complete = false;
        return true;
}

static MapSource source_of_layer(const Reader *reader, size_t layer) {
        return layer == reader->layers->game ? MAP_OF_GAME : MAP_OF_FILES;
}

/* --- files of maps ---------------------------------------------------------------------------- */

void other_map_clear(OtherMap *map) {
        free(map->name);
        free(map->file);
}

static void map_files_clear(MapFiles *files) {
        for (size_t i = 0; i < files->n_items; i++)
                other_map_clear(&files->items[i]);
        free(files->items);
        *files = (MapFiles) {};
}

/* Passes over a file whose name is not one of a map. */
static int add_file(
        Reader *reader, MapSource source, size_t layer, const char *name, const char *archive) {
        char map[MAP_NAME_MAX + 1];
        OtherMap *grown, *added;

        if (!map_name_of_file(name, map))
                return 0;
        if (reader->files.n_items == SERVER_MAPS_MAX) {
                reader->maps->is_complete = false;
                return 0;
        }
        grown = array_for_one_more(reader->files.items, reader->files.n_items, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        reader->files.items = grown;
        added = &grown[reader->files.n_items++];
        *added = (OtherMap) {
                .source = source,
                .layer = layer,
                .name = strdup(map),
                .file = archive ? strdup(archive) : NULL,
        };
        return added->name && (added->file || !archive) ? 0 : -ENOMEM;
}

static int compare_files(const void *a, const void *b) {
        const OtherMap *one = a, *other = b;
        int by_name = ascii_strcasecmp(one->name, other->name);

        return by_name != 0 ? by_name : (int) one->source - (int) other->source;
}

static void sort_files(MapFiles *files) {
        size_t n = 0;

        if (files->n_items > 0)
                qsort(files->items, files->n_items, sizeof(OtherMap), compare_files);
        for (size_t i = 0; i < files->n_items; i++)
                if (n > 0 && ascii_strcasecmp(files->items[n - 1].name, files->items[i].name) == 0)
                        other_map_clear(&files->items[i]);
                else
                        files->items[n++] = files->items[i];
        files->n_items = n;
}

static int find_file(const void *key, const void *item) {
        return ascii_strcasecmp(key, ((const OtherMap *) item)->name);
}

const OtherMap *map_files_find(const MapFiles *files, const char *name) {
        if (files->n_items == 0)
                return NULL;
        return bsearch(name, files->items, files->n_items, sizeof(OtherMap), find_file);
}

/* --- campaigns -------------------------------------------------------------------------------- */

void campaign_clear(Campaign *campaign) {
        for (size_t i = 0; i < campaign->n_maps; i++) {
                free(campaign->maps[i].name);
                free(campaign->maps[i].title);
        }
        free(campaign->maps);
        strv_free(campaign->modes);
        free(campaign->name);
        free(campaign->title);
        free(campaign->file);
        *campaign = (Campaign) {};
}

Campaign *maps_new_campaign(ServerMaps *maps) {
        Campaign *grown = array_for_one_more(maps->campaigns, maps->n_campaigns, sizeof(*grown));

        if (!grown)
                return NULL;
        maps->campaigns = grown;
        grown[maps->n_campaigns] = (Campaign) {};
        return &grown[maps->n_campaigns++];
}

int campaign_add_map(Campaign *campaign, const char *name, const char *title) {
        CampaignMap *grown, *map;

        for (size_t i = 0; i < campaign->n_maps; i++)
                if (ascii_strcasecmp(campaign->maps[i].name, name) == 0)
                        return (int) i;
        if (campaign->n_maps == SERVER_MAPS_OF_CAMPAIGN_MAX)
                return -E2BIG;
        grown = array_for_one_more(campaign->maps, campaign->n_maps, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        campaign->maps = grown;
        map = &grown[campaign->n_maps++];
        *map = (CampaignMap) { .name = strdup(name), .title = title ? strdup(title) : NULL };
        return map->name && (map->title || !title) ? (int) campaign->n_maps - 1 : -ENOMEM;
}

int campaign_add_mode(Campaign *campaign, const char *name) {
        int r;

        for (size_t i = 0; i < campaign->n_modes; i++)
                if (ascii_strcasecmp(campaign->modes[i], name) == 0)
                        return (int) i;
        if (campaign->n_modes == MISSION_MODES_MAX)
                return -E2BIG;
        r = strv_add(&campaign->modes, &campaign->n_modes, name);
        return r < 0 ? r : (int) campaign->n_modes - 1;
}

static int add_chapters(Campaign *campaign, const MissionMode *from, bool *is_complete) {
        int mode = campaign_add_mode(campaign, from->name), map = 0;
        size_t n = from->n_chapters;

        for (size_t i = 0; i < n && mode >= 0; i++) {
                const MissionChapter *chapter = &from->chapters[i];
                uint32_t bit = UINT32_C(1) << mode;

                map = campaign_add_map(campaign, chapter->map, chapter->title);
                if (map < 0)
                        break;
                campaign->maps[map].modes |= bit;
                campaign->maps[map].begins |= i == 0 ? bit : 0;
                campaign->maps[map].ends |= i == n - 1 ? bit : 0;
        }
        if (mode == -E2BIG || map == -E2BIG)
                *is_complete = false;
        return mode == -ENOMEM || map == -ENOMEM ? -ENOMEM : 0;
}

/* Modes that the first one lacks have their maps after its. */
static int fill_campaign(Campaign *campaign, const Mission *mission, bool *is_complete) {
        int r = 0;

        campaign->name = mission->name ? strdup(mission->name) : NULL;
        campaign->title = mission->title ? strdup(mission->title) : NULL;
        if ((mission->name && !campaign->name) || (mission->title && !campaign->title))
                return -ENOMEM;
        for (size_t i = 0; i < mission->n_modes && r >= 0; i++)
                r = add_chapters(campaign, &mission->modes[i], is_complete);
        return r;
}

bool maps_have_campaign(const ServerMaps *maps, const char *name) {
        for (size_t i = 0; i < maps->n_campaigns && name; i++)
                if (maps->campaigns[i].name && ascii_strcasecmp(maps->campaigns[i].name, name) == 0)
                        return true;
        return false;
}

/* from: the source, the layer and the file. */
static int add_mission(Reader *reader, const Mission *mission, const Campaign *from) {
        ServerMaps *maps = reader->maps;
        Campaign *campaign;
        int r;

        if (mission->n_modes == 0 || maps_have_campaign(maps, mission->name))
                return 0;
        if (maps->n_campaigns == SERVER_MAPS_CAMPAIGNS_MAX || maps->n_maps >= SERVER_MAPS_MAX) {
                maps->is_complete = false;
                return 0;
        }
        campaign = maps_new_campaign(maps);
        if (!campaign)
                return -ENOMEM;
        campaign->source = from->source;
        campaign->layer = from->layer;
        campaign->file = from->file ? strdup(from->file) : NULL;
        if (from->file && !campaign->file)
                return -ENOMEM;
        campaign->has_all_modes = true;
        r = fill_campaign(campaign, mission, &maps->is_complete);
        maps->n_maps += campaign->n_maps;
        if (r >= 0 && !campaign->title && from->title) {
                campaign->title = strdup(from->title);
                r = campaign->title ? 0 : -ENOMEM;
        }
        return r;
}

/* --- archives --------------------------------------------------------------------------------- */

static bool is_maps_directory(const char *path) {
        return ascii_strcasecmp(path, "maps") == 0;
}

static int add_maps_of_archive(Reader *reader, const Vpk *vpk, const EffectiveEntry *entry) {
        int r = 0;

        for (size_t i = 0; i < vpk->n_entries && r >= 0; i++) {
                const VpkEntry *file = &vpk->entries[i];
                char name[VPK_PATH_MAX];

                if (!is_maps_directory(file->directory) ||
                    ascii_strcasecmp(file->extension, "bsp") != 0)
                        continue;
                (void) snprintf(name, sizeof(name), "%s.%s", file->name, file->extension);
                r = add_file(reader, MAP_OF_ADDON, entry->layer, name, entry->name);
        }
        return r;
}

static int read_archive(Reader *reader, const Vpk *vpk, const EffectiveEntry *entry) {
        _cleanup_(addon_freep) Addon *addon = NULL;
        Campaign from = { .source = MAP_OF_ADDON, .layer = entry->layer, .file = entry->name };
        int r;

        r = addon_read(vpk, &addon);
        if (r < 0)
                return r;
        /* With several campaigns, the add-on's title is of none of them. */
        if (addon->info && addon->n_missions == 1)
                from.title = addon->info->title;
        for (size_t i = 0; i < addon->n_missions && r >= 0; i++)
                r = add_mission(reader, addon->missions[i], &from);
        return r < 0 ? r : add_maps_of_archive(reader, vpk, entry);
}

/* The game's own, which is much larger than an add-on. */
static int look_at_game_archive(Reader *reader, int dir_fd, const EffectiveEntry *entry) {
        const Campaign from = { .source = source_of_layer(reader, entry->layer),
                                .layer = entry->layer };
        _cleanup_(vpk_close) VpkFile file = { .fd = -EBADF };
        _cleanup_(addon_freep) Addon *addon = NULL;
        int r;

        r = vpk_open_parts(dir_fd, GAME_ARCHIVE, &file);
        if (r >= 0)
                r = addon_read(file.vpk, &addon);
        for (size_t i = 0; r >= 0 && i < addon->n_missions; i++)
                r = add_mission(reader, addon->missions[i], &from);
        return r == -ENOMEM ? r : 0;
}

static bool is_archive(const EffectiveEntry *entry) {
        size_t n = strlen(entry->name);

        return S_ISREG(entry->st.st_mode) && n > 4 &&
               ascii_strcasecmp(entry->name + n - 4, ".vpk") == 0;
}

static int look_at_archive(Reader *reader, int dir_fd, const EffectiveEntry *entry) {
        _cleanup_(vpk_close) VpkFile file = { .fd = -EBADF };
        int r;

        if (reader->n_addons == SERVER_MAPS_ADDONS_MAX) {
                reader->maps->is_complete = false;
                return 0;
        }
        reader->n_addons++;
        r = vpk_open(dir_fd, entry->name, &file);
        if (r >= 0)
                r = read_archive(reader, file.vpk, entry);
        /* `l4d2ctl content` says that it is damaged or can't be read. */
        return r == -ENOMEM ? r : 0;
}

/* --- directories ------------------------------------------------------------------------------ */

static int look_at_mission(Reader *reader, int dir_fd, const EffectiveEntry *entry) {
        static const FileLimits limits = { .size_max = ADDON_TEXT_MAX, .linked = true };
        const Campaign from = { .source = source_of_layer(reader, entry->layer),
                                .layer = entry->layer };
        _cleanup_(mission_freep) Mission *mission = NULL;
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = read_file_beneath(dir_fd, entry->name, &limits, &text, &size);
        if (r >= 0)
                r = mission_parse(text, size, &mission);
        if (r >= 0)
                r = add_mission(reader, mission, &from);
        return r == -ENOMEM ? r : 0;
}

static bool is_mission_file(const EffectiveEntry *entry) {
        size_t n = strlen(entry->name);

        return S_ISREG(entry->st.st_mode) && n > 4 &&
               ascii_strcasecmp(entry->name + n - 4, ".txt") == 0;
}

typedef enum DirectoryKind {
        DIRECTORY_MAPS,
        DIRECTORY_MISSIONS,
        DIRECTORY_ADDONS,
        DIRECTORY_GAME,
} DirectoryKind;

static int look_at_entry(
        Reader *reader, DirectoryKind kind, const EffectiveDir *dir, const EffectiveEntry *entry) {
        int fd = dir->fds[entry->layer];

        if (kind == DIRECTORY_MAPS)
                return S_ISREG(entry->st.st_mode)
                               ? add_file(
                                         reader, source_of_layer(reader, entry->layer),
                                         entry->layer, entry->name, NULL)
                               : 0;
        if (kind == DIRECTORY_MISSIONS)
                return is_mission_file(entry) ? look_at_mission(reader, fd, entry) : 0;
        if (kind == DIRECTORY_GAME)
                return S_ISREG(entry->st.st_mode) &&
                                       strcmp(entry->name, GAME_ARCHIVE "_dir.vpk") == 0
                               ? look_at_game_archive(reader, fd, entry)
                               : 0;
        return is_archive(entry) ? look_at_archive(reader, fd, entry) : 0;
}

static int look_into(Reader *reader, DirectoryKind kind, const char *path) {
        _cleanup_(effective_dir_done) EffectiveDir dir = {};
        _cleanup_(effective_list_clear) EffectiveList list = {};
        int r;

        if (is_over(reader))
                return 0;
        r = effective_open(reader->layers->fds, reader->layers->n, path, &dir);
        if (r == -EACCES || r == -ELOOP)
                reader->maps->is_complete = false;
        if (r < 0)
                return r == -ENOENT || r == -ENOTDIR || r == -EACCES || r == -ELOOP ? 0 : r;
        r = effective_list(&dir, &list);
        if (list.is_cut)
                reader->maps->is_complete = false;
        for (size_t i = 0; i < list.n_items && r >= 0 && !is_over(reader); i++)
                r = look_at_entry(reader, kind, &dir, &list.items[i]);
        return r;
}

/* --- all of it -------------------------------------------------------------------------------- */

static int compare_pointers(const void *a, const void *b) {
        return ascii_strcasecmp(*(const char *const *) a, *(const char *const *) b);
}

/* The names of all chapters, sorted and borrowed. */
static int list_chapters(const ServerMaps *maps, const char ***ret, size_t *ret_n) {
        size_t n = 0;

        *ret = calloc(maps->n_maps + 1, sizeof(char *));
        if (!*ret)
                return -ENOMEM;
        for (size_t i = 0; i < maps->n_campaigns; i++)
                for (size_t j = 0; j < maps->campaigns[i].n_maps; j++)
                        (*ret)[n++] = maps->campaigns[i].maps[j].name;
        qsort(*ret, n, sizeof(char *), compare_pointers);
        *ret_n = n;
        return 0;
}

/* Moves the files that are of no campaign. */
static int take_others(ServerMaps *maps, MapFiles *files) {
        _cleanup_free_ const char **chapters = NULL;
        size_t n, n_kept = 0;
        int r;

        r = list_chapters(maps, &chapters, &n);
        if (r < 0)
                return r;
        for (size_t i = 0; i < files->n_items; i++) {
                const char *name = files->items[i].name;

                if (bsearch(&name, chapters, n, sizeof(char *), compare_pointers))
                        other_map_clear(&files->items[i]);
                else
                        files->items[n_kept++] = files->items[i];
        }
        maps->others = TAKE_PTR(files->items);
        maps->n_others = n_kept;
        maps->n_maps += n_kept;
        files->n_items = 0;
        return 0;
}

/* The game itself comes last: the first campaign of a name is taken. */
static int look_into_game(Reader *reader, const char *directory) {
        char missions[64];
        int r;

        (void) snprintf(missions, sizeof(missions), "%s/missions", directory);
        r = look_into(reader, DIRECTORY_MISSIONS, missions);
        return r < 0 ? r : look_into(reader, DIRECTORY_GAME, directory);
}

static int read_all(Reader *reader) {
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(map_directories) && r >= 0; i++)
                r = look_into(reader, DIRECTORY_MAPS, map_directories[i]);
        if (r >= 0)
                r = look_into(reader, DIRECTORY_MISSIONS, "left4dead2/missions");
        if (r >= 0)
                r = look_into(reader, DIRECTORY_ADDONS, ADDONS);
        if (r >= 0)
                r = look_into(reader, DIRECTORY_ADDONS, ADDONS "/workshop");
        for (size_t i = 0; i < ELEMENTSOF(game_directories) && r >= 0; i++)
                r = look_into_game(reader, game_directories[i]);
        if (r < 0)
                return r;
        sort_files(&reader->files);
        r = maps_add_official(reader->maps, &reader->files);
        return r < 0 ? r : take_others(reader->maps, &reader->files);
}

int server_maps_read(const MapLayers *layers, ServerMaps *ret) {
        Reader reader = { .layers = layers, .maps = ret };
        int r;

        *ret = (ServerMaps) { .is_complete = true };
        r = read_all(&reader);
        map_files_clear(&reader.files);
        return r;
}

void server_maps_clear(ServerMaps *maps) {
        for (size_t i = 0; i < maps->n_campaigns; i++)
                campaign_clear(&maps->campaigns[i]);
        for (size_t i = 0; i < maps->n_others; i++)
                other_map_clear(&maps->others[i]);
        free(maps->campaigns);
        free(maps->others);
        *maps = (ServerMaps) {};
}
