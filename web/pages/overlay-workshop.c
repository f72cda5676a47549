/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Items and collections of the Steam Workshop in an overlay, and what its last build says of each.
 */

#include <inttypes.h>
#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/query.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time-text.h"
#include "content/workshop-id.h"
#include "pages/overlay-definition.h"
#include "pages/overlay-page.h"
#include "pages/overlay-workshop.h"
#include "pages/pages.h"
#include "pages/version-model.h"
#include "view/model.h"

#define PAGE_OF_ITEM "https://steamcommunity.com/sharedfiles/filedetails/?id="

/* --- the definition --------------------------------------------------------------------------- */

ssize_t workshop_find(char *const *list, uint64_t id, const char *text) {
        for (size_t i = 0; list[i]; i++) {
                uint64_t other;

                if ((text && strcmp(list[i], text) == 0) ||
                    (id != 0 && workshop_id_from_person(list[i], &other) >= 0 && other == id))
                        return (ssize_t) i;
        }
        return -1;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* A line of the table: an item of the report, or a text of the definition. */
typedef struct Row {
        const char *id, *title, *item; /* item: as the definition names it; NULL: it does not */
        const char *state, *error;
        bool is_excluded, has_old_file;
        uint64_t size, updated;
} Row;

static const char *state_text(const Row *row) {
        static const struct {
                const char *state, *text;
        } texts[] = {
                { "ok", N_("up to date") },
                { "missing", N_("removed from the Workshop, or hidden") },
                { "needs-other-source", N_("only Steam can download it") },
                { "not-for-game", N_("not for this game") },
                { "failed", N_("download failed") },
                { "new", N_("a collection, or added since the last build") },
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                if (strcmp(texts[i].state, row->state) == 0)
                        return _(texts[i].text);
        return _("unknown");
}

static int add_row(const Row *row, sd_json_variant **list) {
        bool is_plain = strcmp(row->state, "ok") == 0 || strcmp(row->state, "new") == 0;
        _cleanup_json_ sd_json_variant *size = NULL, *time = NULL;
        _cleanup_free_ char *href = NULL;
        int r;

        if (asprintf(&href, PAGE_OF_ITEM "%s", row->id) < 0)
                return -ENOMEM;
        r = model_size(row->size == 0 ? UINT64_MAX : row->size, &size);
        if (r >= 0)
                r = model_time(row->updated, now_realtime(), &time);
        /* The job writes its reasons without a language. */
        return r < 0 ? r
                     : sd_json_variant_append_arraybo(
                               list, SD_JSON_BUILD_PAIR_STRING("id", row->id),
                               SD_JSON_BUILD_PAIR_STRING("page_href", href),
                               SD_JSON_BUILD_PAIR_STRING("title", row->title),
                               SD_JSON_BUILD_PAIR_STRING("item", row->item),
                               SD_JSON_BUILD_PAIR_STRING("state", row->state),
                               SD_JSON_BUILD_PAIR_STRING("state_text", state_text(row)),
                               SD_JSON_BUILD_PAIR_BOOLEAN("is_bad", !is_plain),
                               SD_JSON_BUILD_PAIR_BOOLEAN("has_old_file", row->has_old_file),
                               SD_JSON_BUILD_PAIR_STRING(
                                       "reason", row->error ? _(row->error) : NULL),
                               SD_JSON_BUILD_PAIR_BOOLEAN("is_named", row->item != NULL),
                               SD_JSON_BUILD_PAIR_BOOLEAN("is_excluded", row->is_excluded),
                               SD_JSON_BUILD_PAIR_VARIANT("size", size),
                               SD_JSON_BUILD_PAIR_VARIANT("updated", time));
}

static const char *text_or_null(sd_json_variant *found, const char *key) {
        const char *text = json_text(found, key);

        return text && *text ? text : NULL;
}

static int add_reported(
        const OverlayDefinition *definition, sd_json_variant *found, sd_json_variant **list) {
        const char *id = json_text(found, "id"), *state = json_text(found, "state");
        const char *file = json_text(found, "file");
        ssize_t named;
        uint64_t number;

        if (!id || !state || workshop_id_parse(id, &number) < 0)
                return -EIO;
        named = workshop_find(definition->items, number, NULL);
        return add_row(
                &(Row) {
                        .id = id,
                        .title = text_or_null(found, "title"),
                        .item = named >= 0 ? definition->items[named] : NULL,
                        .state = state,
                        .error = text_or_null(found, "error"),
                        .has_old_file = file && strcmp(file, "old") == 0,
                        .is_excluded = workshop_find(definition->exclude, number, NULL) >= 0,
                        .size = json_number(found, "size_bytes", 0),
                        .updated = json_number(found, "updated_usec", 0),
                },
                list);
}

static bool is_reported(sd_json_variant *found, uint64_t id) {
        for (size_t i = 0; i < sd_json_variant_elements(found); i++) {
                const char *text = json_text(sd_json_variant_by_index(found, i), "id");
                uint64_t number;

                if (text && workshop_id_parse(text, &number) >= 0 && number == id)
                        return true;
        }
        return false;
}

/* Adds the texts of the definition that the report lacks. */
static int add_named(char *const *items, sd_json_variant *found, sd_json_variant **list) {
        char text[WORKSHOP_ID_TEXT_MAX];
        int r = 0;

        for (; *items && r >= 0; items++) {
                uint64_t id;

                if (workshop_id_from_person(*items, &id) < 0)
                        return -EIO; /* the definition accepts nothing else */
                if (is_reported(found, id))
                        continue;
                (void) snprintf(text, sizeof(text), "%" PRIu64, id);
                r = add_row(&(Row) { .id = text, .item = *items, .state = "new" }, list);
        }
        return r;
}

static int rows_to_model(
        const OverlayDefinition *definition, sd_json_variant *found, sd_json_variant **ret) {
        int r = sd_json_variant_new_array(ret, NULL, 0);

        if (r < 0 || !definition)
                return r;
        r = add_named(definition->items, found, ret);
        for (size_t i = 0; r >= 0 && i < sd_json_variant_elements(found); i++)
                r = add_reported(definition, sd_json_variant_by_index(found, i), ret);
        return r;
}

static int excluded_to_model(const OverlayDefinition *definition, sd_json_variant **ret) {
        int r = sd_json_variant_new_array(ret, NULL, 0);

        if (r < 0 || !definition)
                return r;
        for (char *const *text = definition->exclude; *text && r >= 0; text++)
                r = sd_json_variant_append_arraybo(ret, SD_JSON_BUILD_PAIR_STRING("item", *text));
        return r;
}

/* --- the page --------------------------------------------------------------------------------- */

/* The model without its lists. */
static int build_head(Request *request, const DefinitionSource *source, sd_json_variant **model) {
        const OverlayDefinition *d = source->definition;
        const char *ref = request_parameter(request, "ref");
        bool can_change = access_to_overlay(request, ref);
        char href[ROUTE_VALUE_MAX + 32];

        (void) snprintf(href, sizeof(href), "/overlays/%s", ref);
        return sd_json_buildo(
                model, SD_JSON_BUILD_PAIR_STRING("ref", ref),
                SD_JSON_BUILD_PAIR_STRING("href", href),
                SD_JSON_BUILD_PAIR_STRING("kind", d ? overlay_kind_to_string(d->kind) : NULL),
                SD_JSON_BUILD_PAIR_BOOLEAN("can_change", can_change),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_workshop", d && d->kind == OVERLAY_WORKSHOP),
                SD_JSON_BUILD_PAIR_BOOLEAN(
                        "can_make",
                        can_change && d && d->kind == OVERLAY_FILES && !source->has_files),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_daily", d && d->refresh == REFRESH_DAILY),
                SD_JSON_BUILD_PAIR_STRING("typed", request_typed(request, "items", NULL)));
}

/* found: what `l4d2ctl overlay items` says; NULL: the overlay is not of this kind. */
static int show_source(Request *request, const DefinitionSource *source, sd_json_variant *found) {
        _cleanup_json_ sd_json_variant *model = NULL, *rows = NULL, *excluded = NULL;
        int r;

        request_set_title(request, _("Workshop items of %s"), request_parameter(request, "ref"));
        r = rows_to_model(source->definition, found, &rows);
        if (r >= 0)
                r = excluded_to_model(source->definition, &excluded);
        if (r >= 0)
                r = build_head(request, source, &model);
        if (r >= 0)
                r = sd_json_variant_merge_objectbo(
                        &model, SD_JSON_BUILD_PAIR_VARIANT("items", rows),
                        SD_JSON_BUILD_PAIR_BOOLEAN("has_items", sd_json_variant_elements(rows) > 0),
                        SD_JSON_BUILD_PAIR_VARIANT("excluded", excluded),
                        SD_JSON_BUILD_PAIR_BOOLEAN(
                                "has_excluded", sd_json_variant_elements(excluded) > 0));
        if (r >= 0)
                r = version_add_outdated(request, request_parameter(request, "ref"), NULL, &model);
        return r < 0 ? r : answer_page(request, 200, "overlay-workshop", model);
}

/* The definition is read again: l4d2ctl took its time. */
static int show(Request *request, sd_json_variant *found) {
        _cleanup_(definition_source_done) DefinitionSource source = DEFINITION_SOURCE_INIT;
        int r = definition_source_read(request, &source);

        return r <= 0 ? r : show_source(request, &source, found);
}

int page_overlay_workshop(Request *request) {
        _cleanup_(definition_source_done) DefinitionSource source = DEFINITION_SOURCE_INIT;
        int r = definition_source_read(request, &source);

        if (r <= 0)
                return r;
        if (!source.definition || source.definition->kind != OVERLAY_WORKSHOP)
                return show_source(request, &source, NULL);
        return ask_run(
                request,
                (const char *[]) { "overlay", "items", request_parameter(request, "ref"), "--json",
                                   NULL },
                show);
}
