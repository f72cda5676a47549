/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A directory of a server's tree, read-only, with the layer that each file comes from. */

#include <string.h>

#include "app/answer.h"
#include "app/query.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time-text.h"
#include "pages/overlay-page.h"
#include "pages/pages.h"
#include "pages/tree-path.h"
#include "view/model.h"

enum { BASE_MAX = ROUTE_VALUE_MAX + 32 };

/* The words for a layer; NULL: there is none of this number. */
static const char *layer_label(sd_json_variant *found, uint64_t number) {
        sd_json_variant *layers = json_list(found, "layers");
        sd_json_variant *layer = number < sd_json_variant_elements(layers)
                                         ? sd_json_variant_by_index(layers, number)
                                         : NULL;
        const char *kind = layer ? json_text(layer, "kind") : NULL;

        if (!kind || strcmp(kind, "overlay") == 0)
                return layer ? json_text(layer, "name") : NULL;
        return strcmp(kind, "game") == 0     ? _("the game")
               : strcmp(kind, "server") == 0 ? _("written by the server")
                                             : _("made from its spec");
}

/* Labels of the layers that l4d2ctl could not look into. */
static int unreadable_to_model(sd_json_variant *found, sd_json_variant **ret) {
        sd_json_variant *layers = json_list(found, "layers");
        int r = sd_json_variant_new_array(ret, NULL, 0);

        for (size_t i = 0; i < sd_json_variant_elements(layers) && r >= 0; i++)
                if (!json_is_true(sd_json_variant_by_index(layers, i), "is_readable"))
                        r = sd_json_variant_append_arrayb(
                                ret, SD_JSON_BUILD_STRING(layer_label(found, i)));
        return r;
}

static int entry_href(const char *base, const char *path, const char *name, char **ret) {
        _cleanup_free_ char *below = NULL;

        if (asprintf(&below, "%s%s%s", path, path[0] ? "/" : "", name) < 0)
                return -ENOMEM;
        return tree_href(base, below, strlen(below), ret);
}

/* A directory whose name can't be asked for is shown as one that can't be opened. */
static int add_entry(
        sd_json_variant *found, const char *base, const char *path, sd_json_variant *entry,
        sd_json_variant **list) {
        const char *name = json_text(entry, "name"), *type = json_text(entry, "type");
        uint64_t changed = json_number(entry, "changed_usec", 0);
        _cleanup_json_ sd_json_variant *size = NULL, *time = NULL;
        _cleanup_free_ char *href = NULL;
        bool is_directory;
        int r;

        if (!name || !type)
                return -EIO;
        is_directory = strcmp(type, "directory") == 0 && json_is_true(entry, "is_plain");
        r = is_directory ? entry_href(base, path, name, &href) : 0;
        if (r >= 0)
                r = model_size(json_number(entry, "size_bytes", UINT64_MAX), &size);
        if (r >= 0)
                r = model_time(changed, now_realtime(), &time);
        return r < 0 ? r
                     : sd_json_variant_append_arraybo(
                               list, SD_JSON_BUILD_PAIR_STRING("name", name),
                               SD_JSON_BUILD_PAIR_STRING("href", href),
                               SD_JSON_BUILD_PAIR_BOOLEAN("is_directory", is_directory),
                               SD_JSON_BUILD_PAIR_BOOLEAN("is_file", strcmp(type, "file") == 0),
                               SD_JSON_BUILD_PAIR_STRING("size_text", json_text(size, "text")),
                               SD_JSON_BUILD_PAIR_VARIANT("changed", time),
                               SD_JSON_BUILD_PAIR_STRING(
                                       "layer",
                                       layer_label(found, json_number(entry, "layer", UINT64_MAX))),
                               SD_JSON_BUILD_PAIR_STRING(
                                       "hides",
                                       json_is_true(entry, "hides")
                                               ? layer_label(
                                                         found,
                                                         json_number(
                                                                 entry, "hidden_layer", UINT64_MAX))
                                               : NULL));
}

static int entries_to_model(
        sd_json_variant *found, const char *base, const char *path, sd_json_variant **ret) {
        sd_json_variant *entries = json_list(found, "entries");
        int r = sd_json_variant_new_array(ret, NULL, 0);

        for (size_t i = 0; i < sd_json_variant_elements(entries) && r >= 0; i++)
                r = add_entry(found, base, path, sd_json_variant_by_index(entries, i), ret);
        return r;
}

static int show(Request *request, sd_json_variant *found) {
        const char *name = request_parameter(request, "name");
        _cleanup_json_ sd_json_variant *model = NULL, *crumbs = NULL, *entries = NULL,
                                       *unreadable = NULL;
        uint64_t n_hidden = json_number(found, "n_hidden", 0);
        bool is_truncated = n_hidden > 0;
        char path[ROUTE_PATH_MAX], base[BASE_MAX];
        _cleanup_free_ char *parent = NULL;
        int r;

        overlay_path_of(request, path);
        (void) snprintf(base, sizeof(base), "/servers/%s/files", name);
        request_set_title(request, _("Files of %s"), name);
        r = tree_crumbs(base, name, path, &crumbs);
        if (r >= 0)
                r = tree_parent_href(base, path, &parent);
        if (r >= 0)
                r = entries_to_model(found, base, path, &entries);
        if (r >= 0)
                r = unreadable_to_model(found, &unreadable);
        if (r >= 0)
                r = sd_json_buildo(
                        &model, SD_JSON_BUILD_PAIR_STRING("name", name),
                        SD_JSON_BUILD_PAIR_STRING("path", path),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_mounted", json_is_true(found, "is_mounted")),
                        SD_JSON_BUILD_PAIR_VARIANT("crumbs", crumbs),
                        SD_JSON_BUILD_PAIR_STRING("parent_href", parent),
                        SD_JSON_BUILD_PAIR_VARIANT("unreadable", unreadable),
                        SD_JSON_BUILD_PAIR_VARIANT("entries", entries),
                        SD_JSON_BUILD_PAIR_BOOLEAN(
                                "has_entries", sd_json_variant_elements(entries) > 0),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_truncated", is_truncated),
                        SD_JSON_BUILD_PAIR_BOOLEAN(
                                "is_cut", is_truncated && json_is_true(found, "is_cut")),
                        SD_JSON_BUILD_PAIR_UNSIGNED("n_hidden", is_truncated ? n_hidden : 0),
                        SD_JSON_BUILD_PAIR_UNSIGNED("n_shown", sd_json_variant_elements(entries)));
        return r < 0 ? r : answer_page(request, 200, "server-tree", model);
}

int page_server_tree(Request *request) {
        char path[ROUTE_PATH_MAX], argument[ROUTE_PATH_MAX + 2];

        overlay_path_of(request, path);
        /* "./" keeps a name that begins with '-' from being an option. */
        (void) snprintf(argument, sizeof(argument), "./%s", path);
        return ask_run(
                request,
                (const char *[]) { "tree", request_parameter(request, "name"), argument, "--json",
                                   NULL },
                show);
}
