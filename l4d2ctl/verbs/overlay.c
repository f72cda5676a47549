/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* l4d2ctl overlay list|show: the overlays there are, how much room each takes, and who uses it. */

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/name.h"
#include "base/text.h"
#include "base/tree-size.h"
#include "common/listing.h"
#include "common/terminal.h"
#include "content/layers.h"
#include "content/store.h"
#include "layer/overlay-readable.h"
#include "spec/overlay-dir.h"
#include "spec/state-dir.h"
#include "verbs/overlays.h"
#include "verbs/verbs.h"

enum { REF_MAX = REF_COMPONENTS_MAX * (REF_COMPONENT_MAX + 1) };

/* The facts about one overlay. */
typedef struct Overlay {
        const char *ref;
        int error;                     /* why servers can't use it, 0: they can */
        char *version;                 /* "versions/ID", NULL: it is plain */
        TreeSize size;                 /* of all versions together */
        OverlayDefinition *definition; /* NULL: it has errors, or can't be read */
        char *unreadable; /* the part that servers can't read, and the command that fixes it; or
                           * NULL */
} Overlay;

static void overlay_done(Overlay *overlay) {
        free(overlay->version);
        overlay->definition = definition_free(overlay->definition);
        free(overlay->unreadable);
}

static const char *overlay_problem(const Overlay *overlay) {
        return overlay->error < 0 ? overlay_error_message(overlay->error) : overlay->unreadable;
}

int overlay_open_root(const Ctl *ctl, int *ret_fd) {
        *ret_fd = open(ctl->paths->overlays_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (*ret_fd < 0) {
                (void) log_error_errno(-errno, "Failed to open %s", ctl->paths->overlays_dir);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

static int look_for_unreadable(int fd, Overlay *overlay) {
        _cleanup_(unreadable_done) Unreadable found = {};
        int r;

        r = overlay_find_unreadable(fd, &found);
        if (r < 0 || !found.path)
                return r == -ENOMEM ? r : 0;
        if (asprintf(
                    &overlay->unreadable,
                    found.is_directory ? _("servers can't read its directory %s: chmod -R o+rX")
                                       : _("servers can't read its file %s: chmod -R o+rX"),
                    found.path) < 0) {
                overlay->unreadable = NULL;
                return -ENOMEM;
        }
        return 0;
}

/* Without staging/, which only the overlay's owner can read. */
int overlay_size(int root_fd, const char *ref, TreeSize *ret) {
        _cleanup_close_ int fd = open_beneath(root_fd, ref, O_PATH | O_DIRECTORY);
        int r = fd < 0 ? fd : overlay_dir_has_versions(fd);

        if (r <= 0)
                return r < 0 ? r : tree_size(root_fd, ref, ret);
        r = tree_size(fd, "versions", ret);
        return r == -ENOENT ? 0 : r;
}

/* Its errors are for those who change or build it. */
static int read_definition(const Ctl *ctl, int root_fd, Overlay *overlay) {
        _cleanup_close_ int fd = open_beneath(root_fd, overlay->ref, O_RDONLY | O_DIRECTORY);
        SpecErrors errors = {};
        int r;

        if (fd < 0)
                return 0;
        r = definition_load(
                fd, state_owner(ctl->paths), OVERLAY_FILE, &errors, &overlay->definition);
        spec_errors_clear(&errors);
        return r == -ENOMEM ? r : 0;
}

/* Never fails for what is wrong with the overlay itself: that is to be shown. */
static int look_at(const Ctl *ctl, int root_fd, const char *ref, Overlay *ret) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        *ret = (Overlay) { .ref = ref };
        ret->error = overlay_dir_open(root_fd, ref, &fd, &ret->version);
        if (ret->error == -ENOENT || ret->error == -EINVAL)
                return 0;
        r = read_definition(ctl, root_fd, ret);
        if (r < 0)
                return r;
        r = overlay_size(root_fd, ref, &ret->size);
        if (r < 0 && ret->error == 0)
                ret->error = r;
        if (r == -ENOMEM || fd < 0)
                return r == -ENOMEM ? r : 0;
        return look_for_unreadable(fd, ret);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static int add_unless_zero(sd_json_variant **object, const char *key, uint64_t value) {
        return value == 0 ? sd_json_variant_set_fieldb(object, key, SD_JSON_BUILD_NULL)
                          : sd_json_variant_set_field_unsigned(object, key, value);
}

static int overlay_to_json(
        const Overlay *overlay, const OverlayUsers *users, const char *directory,
        sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL, *servers = NULL,
                                                          *blueprints = NULL;
        const OverlayDefinition *definition = overlay->definition;
        bool missing = overlay->error == -ENOENT;
        int r;

        r = overlay_users_to_json(users, overlay->ref, &servers, &blueprints);
        if (r < 0)
                return r;
        r = sd_json_buildo(
                &object, SD_JSON_BUILD_PAIR_STRING("ref", overlay->ref),
                SD_JSON_BUILD_PAIR_STRING("directory", directory),
                SD_JSON_BUILD_PAIR_STRING(
                        "kind", definition ? overlay_kind_to_string(definition->kind) : NULL),
                SD_JSON_BUILD_PAIR_STRING(
                        "description", definition ? definition->description : NULL),
                SD_JSON_BUILD_PAIR_STRING("version", overlay->version),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_missing", missing),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_new", overlay->error == -ENODATA),
                SD_JSON_BUILD_PAIR_STRING("error", overlay_problem(overlay)),
                SD_JSON_BUILD_PAIR_VARIANT("servers", servers),
                SD_JSON_BUILD_PAIR_VARIANT("blueprints", blueprints));
        if (r >= 0 && missing)
                r = sd_json_variant_set_fieldb(&object, "size_bytes", SD_JSON_BUILD_NULL);
        else if (r >= 0)
                r = sd_json_variant_set_field_unsigned(&object, "size_bytes", overlay->size.bytes);
        if (r >= 0)
                r = sd_json_variant_set_field_unsigned(&object, "saved_bytes", overlay->size.saved);
        if (r >= 0)
                r = sd_json_variant_set_field_unsigned(&object, "n_files", overlay->size.n_files);
        if (r >= 0)
                r = add_unless_zero(&object, "changed_usec", overlay->size.changed);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(object);
        return 0;
}

/* --- list and show ---------------------------------------------------------------------------- */

/* Where the rows go: a table, or JSON. */
typedef struct Output {
        Ctl *ctl;
        const OverlayUsers *users;
        Listing *listing;
        sd_json_variant *array;
} Output;

static void output_done(Output *output) {
        listing_free(output->listing);
        sd_json_variant_unref(output->array);
}

static int add_row(Output *output, const Overlay *overlay) {
        char size[SIZE_TEXT_MAX], saved[SIZE_TEXT_MAX], files[24], users[24];
        bool missing = overlay->error == -ENOENT;

        (void) size_format(overlay->size.bytes, size);
        (void) size_format(overlay->size.saved, saved);
        (void) snprintf(files, sizeof(files), "%" PRIu64, overlay->size.n_files);
        (void) snprintf(
                users, sizeof(users), "%zu", overlay_users_count(output->users, overlay->ref));
        return listing_add(
                output->listing, (const char *[]) {
                                         overlay->ref,
                                         missing ? NULL : size,
                                         overlay->size.saved == 0 ? NULL : saved,
                                         missing ? NULL : files,
                                         users,
                                         overlay->version,
                                         overlay_problem(overlay),
                                 });
}

static int add_overlay(Output *output, const Overlay *overlay) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        _cleanup_free_ char *directory = NULL;
        int r;

        if (output->listing)
                return add_row(output, overlay);
        if (asprintf(&directory, "%s/%s", output->ctl->paths->overlays_dir, overlay->ref) < 0)
                return -ENOMEM;
        r = overlay_to_json(overlay, output->users, directory, &object);
        return r < 0 ? r : sd_json_variant_append_array(&output->array, object);
}

static int add_all(Output *output, int root_fd, char *const *refs) {
        int r = 0;

        for (; *refs && r >= 0; refs++) {
                _cleanup_(overlay_done) Overlay overlay = {};

                r = look_at(output->ctl, root_fd, *refs, &overlay);
                if (r >= 0)
                        r = add_overlay(output, &overlay);
        }
        return r;
}

static int print(Ctl *ctl, int root_fd, const OverlayUsers *users, char *const *refs) {
        static const ListingColumn columns[] = {
                { N_("OVERLAY"), false }, { N_("SIZE"), true },
                { N_("SAVED"), true },    { N_("FILES"), true },
                { N_("USERS"), true },    { N_("VERSION"), false },
                { N_("PROBLEM"), false }, {},
        };
        _cleanup_(output_done) Output output = { .ctl = ctl, .users = users };
        int r;

        r = ctl->options.json ? sd_json_variant_new_array(&output.array, NULL, 0)
                              : listing_new(columns, &output.listing);
        if (r >= 0)
                r = add_all(&output, root_fd, refs);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read the overlays");
                return CTL_FAILURE;
        }
        if (!ctl->options.json)
                return listing_print(output.listing);
        return print_json(output.array);
}

static int overlay_list_all(Ctl *ctl) {
        _cleanup_(overlay_users_freep) OverlayUsers *users = NULL;
        _cleanup_(strv_freep) char **refs = NULL;
        _cleanup_close_ int root_fd = -EBADF;
        int r;

        r = overlay_open_root(ctl, &root_fd);
        if (r == CTL_OK)
                r = overlay_users_load(ctl, &users);
        if (r != CTL_OK)
                return r;
        r = overlay_dir_list(root_fd, &refs);
        if (r >= 0)
                r = overlay_users_add_missing(users, &refs);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to list %s", ctl->paths->overlays_dir);
                return CTL_FAILURE;
        }
        return print(ctl, root_fd, users, refs);
}

int overlay_complain(const Ctl *ctl, const char *ref, int error) {
        log_error("%s/%s %s", ctl->paths->overlays_dir, ref, overlay_error_message(error));
        return error == -ENOENT ? CTL_NO_INSTANCE : CTL_FAILURE;
}

int overlay_describe(Ctl *ctl, int root_fd, const char *ref, sd_json_variant **ret) {
        _cleanup_(overlay_users_freep) OverlayUsers *users = NULL;
        _cleanup_(output_done) Output output = { .ctl = ctl };
        char name[REF_MAX], *refs[] = { name, NULL };
        int r;

        r = overlay_users_load(ctl, &users);
        if (r != CTL_OK)
                return r;
        (void) snprintf(name, sizeof(name), "%s", ref);
        output.users = users;
        r = sd_json_variant_new_array(&output.array, NULL, 0);
        if (r >= 0)
                r = add_all(&output, root_fd, refs);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read the overlay '%s'", ref);
                return CTL_FAILURE;
        }

        *ret = sd_json_variant_ref(sd_json_variant_by_index(output.array, 0));
        return CTL_OK;
}

/* Prints the content of an overlay that can be opened, or adds it to an object. */
static int show_content(Ctl *ctl, int root_fd, sd_json_variant **object) {
        _cleanup_(content_report_clear) ContentReport report = {};
        _cleanup_(layers_done) LayerList layers = {};
        int r;

        r = layers_of_overlay(ctl, root_fd, ctl->operands[0], &layers);
        if (r == CTL_OK)
                r = content_of_layers(ctl, &layers, &report);
        if (r != CTL_OK)
                return r;
        r = object ? content_to_json(&report, &layers, object) : content_print(&report, &layers);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the content");
                return CTL_FAILURE;
        }
        return CTL_OK;
}

static int show_as_json(Ctl *ctl, int root_fd, const char *ref, bool is_usable) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        int r;

        r = overlay_describe(ctl, root_fd, ref, &object);
        if (r == CTL_OK && is_usable)
                r = show_content(ctl, root_fd, &object);
        return r == CTL_OK ? print_json(object) : r;
}

/* In the table, only the last column has blanks. */
static int print_facts(const Ctl *ctl, int root_fd, const char *ref, bool has_files) {
        _cleanup_(overlay_done) Overlay overlay = { .ref = ref };
        const char *text;
        int r = read_definition(ctl, root_fd, &overlay);

        if (r < 0) {
                (void) log_error_errno(r, "Failed to read the overlay '%s'", ref);
                return CTL_FAILURE;
        }
        text = overlay.definition ? overlay.definition->description : NULL;
        if (overlay.definition)
                printf(_("\nKind: %s\n"), overlay_kind_to_string(overlay.definition->kind));
        if (text && *text)
                printf(_("Description: %s\n"), text);
        if (has_files)
                printf(_("Files: l4d2ctl overlay tree %s --recursive\n"), ref);
        return CTL_OK;
}

static int overlay_show(Ctl *ctl) {
        _cleanup_(overlay_users_freep) OverlayUsers *users = NULL;
        _cleanup_free_ char *version = NULL;
        _cleanup_close_ int root_fd = -EBADF, fd = -EBADF;
        char *refs[] = { ctl->operands[0], NULL };
        int r, opened;

        r = store_check_ref(refs[0]);
        if (r == CTL_OK)
                r = overlay_open_root(ctl, &root_fd);
        if (r == CTL_OK)
                r = overlay_users_load(ctl, &users);
        if (r != CTL_OK)
                return r;
        opened = overlay_dir_open(root_fd, refs[0], &fd, &version);
        if (opened == -ENOENT)
                return overlay_complain(ctl, refs[0], opened);
        if (ctl->options.json)
                return show_as_json(ctl, root_fd, refs[0], opened >= 0);
        r = print(ctl, root_fd, users, refs);
        if (r == CTL_OK)
                r = print_facts(ctl, root_fd, refs[0], opened >= 0);
        return r == CTL_OK && opened >= 0 ? show_content(ctl, root_fd, NULL) : r;
}

static const Verb actions[] = {
        { "list", "", 0, 0, OPTION_JSON, false, overlay_list_all,
          N_("All overlays, their size and users"), RIGHTS_USER },
        { "show", "REF", 1, 1, OPTION_JSON, false, overlay_show, N_("Show one overlay"),
          RIGHTS_USER },
        { "tree", "REF [PATH]", 1, 2, OPTION_RECURSIVE | OPTION_JSON, false, overlay_tree,
          N_("List a directory of an overlay"), RIGHTS_USER },
        { "create", "REF", 1, 1, OPTION_DESCRIPTION, false, overlay_create,
          N_("Create an empty overlay"), RIGHTS_FIRST_OVERLAY },
        { "put", "REF PATH FILE", 3, 3, OPTION_UNPACK, false, overlay_put,
          N_("Put a file or directory at PATH, '-' for standard input"), RIGHTS_ADMIN },
        { "unpack", "REF UPLOAD [PATH]", 2, 3, OPTION_NO_WAIT, false, overlay_unpack,
          N_("Unpack an archive that was uploaded"), RIGHTS_FIRST_OVERLAY },
        { "get", "REF PATH", 2, 2, OPTIONS_NONE, false, overlay_get,
          N_("Print a file of its current version"), RIGHTS_FIRST_OVERLAY },
        { "zip", "REF [PATH]", 1, 2, OPTIONS_NONE, false, overlay_zip,
          N_("Write a directory of its current version as a zip archive"), RIGHTS_FIRST_OVERLAY },
        { "export", "REF", 1, 1, OPTION_VERSION, false, overlay_export,
          N_("Write a version, with its definition, as a tar archive"), RIGHTS_FIRST_OVERLAY },
        { "rm", "REF PATH", 2, 2, OPTIONS_NONE, false, overlay_rm, N_("Remove a file or directory"),
          RIGHTS_FIRST_OVERLAY },
        { "apply", "REF FILE", 2, 2, OPTIONS_NONE, false, overlay_apply,
          N_("Make all changes of a list one version, '-' for standard input"),
          RIGHTS_FIRST_OVERLAY },
        { "define", "REF [KEY=VALUE...]", 1, OPERANDS_MANY, OPTION_FILE | OPTION_IF_MATCH, false,
          overlay_define, N_("Say where its content comes from"), RIGHTS_FIRST_OVERLAY },
        { "script", "REF FILE", 2, 2, OPTION_IF_MATCH, false, overlay_script,
          N_("Set its build script, '-' for standard input"), RIGHTS_ADMIN },
        { "build", "REF", 1, 1, OPTION_EMPTY | OPTION_JSON | OPTION_NO_WAIT | OPTION_THEN_RESTART,
          false, overlay_build, N_("Get its content and make a version of it"),
          RIGHTS_FIRST_OVERLAY },
        { "seed", "[RECIPE [REF]]", 0, 2, OPTION_FROM, false, overlay_seed,
          N_("Create one from a recipe or an exported one, or list the recipes"), RIGHTS_ADMIN },
        { "refresh", "", 0, 0, OPTIONS_NONE, false, overlay_refresh,
          N_("Build all overlays with 'refresh: daily'"), RIGHTS_ADMIN },
        { "items", "REF", 1, 1, OPTION_JSON, false, overlay_items,
          N_("List the Workshop items of its last build"), RIGHTS_USER },
        { "versions", "REF", 1, 1, OPTION_JSON, false, overlay_versions,
          N_("List its versions, the newest first"), RIGHTS_USER },
        { "rollback", "REF [VERSION]", 1, 2, OPTIONS_NONE, false, overlay_rollback,
          N_("Give servers an older version at their next start"), RIGHTS_FIRST_OVERLAY },
        { "gc", "[REF]", 0, 1, OPTIONS_NONE, false, overlay_gc,
          N_("Remove old versions that no server has mounted"), RIGHTS_ADMIN },
        { "delete", "REF", 1, 1, OPTIONS_NONE, false, overlay_delete,
          N_("Delete an overlay that nothing uses"), RIGHTS_FIRST_OVERLAY },
        { "rename", "REF NEW", 2, 2, OPTIONS_NONE, false, overlay_rename,
          N_("Rename an overlay that nothing uses"), RIGHTS_OVERLAYS },
};

const VerbGroup overlay_verbs = { "overlay", actions, ELEMENTSOF(actions),
                                  N_("Files to lay over the game") };
