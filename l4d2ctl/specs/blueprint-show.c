/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "specs/blueprint-show.h"

#include <inttypes.h>
#include <string.h>

#include "base/errors-json.h"
#include "base/log.h"
#include "base/path-below.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "common/listing.h"
#include "common/messages.h"
#include "common/terminal.h"
#include "server/json.h"
#include "specs/blueprint-file.h"
#include "specs/document.h"
#include "specs/references.h"

/* One blueprint and all there is to tell about it. */
typedef struct Shown {
        const char *ref;
        Text text;
        Blueprint *blueprint; /* NULL: it has errors */
        SpecErrors errors;
        const char **used_by;
} Shown;

static void shown_done(Shown *shown) {
        text_done(&shown->text);
        blueprint_free(shown->blueprint);
        spec_errors_clear(&shown->errors);
        free((void *) shown->used_by);
}

/* Returns -ENOENT when the blueprint is missing or was removed meanwhile. Errors in it do not count
 * as failure. */
static int load(const StateDir *blueprints, const Usage *usage, const char *ref, Shown *ret) {
        char path[PATH_MAX], file[BLUEPRINT_FILE_MAX];
        int r;

        ret->ref = ref;
        blueprint_file_name(ref, file);
        r = state_dir_read(blueprints, file, &ret->errors, path, &ret->text.data, &ret->text.size);
        if (r >= 0)
                r = blueprint_parse(
                        ref, path, ret->text.data, ret->text.size, &ret->errors, &ret->blueprint);
        if (r < 0 && r != -EINVAL)
                return r;
        ret->used_by = usage_of_blueprint(usage, ref);
        return ret->used_by ? 0 : -ENOMEM;
}

static int add_strings(sd_json_variant **object, const char *name, const char *const *items) {
        return sd_json_variant_set_fieldb(
                object, name, SD_JSON_BUILD_STRV((char **) (uintptr_t) items));
}

/* A bad one shows no values: l4d2ctl cannot tell which of them would be in effect. */
static int add_values(sd_json_variant **object, const Blueprint *b) {
        static const char *const names[] = { "description", "overlays", "executed",
                                             "arguments",   "config",   "motd",
                                             "banner",      "rotation", "rotate_when" };
        int r = 0;

        if (!b) {
                for (size_t i = 0; i < ELEMENTSOF(names) && r >= 0; i++)
                        r = sd_json_variant_set_fieldb(object, names[i], SD_JSON_BUILD_NULL);
                return r;
        }

        r = sd_json_variant_set_fieldb(object, "description", SD_JSON_BUILD_STRING(b->description));
        if (r >= 0)
                r = add_strings(object, "overlays", (const char *const *) b->overlays);
        if (r >= 0)
                r = json_set_executed(object, b->overlays, b->executed);
        if (r >= 0)
                r = add_strings(object, "arguments", (const char *const *) b->arguments);
        if (r >= 0)
                r = add_strings(object, "config", (const char *const *) b->config);
        if (r >= 0)
                r = sd_json_variant_set_fieldb(object, "motd", SD_JSON_BUILD_STRING(b->motd));
        if (r >= 0)
                r = sd_json_variant_set_fieldb(object, "banner", SD_JSON_BUILD_STRING(b->banner));
        if (r >= 0)
                r = add_strings(object, "rotation", (const char *const *) b->rotation);
        if (r >= 0)
                r = sd_json_variant_set_field_string(
                        object, "rotate_when", rotate_when_to_string(b->rotate_when));
        return r;
}

/* With its text when that is wanted, which is null when it can't be shown as Unicode. */
static int to_json(const Shown *shown, bool with_text, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL, *errors = NULL;
        const char *slash = strchr(shown->ref, '/');
        char sum[SHA256_TEXT_MAX];
        int r;

        sha256_text(shown->text.data, shown->text.size, sum);
        r = sd_json_buildo(
                &object,
                SD_JSON_BUILD_PAIR(
                        "owner",
                        SD_JSON_BUILD_STRING(strndupa(shown->ref, (size_t) (slash - shown->ref)))),
                SD_JSON_BUILD_PAIR_STRING("name", slash + 1),
                SD_JSON_BUILD_PAIR_STRING("ref", shown->ref));
        if (r >= 0)
                r = add_values(&object, shown->blueprint);
        if (r >= 0)
                r = add_strings(&object, "used_by", shown->used_by);
        if (r >= 0)
                r = sd_json_variant_set_field_string(
                        &object, "sha256", shown->text.data ? sum : NULL);
        if (r >= 0)
                r = errors_to_json(&shown->errors, &errors);
        if (r >= 0)
                r = sd_json_variant_set_field(&object, "errors", errors);
        if (r >= 0 && with_text)
                r = sd_json_variant_set_fieldb(
                        &object, "text",
                        SD_JSON_BUILD_STRING(
                                shown->text.data && utf8_is_valid(shown->text.data)
                                        ? shown->text.data
                                        : NULL));
        if (r < 0)
                return r;

        *ret = TAKE_PTR(object);
        return 0;
}

/* --- list ------------------------------------------------------------------------------------- */

/* "1, 2 and 3 more" would be of no use to a script: "1,2,3". */
static char *join(const char *const *items) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return NULL;
        for (size_t i = 0; items[i]; i++)
                (void) fprintf(f, "%s%s", i > 0 ? "," : "", items[i]);
        if (fclose(f) != 0) {
                free(text);
                return NULL;
        }
        return text;
}

static int add_row(Listing *listing, const Shown *shown) {
        const Blueprint *b = shown->blueprint;
        _cleanup_free_ char *overlays = b ? join((const char *const *) b->overlays) : NULL;
        _cleanup_free_ char *servers = join(shown->used_by);

        if (!servers || (b && !overlays))
                return -ENOMEM;
        return listing_add(
                listing, (const char *[]) {
                                 shown->ref,
                                 b ? "valid" : "refused",
                                 servers,
                                 overlays,
                                 b ? b->description : NULL,
                         });
}

/* To the table, else to the array. Returns whether it has errors, or -errno. */
static int add_one(
        const StateDir *blueprints, const Usage *usage, const char *ref, Listing *listing,
        sd_json_variant **array) {
        _cleanup_(shown_done) Shown shown = {};
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        int r;

        r = load(blueprints, usage, ref, &shown);
        if (r == -ENOENT)
                return 0;
        if (r >= 0 && listing)
                r = add_row(listing, &shown);
        else if (r >= 0) {
                r = to_json(&shown, false, &object);
                if (r >= 0)
                        r = sd_json_variant_append_array(array, object);
        }
        return r < 0 ? r : spec_errors_any(&shown.errors);
}

static int print_all(const Ctl *ctl, const StateDir *blueprints, const Usage *usage) {
        static const ListingColumn columns[] = {
                { "NAME", false },     { "STATE", false },       { "SERVERS", false },
                { "OVERLAYS", false }, { "DESCRIPTION", false }, {},
        };
        _cleanup_(listing_freep) Listing *listing = NULL;
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        bool json = ctl->options.json, broken = false;
        int r;

        r = json ? sd_json_variant_new_array(&array, NULL, 0) : listing_new(columns, &listing);
        for (size_t i = 0; i < usage->n_blueprints && r >= 0; i++) {
                const char *ref = usage->blueprints[i].name;

                if (ctl->n_operands > 0 && !path_below(ref, ctl->operands[0]))
                        continue;
                r = add_one(blueprints, usage, ref, listing, &array);
                broken |= r > 0;
        }
        if (r < 0) {
                (void) log_error_errno(r, "Failed to list the blueprints");
                return CTL_FAILURE;
        }
        if (json)
                return print_json(array);

        r = listing_print(listing);
        (void) fflush(stdout);
        if (broken)
                log_warning("Some have errors: l4d2ctl validate says which");
        return r;
}

int blueprint_list_all(Ctl *ctl) {
        _cleanup_(state_dir_close) StateDir blueprints = STATE_DIR_INIT;
        _cleanup_(usage_clear) Usage usage = {};
        int r;

        r = ctl_check_names(ctl, 0);
        if (r == CTL_OK)
                r = blueprints_open(ctl, &blueprints);
        if (r == CTL_OK)
                r = usage_load(ctl, &usage);
        return r == CTL_OK ? print_all(ctl, &blueprints, &usage) : r;
}

/* --- show ------------------------------------------------------------------------------------- */

static int print_text(const Shown *shown) {
        const char *text = shown->text.data ? shown->text.data : "";

        if (isatty(STDOUT_FILENO))
                print_visible(text, shown->text.size, 0, stdout);
        else
                (void) fwrite(text, 1, shown->text.size, stdout);
        if (shown->text.size > 0 && text[shown->text.size - 1] != '\n')
                (void) putchar('\n');
        (void) fflush(stdout);

        messages_write_errors(&shown->errors);
        for (size_t i = 0; shown->used_by[i]; i++)
                log_notice("Used by '%s'", shown->used_by[i]);
        return CTL_OK;
}

static int print_one(const Ctl *ctl, const Shown *shown) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        int r;

        if (!ctl->options.json)
                return print_text(shown);
        r = to_json(shown, true, &object);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to make JSON");
                return CTL_FAILURE;
        }
        return print_json(object);
}

int blueprint_show(Ctl *ctl, const char *ref) {
        _cleanup_(state_dir_close) StateDir blueprints = STATE_DIR_INIT;
        _cleanup_(usage_clear) Usage usage = {};
        _cleanup_(shown_done) Shown shown = {};
        int r;

        r = blueprints_open(ctl, &blueprints);
        if (r == CTL_OK)
                r = usage_load(ctl, &usage);
        if (r != CTL_OK)
                return r;

        r = load(&blueprints, &usage, ref, &shown);
        if (r == -ENOENT) {
                log_error("No blueprint named '%s'", ref);
                return CTL_NO_INSTANCE;
        }
        if (r < 0) {
                (void) log_error_errno(r, "Failed to load the blueprint '%s'", ref);
                return CTL_FAILURE;
        }

        r = print_one(ctl, &shown);
        return exit_code_merge(r, spec_errors_any(&shown.errors) ? CTL_INVALID_SPEC : CTL_OK);
}
