/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl tree NAME [PATH]: one directory of a server's tree, with the layer that each file comes
 * from. l4d2ctl content NAME: the maps in all its layers, and mistakes in them.
 */

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "common/listing.h"
#include "common/terminal.h"
#include "common/tree-entry.h"
#include "content/layers.h"
#include "layer/effective.h"
#include "spec/overlay-dir.h"
#include "verbs/verbs.h"

#define _cleanup_json_ _cleanup_(sd_json_variant_unrefp)

enum { ENTRIES_MAX = 1000 };

static void warn_unreadable(const LayerList *layers) {
        for (size_t i = 0; i < layers->n; i++)
                if (layers->items[i].error < 0)
                        log_warning(
                                "The layer '%s' is left out: %s", layer_label(&layers->items[i]),
                                layers->items[i].error == -EACCES
                                        ? _("you have no right to read it")
                                        : overlay_error_message(layers->items[i].error));
}

/* --- tree ------------------------------------------------------------------------------------- */

static int compare_for_people(const void *a, const void *b) {
        const EffectiveEntry *one = a, *other = b;
        int by_type = (int) S_ISDIR(other->st.st_mode) - (int) S_ISDIR(one->st.st_mode);

        return by_type != 0 ? by_type : strcmp(one->name, other->name);
}

static size_t n_shown(const EffectiveList *list) {
        return list->n_items < ENTRIES_MAX ? list->n_items : ENTRIES_MAX;
}

static int entry_to_json(
        const EffectiveEntry *entry, const LayerList *layers, sd_json_variant **array) {
        _cleanup_json_ sd_json_variant *object = NULL;
        int r;

        r = tree_entry_to_json(entry->name, &entry->st, &object);
        if (r >= 0)
                r = sd_json_variant_set_field_unsigned(&object, "layer", entry->layer);
        if (r >= 0)
                r = sd_json_variant_set_field_string(
                        &object, "layer_name", layer_label(&layers->items[entry->layer]));
        if (r >= 0)
                r = sd_json_variant_set_field_unsigned(&object, "n_layers", entry->n_layers);
        if (r >= 0)
                r = sd_json_variant_set_field_boolean(&object, "hides", entry->n_hidden > 0);
        if (r >= 0 && entry->n_hidden > 0)
                r = sd_json_variant_set_field_unsigned(
                        &object, "hidden_layer", entry->hidden_layer);
        if (r >= 0 && entry->n_hidden > 0)
                r = sd_json_variant_set_field_string(
                        &object, "hidden_layer_name",
                        layer_label(&layers->items[entry->hidden_layer]));
        return r < 0 ? r : sd_json_variant_append_array(array, object);
}

static int print_as_json(
        const char *name, const char *path, const LayerList *layers, const EffectiveList *list) {
        _cleanup_json_ sd_json_variant *object = NULL, *entries = NULL, *layer_array = NULL;
        int r;

        r = layers_to_json(layers, &layer_array);
        if (r >= 0)
                r = sd_json_variant_new_array(&entries, NULL, 0);
        for (size_t i = 0; i < n_shown(list) && r >= 0; i++)
                r = entry_to_json(&list->items[i], layers, &entries);
        if (r >= 0)
                r = sd_json_buildo(
                        &object, SD_JSON_BUILD_PAIR_STRING("server", name),
                        SD_JSON_BUILD_PAIR_STRING("path", path),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_mounted", layers->is_mounted),
                        SD_JSON_BUILD_PAIR_VARIANT("layers", layer_array),
                        SD_JSON_BUILD_PAIR_VARIANT("entries", entries),
                        SD_JSON_BUILD_PAIR_UNSIGNED("n_hidden", list->n_items - n_shown(list)));
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the directory");
                return CTL_FAILURE;
        }
        return print_json(object);
}

static int list_entry(Listing *listing, const EffectiveEntry *entry, const LayerList *layers) {
        char size[SIZE_TEXT_MAX] = "";

        if (S_ISREG(entry->st.st_mode))
                (void) size_format((uint64_t) entry->st.st_size, size);
        return listing_add(
                listing,
                (const char *[]) {
                        tree_entry_type(entry->st.st_mode),
                        size,
                        layer_label(&layers->items[entry->layer]),
                        entry->n_hidden > 0 ? layer_label(&layers->items[entry->hidden_layer])
                                            : NULL,
                        entry->name,
                });
}

static int print_as_table(const LayerList *layers, const EffectiveList *list) {
        static const ListingColumn columns[] = { { N_("TYPE"), false },  { N_("SIZE"), true },
                                                 { N_("LAYER"), false }, { N_("HIDES"), false },
                                                 { N_("NAME"), false },  {} };
        _cleanup_(listing_freep) Listing *listing = NULL;
        int r;

        r = listing_new(columns, &listing);
        for (size_t i = 0; i < n_shown(list) && r >= 0; i++)
                r = list_entry(listing, &list->items[i], layers);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the directory");
                return CTL_FAILURE;
        }
        r = listing_print(listing);
        if (list->n_items > n_shown(list))
                log_notice("%zu more are not shown", list->n_items - n_shown(list));
        return r;
}

/* Without "./" and slashes around it. */
static char *clean_path(const char *path) {
        size_t n;

        while (strncmp(path, "./", 2) == 0)
                path += 2;
        path += strspn(path, "/");
        for (n = strlen(path); n > 0 && path[n - 1] == '/';)
                n--;
        return n == 1 && path[0] == '.' ? strdup("") : strndup(path, n);
}

static int complain(const char *name, const char *path, int error) {
        log_error(
                "Failed to list '%s' in the tree of '%s': %s", path, name,
                error == -ELOOP    ? _("a link is on the way")
                : error == -EINVAL ? _("it is not a path below the tree")
                                   : strerror(-error));
        return error == -ENOENT ? CTL_NO_INSTANCE : CTL_FAILURE;
}

int verb_tree(Ctl *ctl) {
        _cleanup_free_ char *path = clean_path(ctl->n_operands > 1 ? ctl->operands[1] : "");
        _cleanup_(layers_done) LayerList layers = {};
        _cleanup_(effective_dir_done) EffectiveDir dir = {};
        _cleanup_(effective_list_clear) EffectiveList list = {};
        const Ctl named = { .operands = ctl->operands, .n_operands = 1 };
        const char *name = ctl->operands[0];
        int r;

        if (!path)
                return CTL_FAILURE;
        r = ctl_check_names(&named, 0);
        if (r == CTL_OK)
                r = layers_of_server(ctl, name, &layers);
        if (r != CTL_OK)
                return r;
        r = effective_open(layers.fds, layers.n, path, &dir);
        if (r >= 0)
                r = effective_list(&dir, &list);
        if (r < 0)
                return complain(name, path, r);
        if (list.n_items > 0)
                qsort(list.items, list.n_items, sizeof(*list.items), compare_for_people);
        if (ctl->options.json)
                return print_as_json(name, path, &layers, &list);
        warn_unreadable(&layers);
        return print_as_table(&layers, &list);
}

/* --- content ---------------------------------------------------------------------------------- */

static int print_content_as_json(
        const char *name, const LayerList *layers, const ContentReport *report) {
        _cleanup_json_ sd_json_variant *object = NULL, *layer_array = NULL;
        int r;

        r = layers_to_json(layers, &layer_array);
        if (r >= 0)
                r = sd_json_buildo(
                        &object, SD_JSON_BUILD_PAIR_STRING("server", name),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_mounted", layers->is_mounted),
                        SD_JSON_BUILD_PAIR_VARIANT("layers", layer_array));
        if (r >= 0)
                r = content_to_json(report, layers, &object);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the content of '%s'", name);
                return CTL_FAILURE;
        }
        return print_json(object);
}

int verb_content(Ctl *ctl) {
        _cleanup_(layers_done) LayerList layers = {};
        _cleanup_(content_report_clear) ContentReport report = {};
        const char *name = ctl->operands[0];
        int r;

        r = ctl_check_names(ctl, 0);
        if (r == CTL_OK)
                r = layers_of_server(ctl, name, &layers);
        if (r == CTL_OK)
                r = content_of_layers(ctl, &layers, &report);
        if (r != CTL_OK)
                return r;
        if (ctl->options.json)
                return print_content_as_json(name, &layers, &report);
        warn_unreadable(&layers);
        return content_print(&report, &layers) < 0 ? CTL_FAILURE : CTL_OK;
}
