/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* l4d2ctl overlay seed: overlays that begin with a definition that left4me ships. */

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/name.h"
#include "base/text.h"
#include "common/audit-log.h"
#include "common/listing.h"
#include "common/messages.h"
#include "content/definition-file.h"
#include "content/store.h"
#include "layer/overlay-store.h"
#include "verbs/overlays.h"

static int open_recipes(const Ctl *ctl, int *ret) {
        *ret = open(ctl->paths->recipes_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (*ret < 0) {
                (void) log_error_errno(-errno, "Failed to open %s", ctl->paths->recipes_dir);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

/* --- listing ------------------------------------------------------------------------------------
 */

static int add_recipe(Listing *listing, int recipes_fd, const char *name) {
        _cleanup_(definition_freep) OverlayDefinition *definition = NULL;
        _cleanup_close_ int fd = open_beneath(recipes_fd, name, O_RDONLY | O_DIRECTORY);
        SpecErrors errors = {};
        int r = fd < 0 ? fd : definition_load(fd, 0, name, &errors, &definition);

        messages_write_errors(&errors);
        spec_errors_clear(&errors);
        if (r < 0)
                return r;
        return listing_add(
                listing, (const char *[]) { name, overlay_kind_to_string(definition->kind),
                                            definition->description });
}

static int list_recipes(const Ctl *ctl, int recipes_fd) {
        static const ListingColumn columns[] = {
                { N_("RECIPE"), false },
                { N_("KIND"), false },
                { N_("DESCRIPTION"), false },
                {},
        };
        _cleanup_(listing_freep) Listing *listing = NULL;
        _cleanup_(strv_freep) char **names = NULL;
        int r;

        r = overlay_dir_list(recipes_fd, &names);
        if (r >= 0)
                r = listing_new(columns, &listing);
        for (size_t i = 0; r >= 0 && names[i]; i++)
                r = add_recipe(listing, recipes_fd, names[i]);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to list %s", ctl->paths->recipes_dir);
                return CTL_FAILURE;
        }
        return listing_print(listing);
}

/* --- making -------------------------------------------------------------------------------------
 */

typedef struct Recipe {
        const char *name;
        Text definition, script; /* script.data NULL: it has none */
} Recipe;

static void recipe_done(Recipe *recipe) {
        text_done(&recipe->definition);
        text_done(&recipe->script);
}

static int read_recipe(const Ctl *ctl, int recipes_fd, Recipe *ret) {
        const FileLimits limits = { .size_max = DEFINITION_SCRIPT_MAX };
        _cleanup_close_ int fd = -EBADF;
        int r;

        fd = ref_is_valid(ret->name) ? open_beneath(recipes_fd, ret->name, O_RDONLY | O_DIRECTORY)
                                     : -ENOENT;
        if (fd == -ENOENT) {
                log_error("Unknown recipe '%s': 'l4d2ctl overlay seed' lists all", ret->name);
                return CTL_USAGE;
        }
        r = fd < 0 ? fd
                   : read_file_beneath(
                             fd, OVERLAY_FILE, &limits, &ret->definition.data,
                             &ret->definition.size);
        if (r >= 0) {
                r = read_file_beneath(
                        fd, OVERLAY_SCRIPT_FILE, &limits, &ret->script.data, &ret->script.size);
                if (r == -ENOENT)
                        r = 0;
        }
        if (r < 0) {
                log_error(
                        "Failed to read %s/%s: %s", ctl->paths->recipes_dir, ret->name,
                        _(file_error_message(r)));
                return CTL_FAILURE;
        }
        return CTL_OK;
}

int overlay_create_new(Ctl *ctl, const char *ref, Store *ret) {
        int r;

        r = store_open_root(ctl, ref, ret);
        if (r != CTL_OK)
                return r;
        r = overlay_store_create(ret->root_fd, ref);
        if (r == -EEXIST) {
                log_error("Failed to create the overlay '%s': it already exists", ref);
                return CTL_CONFLICT;
        }
        if (r >= 0)
                r = overlay_store_open(ret->root_fd, ref, &ret->fd);
        return r < 0 ? store_complain_about_ref(ret, r) : CTL_OK;
}

static int make(Ctl *ctl, const Recipe *recipe, const char *ref) {
        _cleanup_(store_close) Store store = STORE_INIT;
        int r;

        r = overlay_create_new(ctl, ref, &store);
        if (r == CTL_OK)
                r = store_lock(&store);
        if (r == CTL_OK && recipe->script.data)
                r = definition_script_save(&store, &recipe->script);
        if (r == CTL_OK)
                r = definition_file_save(ctl, &store, &recipe->definition);
        if (r == CTL_OK)
                audit_log_overlay(ref, "seed");
        return r;
}

int overlay_seed(Ctl *ctl) {
        _cleanup_(recipe_done) Recipe recipe = {};
        _cleanup_close_ int fd = -EBADF;
        const char *ref;
        int r;

        if (ctl->options.from && ctl->n_operands != 1) {
                log_error("Name the overlay that is made of '%s'", ctl->options.from);
                return CTL_USAGE;
        }
        if (ctl->options.from)
                return overlay_import(ctl, ctl->operands[0]);
        r = open_recipes(ctl, &fd);
        if (r != CTL_OK)
                return r;
        if (ctl->n_operands == 0)
                return list_recipes(ctl, fd);
        recipe.name = ctl->operands[0];
        ref = ctl->operands[ctl->n_operands - 1];
        r = read_recipe(ctl, fd, &recipe);
        if (r == CTL_OK)
                r = make(ctl, &recipe, ref);
        if (r == CTL_OK)
                log_notice(
                        "The overlay '%s' is there; 'l4d2ctl overlay build %s' gets its content",
                        ref, ref);
        return r;
}
