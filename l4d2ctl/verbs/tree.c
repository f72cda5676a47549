/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl tree NAME [PATH]: a directory of a server's tree, with the layer that each file comes
 * from. l4d2ctl content NAME: the maps in all its layers, and mistakes in them.
 */

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "common/listing.h"
#include "common/terminal.h"
#include "common/tree-entry.h"
#include "content/layers.h"
#include "content/tree-list.h"
#include "content/written-layer.h"
#include "spec/overlay-dir.h"
#include "specs/actor.h"
#include "verbs/verbs.h"

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

static size_t n_shown(const Ctl *ctl, const EffectiveList *list) {
        return ctl->options.recursive || list->n_items < ENTRIES_MAX ? list->n_items : ENTRIES_MAX;
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
        const Ctl *ctl, const char *path, const LayerList *layers, const TreeList *tree) {
        _cleanup_json_ sd_json_variant *object = NULL, *entries = NULL, *layer_array = NULL;
        const EffectiveList *list = &tree->entries;
        size_t n = n_shown(ctl, list);
        int r;

        r = layers_to_json(layers, &layer_array);
        if (r >= 0)
                r = sd_json_variant_new_array(&entries, NULL, 0);
        for (size_t i = 0; i < n && r >= 0; i++)
                r = entry_to_json(&list->items[i], layers, &entries);
        if (r >= 0)
                r = sd_json_buildo(
                        &object, SD_JSON_BUILD_PAIR_STRING("server", ctl->operands[0]),
                        SD_JSON_BUILD_PAIR_STRING("path", path),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_mounted", layers->is_mounted),
                        SD_JSON_BUILD_PAIR_VARIANT("layers", layer_array),
                        SD_JSON_BUILD_PAIR_VARIANT("entries", entries),
                        SD_JSON_BUILD_PAIR_UNSIGNED("n_hidden", list->n_items - n),
                        SD_JSON_BUILD_PAIR_UNSIGNED("n_unlisted", tree->n_unlisted),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_cut", list->is_cut));
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

static int print_as_table(const Ctl *ctl, const LayerList *layers, const TreeList *tree) {
        static const ListingColumn columns[] = { { N_("TYPE"), false },  { N_("SIZE"), true },
                                                 { N_("LAYER"), false }, { N_("HIDES"), false },
                                                 { N_("NAME"), false },  {} };
        _cleanup_(listing_freep) Listing *listing = NULL;
        const EffectiveList *list = &tree->entries;
        size_t n = n_shown(ctl, list);
        int r;

        r = listing_new(columns, &listing);
        for (size_t i = 0; i < n && r >= 0; i++)
                r = list_entry(listing, &list->items[i], layers);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the directory");
                return CTL_FAILURE;
        }
        r = listing_print(listing);
        if (list->n_items > n)
                log_notice("%zu more are not shown", list->n_items - n);
        tree_list_warn(tree);
        return r;
}

static int complain(const char *name, const char *path, int error) {
        log_error(
                "Failed to list '%s' in the tree of '%s': %s", path, name,
                error == -ELOOP    ? _("a link is on the way")
                : error == -EINVAL ? _("it is not a path below the tree")
                                   : strerror(-error));
        return error == -ENOENT ? CTL_NO_INSTANCE : CTL_FAILURE;
}

/* The layer that the server wrote, when only left4me-written@.service can look into it. */
static ContentLayer *find_closed(const Ctl *ctl, const LayerList *layers) {
        bool is_closed = !ctl->options.recursive && layers->n > 0 &&
                         strcmp(layers->items[0].kind, "server") == 0 &&
                         layers->items[0].error == -EACCES;

        return is_closed ? &layers->items[0] : NULL;
}

/* Lists a directory of the layers, with what the server wrote on top. */
static int read_covered(
        const Ctl *ctl, const LayerList *layers, uint64_t since, const char *path, TreeList *ret) {
        _cleanup_(effective_list_clear) EffectiveList top = {};
        _cleanup_(effective_dir_done) EffectiveDir dir = {};
        ContentLayer *closed = find_closed(ctl, layers);
        int r, asked = 0;

        if (closed) {
                asked = written_layer_read(ctl, ctl->operands[0], since, path, &top);
                if (asked == -ENOMEM)
                        return asked;
                closed->error = asked < 0 && asked != -EPERM ? asked : 0;
        }
        r = effective_open(layers->fds, layers->n, path, &dir);
        /* It may have made the directory, also in the place of something else. */
        if ((r == -ENOENT || r == -ENOTDIR || r == -ELOOP) && (asked > 0 || asked == -EFBIG))
                r = 0;
        if (r >= 0)
                r = tree_list_read(&dir, dir.n, ctl->options.recursive, ret);
        /* It removed the directory, or has something else in its place. */
        if (r >= 0 && asked == -EPERM)
                return -ENOENT;
        return r < 0 || !closed || asked < 0 ? r : tree_list_cover(ret, &top);
}

int verb_tree(Ctl *ctl) {
        _cleanup_free_ char *path =
                tree_list_clean_path(ctl->n_operands > 1 ? ctl->operands[1] : "");
        _cleanup_(layers_done) LayerList layers = {};
        _cleanup_(tree_list_clear) TreeList list = {};
        const Ctl named = { .operands = ctl->operands, .n_operands = 1 };
        const char *name = ctl->operands[0];
        uint64_t since = 0;
        int r;

        if (!path)
                return CTL_FAILURE;
        r = ctl_check_names(&named, 0);
        if (r == CTL_OK)
                r = layers_of_server(ctl, name, &layers);
        if (r == CTL_OK && find_closed(ctl, &layers))
                r = actor_see_since(ctl, name, &since);
        if (r != CTL_OK)
                return r;
        r = read_covered(ctl, &layers, since, path, &list);
        if (r < 0)
                return complain(name, path, r);
        if (ctl->options.json)
                return print_as_json(ctl, path, &layers, &list);
        warn_unreadable(&layers);
        return print_as_table(ctl, &layers, &list);
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
