/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * /servers/NAME/maps: the campaigns and maps in the layers of a server, searched, and one of them
 * to change to. l4d2ctl finds them: add-ons are many and large. All titles come from strangers.
 */

#include <string.h>

#include "app/answer.h"
#include "app/command.h"
#include "app/query.h"
#include "base/json.h"
#include "base/text.h"
#include "base/utf8.h"
#include "game/mission.h"
#include "pages/pages.h"
#include "pages/server-lookup.h"

enum {
        MAPS_SHOWN = 200,
        MAPS_READ = 1000, /* found by the search; each has titles of up to 256 bytes, and all must
                             fit into CHILD_OUTPUT_MAX */
        MODES_SHOWN = 64,
        SEARCH_MAX = 100,
};

typedef struct MapList {
        const char *q, *mode; /* "": all */
        const char *current;  /* the map that the server plays; NULL: unknown */
        sd_json_variant *campaigns, *modes;
        size_t n_read, n_maps, n_shown;
} MapList;

static void map_list_clear(MapList *list) {
        sd_json_variant_unref(list->campaigns);
        sd_json_variant_unref(list->modes);
}

/* --- the model ----------------------------------------------------------------------------------
 */

static int add_map(MapList *list, sd_json_variant *map, sd_json_variant **maps) {
        const char *name = json_text(map, "name");

        if (!name || !map_name_is_valid(name))
                return 0;
        list->n_maps++;
        if (list->n_shown == MAPS_SHOWN)
                return 0;
        list->n_shown++;
        return sd_json_variant_append_arraybo(
                maps, SD_JSON_BUILD_PAIR_STRING("name", name),
                SD_JSON_BUILD_PAIR_STRING("title", json_text(map, "title")),
                SD_JSON_BUILD_PAIR_VARIANT("modes", json_list(map, "modes")),
                SD_JSON_BUILD_PAIR_BOOLEAN(
                        "is_current", list->current && strcmp(list->current, name) == 0));
}

static int add_maps(MapList *list, sd_json_variant *campaign, sd_json_variant **ret) {
        sd_json_variant *maps = json_list(campaign, "maps");
        int r;

        r = sd_json_variant_new_array(ret, NULL, 0);
        for (size_t i = 0; i < sd_json_variant_elements(maps) && r >= 0; i++)
                r = add_map(list, sd_json_variant_by_index(maps, i), ret);
        return r;
}

static int add_campaign(MapList *list, sd_json_variant *campaign) {
        const char *title = json_text(campaign, "title"), *name = json_text(campaign, "name");
        _cleanup_json_ sd_json_variant *maps = NULL;
        int r;

        r = add_maps(list, campaign, &maps);
        if (r < 0 || sd_json_variant_elements(maps) == 0)
                return r;
        return sd_json_variant_append_arraybo(
                &list->campaigns,
                SD_JSON_BUILD_PAIR_STRING(
                        "title", title  ? title
                                 : name ? name
                                        : _("Maps without a campaign")),
                SD_JSON_BUILD_PAIR_STRING("file", json_text(campaign, "file")),
                SD_JSON_BUILD_PAIR_STRING("layer", json_text(campaign, "layer")),
                SD_JSON_BUILD_PAIR_VARIANT("maps", maps));
}

static bool is_listed(const MapList *list, const char *mode) {
        for (size_t i = 0; i < sd_json_variant_elements(list->modes); i++)
                if (strcmp(json_text(sd_json_variant_by_index(list->modes, i), "value"), mode) == 0)
                        return true;
        return false;
}

static int add_mode(MapList *list, const char *mode) {
        if (!map_name_is_valid(mode) || is_listed(list, mode) ||
            sd_json_variant_elements(list->modes) == MODES_SHOWN)
                return 0;
        return sd_json_variant_append_arraybo(
                &list->modes, SD_JSON_BUILD_PAIR_STRING("value", mode),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_selected", strcmp(list->mode, mode) == 0));
}

static int add_modes(MapList *list, sd_json_variant *map) {
        sd_json_variant *modes = json_list(map, "modes");
        int r = 0;

        for (size_t i = 0; i < sd_json_variant_elements(modes) && r >= 0; i++) {
                sd_json_variant *each = sd_json_variant_by_index(modes, i);

                if (sd_json_variant_is_string(each))
                        r = add_mode(list, sd_json_variant_string(each));
        }
        return r;
}

static int collect(MapList *list, sd_json_variant *found) {
        int r;

        r = sd_json_variant_new_array(&list->campaigns, NULL, 0);
        if (r >= 0)
                r = sd_json_variant_new_array(&list->modes, NULL, 0);
        /* Also one that no map has, so that the form says what was asked for. */
        if (r >= 0)
                r = add_mode(list, list->mode);
        for (size_t i = 0; i < sd_json_variant_elements(found) && r >= 0; i++) {
                sd_json_variant *campaign = sd_json_variant_by_index(found, i);
                sd_json_variant *maps = json_list(campaign, "maps");

                list->n_read += sd_json_variant_elements(maps);
                for (size_t j = 0; j < sd_json_variant_elements(maps) && r >= 0; j++)
                        r = add_modes(list, sd_json_variant_by_index(maps, j));
                if (r >= 0)
                        r = add_campaign(list, campaign);
        }
        return r;
}

/* --- the page -----------------------------------------------------------------------------------
 */

static const char *asked(const Request *request, const char *key) {
        const char *value = request_query(request, key);

        return value && strlen(value) <= SEARCH_MAX ? value : "";
}

static int show(Request *request, sd_json_variant *found) {
        _cleanup_(map_list_clear) MapList list = {
                .q = asked(request, "q"),
                .mode = asked(request, "mode"),
        };
        _cleanup_json_ sd_json_variant *model = NULL, *object = NULL;
        const LiveState *live;
        Server *server;
        int r;

        server = page_find_server(request, &r);
        if (!server)
                return r;
        request_set_title(request, _("Maps of %s"), server_name(server));
        live = server_live_is_old(server) ? NULL : server_get_live(server);
        list.current = live && live->status.map[0] != '\0' ? live->status.map : NULL;

        r = server_to_model(server, &object);
        if (r >= 0)
                r = collect(&list, sd_json_variant_is_array(found) ? found : NULL);
        if (r < 0)
                return r;
        r = sd_json_buildo(
                &model, SD_JSON_BUILD_PAIR_VARIANT("server", object),
                SD_JSON_BUILD_PAIR_OBJECT(
                        "query", SD_JSON_BUILD_PAIR_STRING("q", list.q),
                        SD_JSON_BUILD_PAIR_STRING("mode", list.mode),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_empty", !*list.q && !*list.mode)),
                SD_JSON_BUILD_PAIR_VARIANT("modes", list.modes),
                SD_JSON_BUILD_PAIR_VARIANT("campaigns", list.campaigns),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_maps", list.n_maps > 0),
                SD_JSON_BUILD_PAIR_UNSIGNED("n_maps", list.n_maps),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_cut", list.n_maps > list.n_shown),
                /* l4d2ctl found further ones, which it left out. */
                SD_JSON_BUILD_PAIR_BOOLEAN("has_more", list.n_read == MAPS_READ),
                SD_JSON_BUILD_PAIR_UNSIGNED("n_shown", list.n_shown));
        return r < 0 ? r : answer_page(request, 200, "maps", model);
}

int page_maps(Request *request) {
        const char *name = request_parameter(request, "name");
        char grep[SEARCH_MAX + sizeof("--grep=")], mode[SEARCH_MAX + sizeof("--mode=")], limit[32];
        int r;

        if (!page_find_server(request, &r))
                return r;
        (void) snprintf(grep, sizeof(grep), "--grep=%s", asked(request, "q"));
        (void) snprintf(limit, sizeof(limit), "--limit=%d", MAPS_READ);
        (void) snprintf(mode, sizeof(mode), "--mode=%s", asked(request, "mode"));
        return ask_run(
                request,
                (const char *[]) { "map", "--list", "--json", limit, grep, mode, "--", name, NULL },
                show);
}

/* --- the change ---------------------------------------------------------------------------------
 */

/* --no-wait: a large map takes a minute to load, and the page shows the map that is played. */
int post_maps(Request *request) {
        const char *name = request_parameter(request, "name");
        const char *map = request_field(request, "map"), *mode = request_field(request, "mode");
        char done[256], failed[256], location[INSTANCE_NAME_MAX + 32];

        if (mode && mode[0] == '\0')
                mode = NULL;
        if (!map || !map_name_is_valid(map) || (mode && !map_name_is_valid(mode)))
                return answer_failed(
                        request, 422, _("Not a map or a mode of the game."), NULL, page_maps);
        (void) snprintf(done, sizeof(done), _("'%s' changes its map to '%s'."), name, map);
        (void) snprintf(failed, sizeof(failed), _("Failed to change the map of '%s'."), name);
        (void) snprintf(location, sizeof(location), "/servers/%s/maps", name);
        return action_run(
                request, &(Action) {
                                 .arguments = (const char *[]) { "map", "--no-wait", "--", name,
                                                                 map, mode, NULL },
                                 .location = location,
                                 .done = done,
                                 .failed = failed,
                                 .again = page_maps,
                         });
}
