/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/random.h>

#include "base/array.h"
#include "base/file.h"
#include "base/strv.h"
#include "base/utf8.h"
#include "layer/content-internal.h"

enum {
        PATHS_MAX = 2 * 1024 * 1024, /* of all archives together; others are not compared */
        SAME_MAX = 16,               /* archives with one path that are compared with each other */
};

/* --- paths in archives ------------------------------------------------------------------------ */

typedef struct HashedPath {
        uint64_t hash;
        uint32_t addon; /* its number in the report */
} HashedPath;

struct PathTable {
        HashedPath *items;
        size_t n_items;
        uint64_t seed; /* the makers of the archives can't know it, so they can't choose hashes */
};

int path_table_new(PathTable **ret) {
        PathTable *table = calloc(1, sizeof(PathTable));

        if (!table)
                return -ENOMEM;
        if (getrandom(&table->seed, sizeof(table->seed), 0) < 0)
                table->seed = (uint64_t) (uintptr_t) table;
        *ret = table;
        return 0;
}

PathTable *path_table_free(PathTable *table) {
        if (table)
                free(table->items);
        free(table);
        return NULL;
}

/* FNV-1a of the path in small letters, as the game compares it. */
static uint64_t hash_path(const PathTable *table, const char *path) {
        uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ table->seed;

        for (; *path != '\0'; path++)
                hash = (hash ^ (unsigned char) ascii_lower(*path)) * UINT64_C(0x100000001b3);
        return hash;
}

/* Every add-on has files at the top that describe it. */
static int add_path(PathTable *table, const char *path, size_t addon) {
        HashedPath *grown;

        if (!strchr(path, '/') || table->n_items == PATHS_MAX)
                return 0;
        grown = array_for_one_more(table->items, table->n_items, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        table->items = grown;
        grown[table->n_items++] = (HashedPath) { hash_path(table, path), (uint32_t) addon };
        return 0;
}

/* --- maps ------------------------------------------------------------------------------------- */

/* Maps with names that no command can take are left out. */
static int add_map(ContentAddon *addon, const char *name) {
        char map[MAP_NAME_MAX + 1];

        if (addon->n_maps == CONTENT_MAPS_MAX || !map_name_of_file(name, map))
                return 0;
        return strv_add(&addon->maps, &addon->n_maps, map);
}

static int add_entry(ContentCheck *check, ContentAddon *addon, const char *path) {
        static const char maps[] = "maps/";
        int r = add_path(check->paths, path, check->report->n_addons);

        if (r < 0 || strlen(path) <= strlen(maps) ||
            ascii_strncasecmp(path, maps, strlen(maps)) != 0 || strchr(path + strlen(maps), '/'))
                return r;
        return add_map(addon, path + strlen(maps));
}

static void addon_done(ContentAddon *addon) {
        free(addon->path);
        addon_free(addon->addon);
        strv_free(addon->maps);
}

/* Takes it over. */
static int add_addon(ContentReport *report, ContentAddon *addon) {
        ContentAddon *grown = array_for_one_more(report->addons, report->n_addons, sizeof(*grown));

        if (!grown) {
                addon_done(addon);
                return -ENOMEM;
        }
        report->addons = grown;
        strv_sort(addon->maps, addon->n_maps);
        grown[report->n_addons++] = *addon;
        return 0;
}

/* --- archives --------------------------------------------------------------------------------- */

static int read_vpk(ContentCheck *check, const Vpk *vpk, ContentAddon *addon) {
        int r = addon_read(vpk, &addon->addon);

        for (size_t i = 0; i < vpk->n_entries && r >= 0; i++) {
                char path[VPK_PATH_MAX];

                vpk_entry_path(&vpk->entries[i], path);
                r = add_entry(check, addon, path);
        }
        addon->n_files = vpk->n_entries;
        return r;
}

int content_look_at_vpk(
        ContentCheck *check, int dir_fd, const char *name, size_t layer, const char *path) {
        ContentAddon addon = { .layer = layer };
        _cleanup_(vpk_close) VpkFile file = { .fd = -EBADF };
        int r;

        if (check->report->n_addons == CONTENT_ADDONS_MAX) {
                check->report->n_more_addons++;
                return 0;
        }
        r = vpk_open(dir_fd, name, &file);
        if (r == -ENOEXEC || r == -EBADMSG || r == -E2BIG || (r >= 0 && file.vpk->is_cut_off))
                r = content_add_path(check->report, CONTENT_VPK_DAMAGED, layer, path);
        else if (r < 0 && r != -ENOMEM)
                return 0; /* said by another finding */
        if (r < 0 || !file.vpk)
                return r;
        addon.path = strdup(path);
        r = addon.path ? read_vpk(check, file.vpk, &addon) : -ENOMEM;
        if (r < 0) {
                addon_done(&addon);
                return r;
        }
        return add_addon(check->report, &addon);
}

/* --- the tree itself -------------------------------------------------------------------------- */

static int read_mission(const EffectiveDir *dir, const EffectiveEntry *entry, ContentAddon *addon) {
        static const FileLimits limits = { .size_max = ADDON_TEXT_MAX, .linked = true };
        _cleanup_(mission_freep) Mission *mission = NULL;
        _cleanup_free_ char *text = NULL;
        Mission **grown;
        size_t size;
        int r;

        r = read_file_beneath(dir->fds[entry->layer], entry->name, &limits, &text, &size);
        if (r >= 0)
                r = mission_parse(text, size, &mission);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        if (!addon->addon)
                addon->addon = calloc(1, sizeof(Addon));
        grown = addon->addon
                        ? array_for_one_more(
                                  addon->addon->missions, addon->addon->n_missions, sizeof(*grown))
                        : NULL;
        if (!grown)
                return -ENOMEM;
        addon->addon->missions = grown;
        grown[addon->addon->n_missions++] = TAKE_PTR(mission);
        return 0;
}

int content_look_at_maps(
        ContentCheck *check, const EffectiveDir *dir, const char *path, const EffectiveList *list) {
        bool has_maps = strcmp(path, "left4dead2/maps") == 0;
        int r = 0;

        if (!has_maps && strcmp(path, "left4dead2/missions") != 0)
                return 0;
        for (size_t layer = 0; layer < check->layers->n_checked && r >= 0; layer++) {
                ContentAddon addon = { .layer = layer };

                for (size_t i = 0; i < list->n_items && r >= 0; i++) {
                        const EffectiveEntry *entry = &list->items[i];

                        if (entry->layer != layer || !S_ISREG(entry->st.st_mode))
                                continue;
                        r = has_maps ? add_map(&addon, entry->name)
                                     : read_mission(dir, entry, &addon);
                }
                if (r < 0 || (addon.n_maps == 0 && !addon.addon))
                        addon_done(&addon);
                else
                        r = add_addon(check->report, &addon);
        }
        return r;
}

/* --- archives that have paths of each other --------------------------------------------------- */

typedef struct Overlap {
        uint32_t n;
        uint64_t example; /* the hash of a path */
} Overlap;

static int compare_hashes(const void *a, const void *b) {
        const HashedPath *one = a, *other = b;

        if (one->hash != other->hash)
                return one->hash < other->hash ? -1 : 1;
        return (one->addon > other->addon) - (one->addon < other->addon);
}

/* Leaves each path of an archive once. */
static void remove_doubles(PathTable *table) {
        size_t n = 0;

        for (size_t i = 0; i < table->n_items; i++)
                if (n == 0 || compare_hashes(&table->items[n - 1], &table->items[i]) != 0)
                        table->items[n++] = table->items[i];
        table->n_items = n;
}

static void count_overlaps(const PathTable *table, size_t n_addons, Overlap *overlaps) {
        for (size_t i = 0, group; i < table->n_items; i += group) {
                const HashedPath *items = &table->items[i];

                for (group = 1; i + group < table->n_items && items[group].hash == items->hash;)
                        group++;
                for (size_t j = 0; j < group && j < SAME_MAX; j++)
                        for (size_t k = j + 1; k < group && k < SAME_MAX; k++) {
                                Overlap *o = &overlaps[items[j].addon * n_addons + items[k].addon];

                                o->n++;
                                o->example = items->hash;
                        }
        }
}

/* The path with this hash, NULL when the archive can't be read any more. */
static char *find_example(ContentCheck *check, const ContentAddon *addon, uint64_t hash) {
        _cleanup_(vpk_close) VpkFile file = { .fd = -EBADF };

        if (vpk_open(check->layers->fds[addon->layer], addon->path, &file) < 0)
                return NULL;
        for (size_t i = 0; i < file.vpk->n_entries; i++) {
                char path[VPK_PATH_MAX];

                vpk_entry_path(&file.vpk->entries[i], path);
                if (hash_path(check->paths, path) == hash)
                        return strdup(path);
        }
        return NULL;
}

static int add_overlap(ContentCheck *check, size_t one, size_t other, const Overlap *overlap) {
        ContentReport *report = check->report;
        const ContentAddon *a = &report->addons[one], *b = &report->addons[other];
        ContentFinding finding = { .fault = CONTENT_VPK_OVERLAP,
                                   .layer = a->layer,
                                   .other_layer = b->layer,
                                   .n = overlap->n };

        if (report->n_findings < CONTENT_FINDINGS_MAX)
                finding.detail = find_example(check, a, overlap->example);
        finding.path = strdup(a->path);
        finding.other = strdup(b->path);
        if (!finding.path || !finding.other) {
                free(finding.path);
                free(finding.other);
                free(finding.detail);
                return -ENOMEM;
        }
        return content_add(report, &finding);
}

int content_find_overlaps(ContentCheck *check) {
        PathTable *table = check->paths;
        size_t n = check->report->n_addons;
        _cleanup_free_ Overlap *overlaps = NULL;
        int r = 0;

        if (table->n_items == 0)
                return 0;
        overlaps = calloc(n * n, sizeof(Overlap));
        if (!overlaps)
                return -ENOMEM;
        qsort(table->items, table->n_items, sizeof(HashedPath), compare_hashes);
        remove_doubles(table);
        count_overlaps(table, n, overlaps);
        for (size_t i = 0; i < n * n && r >= 0; i++)
                if (overlaps[i].n > 0)
                        r = add_overlap(check, i / n, i % n, &overlaps[i]);
        return r;
}
