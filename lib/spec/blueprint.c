/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/blueprint.h"

#include <fcntl.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/strv.h"
#include "base/text.h"
#include "base/utf8.h"
#include "spec/keys.h"
#include "spec/value.h"

#define FILE_SUFFIX ".yaml"

static int read_description(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        Blueprint *blueprint = r->object;
        char *text = value_text(&r->source, key->name, node);

        if (!text)
                return 0;
        if (strlen(text) > BLUEPRINT_DESCRIPTION_LENGTH_MAX)
                yaml_error(
                        &r->source, node->start, "description must not be longer than %d bytes",
                        BLUEPRINT_DESCRIPTION_LENGTH_MAX);
        else if (!utf8_is_printable(text))
                yaml_error(
                        &r->source, node->start,
                        "description must be one line without control characters");
        blueprint->description = text;
        return 0;
}

#define PLACE(member) SPEC_KEY_PLACE(Blueprint, member)

static const SpecKey items[] = {
        { "description", SPEC_KEY_TEXT, read_description, NULL, PLACE(description), 0 },
        { "overlays", SPEC_KEY_LIST, spec_read_overlays, NULL, PLACE(overlays), SPEC_KEY_ENTRIES },
        { "arguments", SPEC_KEY_LIST, spec_read_arguments, NULL, PLACE(arguments), 0 },
        { "config", SPEC_KEY_LIST, spec_read_config, NULL, PLACE(config), 0 },
        { "motd", SPEC_KEY_TEXT, spec_read_motd, NULL, PLACE(motd), 0 },
        { "banner", SPEC_KEY_TEXT, spec_read_banner, NULL, PLACE(banner), 0 },
        { "rotation", SPEC_KEY_LIST, spec_read_rotation, NULL, PLACE(rotation), 0 },
        { "rotate_when", SPEC_KEY_TEXT, spec_read_rotate_when, NULL, PLACE(rotate_when), 0 },
};
const SpecKeys blueprint_keys = { items, ELEMENTSOF(items) };

const Blueprint blueprint_defaults = {};

Blueprint *blueprint_free(Blueprint *blueprint) {
        if (blueprint)
                arena_free(blueprint->arena); /* holds the blueprint itself too */
        return NULL;
}

static int blueprint_new(const char *ref, Blueprint **ret) {
        _cleanup_(arena_freep) Arena *arena = NULL;
        int r;

        r = arena_new(&arena);
        if (r < 0)
                return r;

        Blueprint *blueprint = arena_allocate(arena, sizeof(*blueprint));
        char **none = arena_allocate(arena, sizeof(*none));

        if (!blueprint || !none)
                return -ENOMEM;

        memcpy(blueprint->ref, ref, strlen(ref));
        blueprint->overlays = blueprint->arguments = blueprint->config = none;
        blueprint->arena = TAKE_PTR(arena);
        *ret = blueprint;
        return 0;
}

int blueprint_parse(
        const char *ref, const char *file, const char *text, size_t size, SpecErrors *errors,
        Blueprint **ret) {
        static const SpecDocument document = { .keys = &blueprint_keys, .what = N_("a blueprint") };
        _cleanup_(blueprint_freep) Blueprint *blueprint = NULL;
        SpecReader reader = {
                .source = { .file = file, .text = text, .size = size, .errors = errors },
        };
        int r;

        if (!blueprint_ref_is_valid(ref)) {
                spec_file_error(&reader.source, "not the name of a blueprint");
                return -EINVAL;
        }

        r = blueprint_new(ref, &blueprint);
        if (r < 0)
                return r;
        reader.object = blueprint;
        reader.arena = blueprint->arena;

        r = spec_document_read(&reader, &document);
        if (r < 0)
                return r;

        if (reader.lists.overlays)
                blueprint->overlays = reader.lists.overlays;
        blueprint->executed = reader.lists.executed;
        blueprint->motd = reader.lists.motd;
        blueprint->banner = reader.lists.banner;
        blueprint->rotation = reader.lists.rotation;
        blueprint->rotate_when = reader.lists.rotate_when;
        if (reader.lists.arguments)
                blueprint->arguments = reader.lists.arguments;
        if (reader.lists.config)
                blueprint->config = reader.lists.config;
        *ret = TAKE_PTR(blueprint);
        return 0;
}

void blueprint_file_name(const char *ref, char file[static BLUEPRINT_FILE_MAX]) {
        (void) snprintf(file, BLUEPRINT_FILE_MAX, "%s" FILE_SUFFIX, ref);
}

int blueprint_load(
        const StateDir *blueprints, const char *ref, SpecErrors *errors, Blueprint **ret) {
        _cleanup_free_ char *text = NULL;
        char path[PATH_MAX], file[BLUEPRINT_FILE_MAX];
        size_t size = 0;
        int r;

        if (!blueprint_ref_is_valid(ref))
                return -ENOENT;

        blueprint_file_name(ref, file);
        r = state_dir_read(blueprints, file, errors, path, &text, &size);
        if (r < 0)
                return r;
        return blueprint_parse(ref, path, text, size, errors, ret);
}

/* --- all -------------------------------------------------------------------------------------- */

typedef struct Refs {
        char **items; /* NULL-terminated */
        size_t n;
} Refs;

static int add_refs(Refs *refs, const char *owner, char *const *names) {
        int r = 0;

        for (char *const *name = names; *name && r >= 0; name++) {
                char ref[BLUEPRINT_REF_MAX + 1];

                (void) snprintf(ref, sizeof(ref), "%s/%s", owner, *name);
                r = strv_add(&refs->items, &refs->n, ref);
        }
        return r;
}

/* Not a directory, or removed since it was listed. */
static int add_owner(const StateDir *blueprints, const char *owner, Refs *refs) {
        _cleanup_(strv_freep) char **names = NULL;
        _cleanup_close_ int fd = open_beneath(blueprints->fd, owner, O_RDONLY | O_DIRECTORY);
        int r;

        if (fd < 0)
                return fd == -ENOTDIR || fd == -ENOENT || fd == -ELOOP ? 0 : fd;
        r = state_dir_list(fd, FILE_SUFFIX, BLUEPRINTS_MAX, &names);
        return r < 0 ? r : add_refs(refs, owner, names);
}

int blueprint_list(const StateDir *blueprints, char ***ret) {
        _cleanup_(strv_freep) char **owners = NULL;
        Refs refs = { .items = calloc(1, sizeof(char *)) };
        int r;

        r = refs.items ? state_dir_list(blueprints->fd, "", BLUEPRINTS_MAX, &owners) : -ENOMEM;
        for (char **owner = owners; r >= 0 && *owner; owner++)
                r = add_owner(blueprints, *owner, &refs);
        if (r < 0) {
                strv_free(refs.items);
                return r;
        }

        *ret = refs.items;
        return 0;
}

/* --- the blueprint of a spec ------------------------------------------------------------------ */

static void missing(const Paths *paths, const Spec *spec, const char *file, SpecErrors *errors) {
        char path[PATH_MAX];

        (void) snprintf(
                path, sizeof(path), "%s/%s/spec.yaml", paths->instances_dir, spec->settings.name);
        spec_errors_add(
                errors,
                &(SpecPlace) {
                        .file = file ? file : path,
                        .line = spec->blueprint_line,
                        .column = spec->blueprint_column,
                },
                "no blueprint named '%s'", spec->blueprint);
}

int blueprint_resolve(const Paths *paths, Spec *spec, const char *file, SpecErrors *errors) {
        _cleanup_(state_dir_close) StateDir blueprints = STATE_DIR_INIT;
        _cleanup_(blueprint_freep) Blueprint *blueprint = NULL;
        int r;

        if (!spec->blueprint || spec->blueprint_arena)
                return 0;

        r = state_dir_open(paths, paths->blueprints_dir, &blueprints);
        if (r >= 0)
                r = blueprint_load(&blueprints, spec->blueprint, errors, &blueprint);
        if (r == -ENOENT) {
                missing(paths, spec, file, errors);
                return -EINVAL;
        }
        if (r < 0)
                return r;

        spec->overlays = blueprint->overlays;
        spec->executed = blueprint->executed;
        spec->motd = spec->motd ?: blueprint->motd;
        spec->banner = spec->banner ?: blueprint->banner;
        spec->rotation = spec->rotation ?: blueprint->rotation;
        if (spec->rotate_when == ROTATE_UNSET)
                spec->rotate_when = blueprint->rotate_when;
        spec->arguments = blueprint->arguments;
        spec->config = blueprint->config;
        spec->blueprint_arena = TAKE_PTR(blueprint)->arena; /* which holds the blueprint too */
        return 0;
}
