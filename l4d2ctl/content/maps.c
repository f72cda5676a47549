/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/maps.h"

#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "common/listing.h"
#include "common/tree-entry.h"

/* 500 add-ons take a second where nothing of them is in memory. */
enum { READING_USEC = 10 * 1000 * 1000 };

static size_t find_game(const LayerList *layers) {
        for (size_t i = 0; i < layers->n; i++)
                if (strcmp(layers->items[i].kind, "game") == 0)
                        return i;
        return SIZE_MAX;
}

/* Files that the server wrote and those made from its spec have no maps, and not everyone can read
 * them. */
static bool lacks_layers(const LayerList *layers) {
        for (size_t i = 0; i < layers->n; i++)
                if (layers->items[i].error != 0 && (strcmp(layers->items[i].kind, "overlay") == 0 ||
                                                    strcmp(layers->items[i].kind, "game") == 0))
                        return true;
        return false;
}

int maps_of_layers(const LayerList *layers, const char *name, ServerMaps *ret) {
        const MapLayers map_layers = {
                .fds = layers->fds,
                .n = layers->n,
                .game = find_game(layers),
                .deadline = now_monotonic() + READING_USEC,
        };
        int r;

        r = server_maps_read(&map_layers, ret);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to look for the maps of '%s'", name);
                return CTL_FAILURE;
        }
        if (lacks_layers(layers))
                ret->is_complete = false;
        if (!ret->is_complete)
                log_warning(
                        "The list of maps is not complete: '%s' has very many add-ons or a layer "
                        "that can't be read",
                        name);
        return CTL_OK;
}

/* --- JSON ------------------------------------------------------------------------------------- */

static int modes_to_json(const Campaign *campaign, const CampaignMap *map, sd_json_variant **ret) {
        const char *modes[MISSION_MODES_MAX + 1];
        size_t n = 0;

        for (size_t i = 0; i < campaign->n_modes; i++)
                if (map->modes & (UINT32_C(1) << i))
                        modes[n++] = campaign->modes[i];
        if (n == 0)
                return sd_json_variant_new_array(ret, NULL, 0);
        modes[n] = NULL;
        /* sd-json's parameter lacks a const. */
        return sd_json_variant_new_array_strv(ret, (char **) (uintptr_t) modes);
}

static int map_to_json(const Campaign *campaign, const CampaignMap *map, sd_json_variant **array) {
        _cleanup_json_ sd_json_variant *modes = NULL;
        int r = modes_to_json(campaign, map, &modes);

        return r < 0 ? r
                     : sd_json_variant_append_arraybo(
                               array, SD_JSON_BUILD_PAIR_STRING("name", map->name),
                               SD_JSON_BUILD_PAIR_STRING("title", map->title),
                               SD_JSON_BUILD_PAIR_VARIANT("modes", modes));
}

/* Appends a campaign with these maps. */
static int append(
        const Campaign *campaign, const LayerList *layers, sd_json_variant *maps,
        sd_json_variant **array) {
        _cleanup_free_ char *file = NULL;
        int r = campaign->file ? tree_entry_visible(campaign->file, &file) : 0;

        return r < 0 ? r
                     : sd_json_variant_append_arraybo(
                               array, SD_JSON_BUILD_PAIR_STRING("title", campaign->title),
                               SD_JSON_BUILD_PAIR_STRING("name", campaign->name),
                               SD_JSON_BUILD_PAIR_STRING(
                                       "source", map_source_word(campaign->source)),
                               SD_JSON_BUILD_PAIR_STRING("file", file),
                               SD_JSON_BUILD_PAIR_STRING(
                                       "layer", layer_label(&layers->items[campaign->layer])),
                               SD_JSON_BUILD_PAIR_VARIANT("maps", maps));
}

static int campaign_to_json(
        const Campaign *campaign, const LayerList *layers, sd_json_variant **array) {
        _cleanup_json_ sd_json_variant *maps = NULL;
        int r;

        r = sd_json_variant_new_array(&maps, NULL, 0);
        for (size_t i = 0; i < campaign->n_maps && r >= 0; i++)
                r = map_to_json(campaign, &campaign->maps[i], &maps);
        return r < 0 ? r : append(campaign, layers, maps, array);
}

/* Whether maps without a campaign belong together: of one archive, or files of one layer. */
static bool same_place(const OtherMap *a, const OtherMap *b) {
        return a->source == b->source && a->layer == b->layer &&
               strcmp(a->file ? a->file : "", b->file ? b->file : "") == 0;
}

static int others_to_json(
        const ServerMaps *maps, size_t first, const LayerList *layers, sd_json_variant **array) {
        const OtherMap *of = &maps->others[first];
        const Campaign campaign = { .source = of->source, .layer = of->layer, .file = of->file };
        _cleanup_json_ sd_json_variant *list = NULL;
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = first; i < maps->n_others && r >= 0; i++) {
                const CampaignMap map = { .name = maps->others[i].name };

                if (same_place(of, &maps->others[i]))
                        r = map_to_json(&campaign, &map, &list);
        }
        return r < 0 ? r : append(&campaign, layers, list, array);
}

static bool is_first_of_place(const ServerMaps *maps, size_t i) {
        for (size_t k = 0; k < i; k++)
                if (same_place(&maps->others[k], &maps->others[i]))
                        return false;
        return true;
}

int maps_to_json(const ServerMaps *maps, const LayerList *layers, sd_json_variant **ret) {
        int r;

        r = sd_json_variant_new_array(ret, NULL, 0);
        for (size_t i = 0; i < maps->n_campaigns && r >= 0; i++)
                r = campaign_to_json(&maps->campaigns[i], layers, ret);
        for (size_t i = 0; i < maps->n_others && r >= 0; i++)
                if (is_first_of_place(maps, i))
                        r = others_to_json(maps, i, layers, ret);
        return r;
}

/* --- text ------------------------------------------------------------------------------------- */

static void format_modes(const Campaign *campaign, const CampaignMap *map, char *out, size_t size) {
        size_t n = 0;

        out[0] = '\0';
        for (size_t i = 0; i < campaign->n_modes && n < size; i++)
                if (map->modes & (UINT32_C(1) << i))
                        n += (size_t) snprintf(
                                out + n, size - n, "%s%s", n > 0 ? "," : "", campaign->modes[i]);
}

static int list_campaign(Listing *listing, const Campaign *campaign) {
        const char *title = campaign->title ?: campaign->name;
        int r = 0;

        for (size_t i = 0; i < campaign->n_maps && r >= 0; i++) {
                const CampaignMap *map = &campaign->maps[i];
                char modes[256], text[2 * 256 + 8];

                format_modes(campaign, map, modes, sizeof(modes));
                (void) snprintf(
                        text, sizeof(text), "%s%s%s", title ?: "", map->title ? ": " : "",
                        map->title ?: "");
                r = listing_add(listing, (const char *[]) { map->name, modes, text });
        }
        return r;
}

int maps_print(const ServerMaps *maps) {
        static const ListingColumn columns[] = {
                { N_("MAP"), false },
                { N_("MODES"), false },
                { N_("CAMPAIGN"), false },
                {},
        };
        _cleanup_(listing_freep) Listing *listing = NULL;
        int r;

        r = listing_new(columns, &listing);
        for (size_t i = 0; i < maps->n_campaigns && r >= 0; i++)
                r = list_campaign(listing, &maps->campaigns[i]);
        for (size_t i = 0; i < maps->n_others && r >= 0; i++)
                r = listing_add(
                        listing,
                        (const char *[]) { maps->others[i].name, NULL, maps->others[i].file });
        if (r < 0)
                return r;
        return listing_print(listing) == CTL_OK ? 0 : -EIO;
}
