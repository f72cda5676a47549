/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/utf8.h"
#include "layer/maps-internal.h"

const char *map_source_word(MapSource source) {
        static const char *const words[_MAP_SOURCE_MAX] = {
                [MAP_OF_GAME] = "game",
                [MAP_OF_ADDON] = "addon",
                [MAP_OF_FILES] = "files",
        };

        return words[source];
}

/* --- modes ------------------------------------------------------------------------------------ */

/* Modes that missions list. */
static const char *const listed_modes[] = { "coop", "versus", "survival", "scavenge" };

/* Modes that build upon one of these. */
static const struct {
        const char *mode, *base;
} built_modes[] = {
        { "realism", "coop" },
        { "teamversus", "versus" },
        { "teamscavenge", "scavenge" },
};

/* Modes of the game whose base depends on files of the game. */
static const char *const other_modes[] = { "holdout", "dash", "shootzones", "tankrun",
                                           "rocketdude" };

static bool is_numbered(const char *mode, const char *word) {
        size_t n = strlen(word);

        return strncmp(mode, word, n) == 0 && mode[n] != '\0' &&
               mode[n + strspn(mode + n, "0123456789")] == '\0';
}

uint32_t campaign_mode_bit(const Campaign *campaign, const char *mode) {
        for (size_t i = 0; i < campaign->n_modes; i++)
                if (strcmp(campaign->modes[i], mode) == 0)
                        return UINT32_C(1) << i;
        return 0;
}

static bool has_word(const char *const *words, size_t n, const char *mode) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(words[i], mode) == 0)
                        return true;
        return false;
}

const char *map_mode_base(const char *mode) {
        for (size_t i = 0; i < ELEMENTSOF(built_modes); i++)
                if (strcmp(built_modes[i].mode, mode) == 0)
                        return built_modes[i].base;
        return NULL;
}

bool server_maps_know_mode(const ServerMaps *maps, const char *mode) {
        if (has_word(listed_modes, ELEMENTSOF(listed_modes), mode) || map_mode_base(mode) ||
            has_word(other_modes, ELEMENTSOF(other_modes), mode) || is_numbered(mode, "mutation") ||
            is_numbered(mode, "community"))
                return true;
        for (size_t i = 0; i < maps->n_campaigns; i++)
                if (campaign_mode_bit(&maps->campaigns[i], mode) != 0)
                        return true;
        return false;
}

static bool map_has_mode(const Campaign *campaign, const CampaignMap *map, const char *mode) {
        return (map->modes & campaign_mode_bit(campaign, mode)) != 0;
}

/* Modes that no mission lists have a base that may be unknown. */
static bool can_run(const Campaign *campaign, const CampaignMap *map, const char *mode) {
        const char *base = map_mode_base(mode);

        return !campaign->has_all_modes || map_has_mode(campaign, map, mode) ||
               (base && map_has_mode(campaign, map, base)) ||
               (!base && !has_word(listed_modes, ELEMENTSOF(listed_modes), mode));
}

int server_maps_find(const ServerMaps *maps, const char *name, const char *mode) {
        bool found = false;

        for (size_t i = 0; i < maps->n_campaigns; i++) {
                const Campaign *campaign = &maps->campaigns[i];

                for (size_t j = 0; j < campaign->n_maps; j++) {
                        if (ascii_strcasecmp(campaign->maps[j].name, name) != 0)
                                continue;
                        if (!mode || can_run(campaign, &campaign->maps[j], mode))
                                return 1;
                        found = true;
                }
        }
        for (size_t i = 0; i < maps->n_others; i++)
                if (ascii_strcasecmp(maps->others[i].name, name) == 0)
                        return 1;
        return found ? 0 : -ENOENT;
}

const char *server_maps_name(const ServerMaps *maps, const char *name) {
        for (size_t i = 0; i < maps->n_campaigns; i++)
                for (size_t j = 0; j < maps->campaigns[i].n_maps; j++)
                        if (ascii_strcasecmp(maps->campaigns[i].maps[j].name, name) == 0)
                                return maps->campaigns[i].maps[j].name;
        for (size_t i = 0; i < maps->n_others; i++)
                if (ascii_strcasecmp(maps->others[i].name, name) == 0)
                        return maps->others[i].name;
        return NULL;
}

/* --- similar names ---------------------------------------------------------------------------- */

enum { SLIPS_MAX = 3 };

static size_t least(size_t a, size_t b, size_t c) {
        size_t m = a < b ? a : b;

        return m < c ? m : c;
}

/* Letters to add, drop or change; more than SLIPS_MAX may come out as more than it is. */
static size_t edit_distance(const char *a, const char *b) {
        size_t n = strlen(a), m = strlen(b), row[MAP_NAME_MAX + 1];

        if (m > MAP_NAME_MAX || n > m + SLIPS_MAX || m > n + SLIPS_MAX)
                return SIZE_MAX;
        for (size_t j = 0; j <= m; j++)
                row[j] = j;
        for (size_t i = 1; i <= n; i++) {
                size_t diagonal = row[0];

                row[0] = i;
                for (size_t j = 1; j <= m; j++) {
                        size_t changed =
                                diagonal + (ascii_lower(a[i - 1]) != ascii_lower(b[j - 1]));

                        diagonal = row[j];
                        row[j] = least(row[j] + 1, row[j - 1] + 1, changed);
                }
        }
        return row[m];
}

typedef struct Near {
        const char **names;
        size_t distances[SERVER_MAPS_NEAR_MAX], n;
} Near;

/* 0: the name begins with it; 1: it has it in it; else by the slips. SIZE_MAX: not alike. */
static size_t distance_of(const char *name, const char *wanted) {
        size_t n = strlen(wanted), slips;

        for (size_t i = 0; name[i] != '\0'; i++) {
                if (ascii_strncasecmp(name + i, wanted, n) == 0)
                        return i > 0;
        }
        slips = edit_distance(wanted, name);
        return slips <= SLIPS_MAX && slips < n / 2 + 1 ? 1 + slips : SIZE_MAX;
}

static void offer(Near *near, const char *name, const char *wanted) {
        size_t distance = distance_of(name, wanted), at;

        if (distance == SIZE_MAX)
                return;
        for (size_t i = 0; i < near->n; i++)
                if (ascii_strcasecmp(near->names[i], name) == 0)
                        return;
        for (at = near->n; at > 0 && near->distances[at - 1] > distance; at--)
                if (at < SERVER_MAPS_NEAR_MAX) {
                        near->names[at] = near->names[at - 1];
                        near->distances[at] = near->distances[at - 1];
                }
        if (at == SERVER_MAPS_NEAR_MAX)
                return;
        near->names[at] = name;
        near->distances[at] = distance;
        near->n += near->n < SERVER_MAPS_NEAR_MAX;
}

size_t server_maps_near(
        const ServerMaps *maps, const char *name, const char *ret[static SERVER_MAPS_NEAR_MAX]) {
        Near near = { .names = ret };

        if (name[0] == '\0')
                return 0;
        for (size_t i = 0; i < maps->n_campaigns; i++)
                for (size_t j = 0; j < maps->campaigns[i].n_maps; j++)
                        offer(&near, maps->campaigns[i].maps[j].name, name);
        for (size_t i = 0; i < maps->n_others; i++)
                offer(&near, maps->others[i].name, name);
        return near.n;
}
