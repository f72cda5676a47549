/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The report about content as JSON and as text, see content/layers.h. */

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "common/listing.h"
#include "common/tree-entry.h"
#include "content/layers.h"

/* --- findings --------------------------------------------------------------------------------- */

/* Paths may be any bytes, and so may the sentence that names one. */
static int finding_texts(const ContentFinding *finding, char **ret_path, char **ret_text) {
        _cleanup_free_ char *text = NULL;
        int r;

        r = content_finding_text(finding, &text);
        if (r >= 0)
                r = tree_entry_visible(text, ret_text);
        return r < 0 ? r : tree_entry_visible(finding->path, ret_path);
}

static int finding_to_json(
        const ContentFinding *finding, const LayerList *layers, sd_json_variant **array) {
        _cleanup_free_ char *path = NULL, *text = NULL, *other = NULL;
        int r;

        r = finding_texts(finding, &path, &text);
        if (r >= 0 && finding->other)
                r = tree_entry_visible(finding->other, &other);
        if (r < 0)
                return r;
        return sd_json_variant_append_arraybo(
                array, SD_JSON_BUILD_PAIR_STRING("kind", content_fault_word(finding->fault)),
                SD_JSON_BUILD_PAIR_STRING("path", path),
                SD_JSON_BUILD_PAIR_STRING("layer", layer_label(&layers->items[finding->layer])),
                SD_JSON_BUILD_PAIR_STRING("other", other),
                SD_JSON_BUILD_PAIR_STRING(
                        "other_layer",
                        other ? layer_label(&layers->items[finding->other_layer]) : NULL),
                SD_JSON_BUILD_PAIR_UNSIGNED("n", finding->n),
                SD_JSON_BUILD_PAIR_STRING("message", text));
}

static int findings_to_json(
        const ContentReport *report, const LayerList *layers, sd_json_variant **ret) {
        int r = sd_json_variant_new_array(ret, NULL, 0);

        for (size_t i = 0; i < report->n_findings && r >= 0; i++)
                r = finding_to_json(&report->findings[i], layers, ret);
        return r;
}

/* --- maps ------------------------------------------------------------------------------------- */

static int mode_to_json(const MissionMode *mode, sd_json_variant **array) {
        _cleanup_json_ sd_json_variant *chapters = NULL;
        int r;

        r = sd_json_variant_new_array(&chapters, NULL, 0);
        for (size_t i = 0; i < mode->n_chapters && r >= 0; i++)
                r = sd_json_variant_append_arraybo(
                        &chapters, SD_JSON_BUILD_PAIR_STRING("map", mode->chapters[i].map),
                        SD_JSON_BUILD_PAIR_STRING("title", mode->chapters[i].title));
        return r < 0 ? r
                     : sd_json_variant_append_arraybo(
                               array, SD_JSON_BUILD_PAIR_STRING("mode", mode->name),
                               SD_JSON_BUILD_PAIR_VARIANT("chapters", chapters));
}

static int mission_to_json(const Mission *mission, sd_json_variant **array) {
        _cleanup_json_ sd_json_variant *modes = NULL;
        int r;

        r = sd_json_variant_new_array(&modes, NULL, 0);
        for (size_t i = 0; i < mission->n_modes && r >= 0; i++)
                r = mode_to_json(&mission->modes[i], &modes);
        return r < 0 ? r
                     : sd_json_variant_append_arraybo(
                               array, SD_JSON_BUILD_PAIR_STRING("name", mission->name),
                               SD_JSON_BUILD_PAIR_STRING("title", mission->title),
                               SD_JSON_BUILD_PAIR_STRING("author", mission->author),
                               SD_JSON_BUILD_PAIR_STRING("version", mission->version),
                               SD_JSON_BUILD_PAIR_STRING("description", mission->description),
                               SD_JSON_BUILD_PAIR_VARIANT("modes", modes));
}

static int missions_to_json(const Addon *addon, sd_json_variant **ret) {
        int r = sd_json_variant_new_array(ret, NULL, 0);

        for (size_t i = 0; addon && i < addon->n_missions && r >= 0; i++)
                r = mission_to_json(addon->missions[i], ret);
        return r;
}

static int maps_to_json(const ContentAddon *addon, sd_json_variant **ret) {
        return addon->maps ? sd_json_variant_new_array_strv(ret, addon->maps)
                           : sd_json_variant_new_array(ret, NULL, 0);
}

static int addon_to_json(
        const ContentAddon *addon, const LayerList *layers, sd_json_variant **array) {
        static const AddonInfo none;
        const AddonInfo *info = addon->addon && addon->addon->info ? addon->addon->info : &none;
        _cleanup_json_ sd_json_variant *campaigns = NULL, *maps = NULL;
        _cleanup_free_ char *path = NULL;
        int r;

        r = addon->path ? tree_entry_visible(addon->path, &path) : 0;
        if (r >= 0)
                r = missions_to_json(addon->addon, &campaigns);
        if (r >= 0)
                r = maps_to_json(addon, &maps);
        if (r < 0)
                return r;
        return sd_json_variant_append_arraybo(
                array, SD_JSON_BUILD_PAIR_STRING("file", path),
                SD_JSON_BUILD_PAIR_STRING("layer", layer_label(&layers->items[addon->layer])),
                SD_JSON_BUILD_PAIR_STRING("title", info->title),
                SD_JSON_BUILD_PAIR_STRING("version", info->version),
                SD_JSON_BUILD_PAIR_STRING("author", info->author),
                SD_JSON_BUILD_PAIR_STRING("description", info->description),
                SD_JSON_BUILD_PAIR_STRING("url", info->url),
                SD_JSON_BUILD_PAIR_UNSIGNED("n_files", addon->n_files),
                SD_JSON_BUILD_PAIR_VARIANT("maps", maps),
                SD_JSON_BUILD_PAIR_VARIANT("campaigns", campaigns));
}

static int addons_to_json(
        const ContentReport *report, const LayerList *layers, sd_json_variant **ret) {
        int r = sd_json_variant_new_array(ret, NULL, 0);

        for (size_t i = 0; i < report->n_addons && r >= 0; i++)
                r = addon_to_json(&report->addons[i], layers, ret);
        return r;
}

int content_to_json(
        const ContentReport *report, const LayerList *layers, sd_json_variant **object) {
        _cleanup_json_ sd_json_variant *findings = NULL, *maps = NULL;
        int r;

        r = findings_to_json(report, layers, &findings);
        if (r >= 0)
                r = addons_to_json(report, layers, &maps);
        if (r >= 0)
                r = sd_json_variant_set_field(object, "findings", findings);
        if (r >= 0)
                r = sd_json_variant_set_field_unsigned(
                        object, "n_more_findings", report->n_more_findings);
        if (r >= 0)
                r = sd_json_variant_set_field(object, "maps", maps);
        return r < 0 ? r
                     : sd_json_variant_set_field_unsigned(
                               object, "n_more_addons", report->n_more_addons);
}

/* --- text ------------------------------------------------------------------------------------- */

/* The modes of a campaign: "coop,versus". */
static void format_modes(const Mission *mission, char *out, size_t size) {
        out[0] = '\0';
        for (size_t i = 0; i < mission->n_modes; i++) {
                size_t n = strlen(out);

                (void) snprintf(
                        out + n, size - n, "%s%s", n > 0 ? "," : "", mission->modes[i].name);
        }
}

static size_t count_chapters(const Mission *mission) {
        size_t n = 0;

        for (size_t i = 0; i < mission->n_modes; i++)
                if (mission->modes[i].n_chapters > n)
                        n = mission->modes[i].n_chapters;
        return n;
}

static int list_mission(Listing *listing, const Mission *mission, const char *file) {
        char modes[256], maps[24];

        format_modes(mission, modes, sizeof(modes));
        (void) snprintf(maps, sizeof(maps), "%zu", count_chapters(mission));
        return listing_add(
                listing, (const char *[]) { maps, modes, file, mission->title ?: mission->name });
}

/* One row for each campaign, or one for an add-on without any. */
static int list_addon(Listing *listing, const ContentAddon *addon) {
        const Addon *inner = addon->addon;
        const char *file = addon->path ? strrchr(addon->path, '/') + 1 : NULL;
        char maps[24];
        int r = 0;

        for (size_t i = 0; inner && i < inner->n_missions && r >= 0; i++)
                r = list_mission(listing, inner->missions[i], file);
        if (inner && inner->n_missions > 0)
                return r;
        (void) snprintf(maps, sizeof(maps), "%zu", addon->n_maps);
        return listing_add(
                listing, (const char *[]) { maps, NULL, file,
                                            inner && inner->info ? inner->info->title : NULL });
}

static int print_addons(const ContentReport *report) {
        static const ListingColumn columns[] = { { N_("MAPS"), true },
                                                 { N_("MODES"), false },
                                                 { N_("FILE"), false },
                                                 { N_("TITLE"), false },
                                                 {} };
        _cleanup_(listing_freep) Listing *listing = NULL;
        int r;

        if (report->n_addons == 0)
                return 0;
        r = listing_new(columns, &listing);
        for (size_t i = 0; i < report->n_addons && r >= 0; i++)
                r = list_addon(listing, &report->addons[i]);
        if (r < 0)
                return r;
        putchar('\n');
        (void) listing_print(listing);
        return 0;
}

int content_print(const ContentReport *report, const LayerList *layers) {
        bool one = layers->n <= 2;
        int r;

        r = print_addons(report);
        if (report->n_findings > 0)
                printf("\n%s\n", _("Findings:"));
        for (size_t i = 0; i < report->n_findings && r >= 0; i++) {
                const ContentFinding *finding = &report->findings[i];
                _cleanup_free_ char *path = NULL, *text = NULL;

                r = finding_texts(finding, &path, &text);
                if (r < 0)
                        break;
                if (one)
                        printf("  %s: %s\n", path, text);
                else
                        printf("  %s: %s: %s\n", layer_label(&layers->items[finding->layer]), path,
                               text);
        }
        if (report->n_more_findings > 0)
                printf("  %s\n", _("More findings are not shown."));
        return r;
}
