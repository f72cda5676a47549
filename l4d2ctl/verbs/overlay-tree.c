/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* l4d2ctl overlay tree REF [PATH]: a directory of an overlay's current version. */

#include <fcntl.h>

#include "base/log.h"
#include "base/text.h"
#include "common/listing.h"
#include "common/terminal.h"
#include "common/tree-entry.h"
#include "content/tree-list.h"
#include "spec/overlay-dir.h"
#include "verbs/overlays.h"
#include "verbs/verbs.h"

enum { ENTRIES_MAX = 1000 };

static size_t n_shown(const Ctl *ctl, const EffectiveList *list) {
        return ctl->options.recursive || list->n_items < ENTRIES_MAX ? list->n_items : ENTRIES_MAX;
}

/* The game has a file of this path, which servers don't see then. */
static int entry_to_json(const EffectiveEntry *entry, sd_json_variant **ret) {
        int r = tree_entry_to_json(entry->name, &entry->st, ret);

        return r < 0 ? r
                     : sd_json_variant_set_field_boolean(ret, "hides_game", entry->n_hidden > 0);
}

static int print_as_json(Ctl *ctl, int root_fd, const TreeList *tree) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL, *object = NULL,
                                                          *overlay = NULL;
        const EffectiveList *list = &tree->entries;
        size_t n = n_shown(ctl, list);
        int r;

        r = overlay_describe(ctl, root_fd, ctl->operands[0], &overlay);
        if (r != CTL_OK)
                return r;
        r = sd_json_variant_new_array(&array, NULL, 0);
        for (size_t i = 0; i < n && r >= 0; i++) {
                _cleanup_(sd_json_variant_unrefp) sd_json_variant *entry = NULL;

                r = entry_to_json(&list->items[i], &entry);
                if (r >= 0)
                        r = sd_json_variant_append_array(&array, entry);
        }
        if (r >= 0)
                r = sd_json_buildo(
                        &object, SD_JSON_BUILD_PAIR_VARIANT("overlay", overlay),
                        SD_JSON_BUILD_PAIR_VARIANT("entries", array),
                        SD_JSON_BUILD_PAIR_UNSIGNED("n_hidden", list->n_items - n),
                        SD_JSON_BUILD_PAIR_UNSIGNED("n_unlisted", tree->n_unlisted),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_cut", list->is_cut));
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the directory");
                return CTL_FAILURE;
        }
        return print_json(object);
}

static int print_as_table(const Ctl *ctl, const TreeList *tree) {
        static const ListingColumn columns[] = {
                { N_("TYPE"), false }, { N_("SIZE"), true }, { N_("NAME"), false }, {}
        };
        _cleanup_(listing_freep) Listing *listing = NULL;
        const EffectiveList *list = &tree->entries;
        size_t n = n_shown(ctl, list);
        int r;

        r = listing_new(columns, &listing);
        for (size_t i = 0; i < n && r >= 0; i++) {
                const struct stat *st = &list->items[i].st;
                char size[SIZE_TEXT_MAX] = "";

                if (S_ISREG(st->st_mode))
                        (void) size_format((uint64_t) st->st_size, size);
                /* libsmartcols makes control bytes visible itself. */
                r = listing_add(
                        listing, (const char *[]) { tree_entry_type(st->st_mode), size,
                                                    list->items[i].name });
        }
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

/* With the game as the layer below it, where that has the directory. */
static int open_directory(const Ctl *ctl, int fd, const char *path, EffectiveDir *ret) {
        _cleanup_close_ int installation_fd = -EBADF, game_fd = -EBADF;
        _cleanup_(effective_dir_done) EffectiveDir alone = {};
        _cleanup_free_ char *version = NULL;
        int r;

        r = effective_open(&fd, 1, path, &alone);
        if (r < 0)
                return r;
        installation_fd = open(ctl->paths->installation_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (installation_fd < 0 ||
            overlay_dir_open_current(installation_fd, &game_fd, &version) < 0 ||
            effective_open((const int[]) { fd, game_fd }, 2, path, ret) < 0) {
                *ret = alone;
                alone = (EffectiveDir) {};
        }
        return 0;
}

static int read_directory(const Ctl *ctl, int fd, const char *path, TreeList *ret) {
        _cleanup_(effective_dir_done) EffectiveDir dir = {};
        int r;

        r = open_directory(ctl, fd, path, &dir);
        return r < 0 ? r : tree_list_read(&dir, 1, ctl->options.recursive, ret);
}

static int complain(const char *ref, const char *path, int error) {
        log_error(
                "'%s' of the overlay '%s' %s", path, ref,
                error == -EINVAL ? _("is not a path below it") : overlay_error_message(error));
        return error == -ENOENT ? CTL_NO_INSTANCE : CTL_FAILURE;
}

int overlay_tree(Ctl *ctl) {
        _cleanup_free_ char *path =
                tree_list_clean_path(ctl->n_operands > 1 ? ctl->operands[1] : "");
        _cleanup_(tree_list_clear) TreeList list = {};
        _cleanup_close_ int root_fd = -EBADF, fd = -EBADF;
        _cleanup_free_ char *version = NULL;
        const char *ref = ctl->operands[0];
        bool is_new;
        int r;

        if (!path)
                return CTL_FAILURE;
        r = overlay_open_root(ctl, &root_fd);
        if (r != CTL_OK)
                return r;
        r = overlay_dir_open(root_fd, ref, &fd, &version);
        is_new = r == -ENODATA && path[0] == '\0';
        if (r < 0 && !is_new)
                return overlay_complain(ctl, ref, r);
        r = is_new ? 0 : read_directory(ctl, fd, path, &list);
        if (r < 0)
                return complain(ref, path, r);
        if (ctl->options.json)
                return print_as_json(ctl, root_fd, &list);
        if (is_new) {
                log_notice("The overlay '%s' has no version yet, and so no files", ref);
                return CTL_OK;
        }
        return print_as_table(ctl, &list);
}
