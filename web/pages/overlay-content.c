/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The maps and add-ons in an overlay, and mistakes in its content, as `l4d2ctl overlay show` finds
 * them. */

#include <string.h>

#include "app/answer.h"
#include "app/query.h"
#include "base/json.h"
#include "base/text.h"
#include "pages/pages.h"

/* A text or null. */
static sd_json_variant *text_of(sd_json_variant *object, const char *key) {
        return sd_json_variant_by_key(object, key);
}

/* The chapters of the mode that has most of them: other modes leave maps out. */
static sd_json_variant *find_chapters(sd_json_variant *modes) {
        sd_json_variant *most = NULL;

        for (size_t i = 0; i < sd_json_variant_elements(modes); i++) {
                sd_json_variant *chapters =
                        json_list(sd_json_variant_by_index(modes, i), "chapters");

                if (!most || sd_json_variant_elements(chapters) > sd_json_variant_elements(most))
                        most = chapters;
        }
        return most;
}

static int modes_to_model(sd_json_variant *modes, sd_json_variant **ret) {
        int r = sd_json_variant_new_array(ret, NULL, 0);

        for (size_t i = 0; i < sd_json_variant_elements(modes) && r >= 0; i++)
                r = sd_json_variant_append_array(
                        ret, text_of(sd_json_variant_by_index(modes, i), "mode"));
        return r;
}

static int add_campaign(sd_json_variant *found, sd_json_variant **list) {
        sd_json_variant *modes = json_list(found, "modes"), *chapters = find_chapters(modes);
        const char *title = json_text(found, "title");
        _cleanup_json_ sd_json_variant *names = NULL;
        int r;

        r = modes_to_model(modes, &names);
        return r < 0 ? r
                     : sd_json_variant_append_arraybo(
                               list,
                               SD_JSON_BUILD_PAIR_STRING(
                                       "title", title ? title : json_text(found, "name")),
                               SD_JSON_BUILD_PAIR_VARIANT("modes", names),
                               SD_JSON_BUILD_PAIR_BOOLEAN("has_chapters", chapters != NULL),
                               SD_JSON_BUILD_PAIR_VARIANT("chapters", chapters));
}

static int campaigns_to_model(sd_json_variant *found, sd_json_variant **ret) {
        int r = sd_json_variant_new_array(ret, NULL, 0);

        for (size_t i = 0; i < sd_json_variant_elements(found) && r >= 0; i++)
                r = add_campaign(sd_json_variant_by_index(found, i), ret);
        return r;
}

/* Campaigns list their maps; others are named one by one. */
static int add_addon(sd_json_variant *found, sd_json_variant **list) {
        sd_json_variant *maps = json_list(found, "maps"), *campaigns;
        _cleanup_json_ sd_json_variant *model = NULL;
        int r;

        campaigns = json_list(found, "campaigns");
        r = campaigns_to_model(campaigns, &model);
        return r < 0 ? r
                     : sd_json_variant_append_arraybo(
                               list, SD_JSON_BUILD_PAIR_VARIANT("title", text_of(found, "title")),
                               SD_JSON_BUILD_PAIR_VARIANT("file", text_of(found, "file")),
                               SD_JSON_BUILD_PAIR_VARIANT("version", text_of(found, "version")),
                               SD_JSON_BUILD_PAIR_VARIANT("author", text_of(found, "author")),
                               SD_JSON_BUILD_PAIR_VARIANT("campaigns", model),
                               SD_JSON_BUILD_PAIR_BOOLEAN(
                                       "has_maps",
                                       sd_json_variant_elements(maps) > 0 &&
                                               sd_json_variant_elements(campaigns) == 0),
                               SD_JSON_BUILD_PAIR_VARIANT("maps", maps));
}

static int addons_to_model(sd_json_variant *found, sd_json_variant **ret) {
        sd_json_variant *addons = json_list(found, "maps");
        int r = sd_json_variant_new_array(ret, NULL, 0);

        for (size_t i = 0; i < sd_json_variant_elements(addons) && r >= 0; i++)
                r = add_addon(sd_json_variant_by_index(addons, i), ret);
        return r;
}

static int findings_to_model(sd_json_variant *found, sd_json_variant **ret) {
        sd_json_variant *findings = json_list(found, "findings");
        int r = sd_json_variant_new_array(ret, NULL, 0);

        for (size_t i = 0; i < sd_json_variant_elements(findings) && r >= 0; i++) {
                sd_json_variant *one = sd_json_variant_by_index(findings, i);

                r = sd_json_variant_append_arraybo(
                        ret, SD_JSON_BUILD_PAIR_VARIANT("path", text_of(one, "path")),
                        SD_JSON_BUILD_PAIR_VARIANT("message", text_of(one, "message")));
        }
        return r;
}

/* findings is missing when servers can't use the overlay, which its page says. */
static int show(Request *request, sd_json_variant *found) {
        const char *ref = request_parameter(request, "ref");
        _cleanup_json_ sd_json_variant *model = NULL, *addons = NULL, *findings = NULL;
        uint64_t n_more = json_number(found, "n_more_findings", 0);
        char href[ROUTE_VALUE_MAX + 32];
        int r;

        request_set_title(request, _("Content of %s"), ref);
        (void) snprintf(href, sizeof(href), "/overlays/%s", ref);
        r = addons_to_model(found, &addons);
        if (r >= 0)
                r = findings_to_model(found, &findings);
        if (r >= 0)
                r = sd_json_buildo(
                        &model, SD_JSON_BUILD_PAIR_STRING("ref", ref),
                        SD_JSON_BUILD_PAIR_STRING("href", href),
                        SD_JSON_BUILD_PAIR_VARIANT("addons", addons),
                        SD_JSON_BUILD_PAIR_BOOLEAN(
                                "has_addons", sd_json_variant_elements(addons) > 0),
                        SD_JSON_BUILD_PAIR_VARIANT("findings", findings),
                        SD_JSON_BUILD_PAIR_BOOLEAN(
                                "has_findings", sd_json_variant_elements(findings) > 0),
                        SD_JSON_BUILD_PAIR_BOOLEAN(
                                "is_known", json_list(found, "findings") != NULL),
                        SD_JSON_BUILD_PAIR_BOOLEAN("has_more", n_more > 0));
        return r < 0 ? r : answer_page(request, 200, "overlay-content", model);
}

int page_overlay_content(Request *request) {
        return ask_run(
                request,
                (const char *[]) { "overlay", "show", request_parameter(request, "ref"), "--json",
                                   NULL },
                show);
}
