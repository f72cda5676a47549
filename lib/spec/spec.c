/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/spec.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "spec/keys.h"
#include "spec/ports.h"
#include "spec/state-dir.h"

const char *hardening_profile_to_string(HardeningProfile profile) {
        static const char *const names[] = {
                [HARDENING_PROVEN] = "proven",
                [HARDENING_STRICT] = "strict",
        };

        return (size_t) profile < ELEMENTSOF(names) ? names[profile] : NULL;
}

const Spec spec_defaults = {
        .settings.resources.nice = RESOURCE_NICE_UNSET,
        .game_log = true,
};

Spec *spec_free(Spec *spec) {
        if (!spec)
                return NULL;
        arena_free(spec->blueprint_arena);
        arena_free(spec->arena); /* holds the spec itself too */
        return NULL;
}

/* A spec in an arena of its own, every optional value unset. */
static int spec_new(const char *name, Spec **ret) {
        _cleanup_(arena_freep) Arena *arena = NULL;
        int r;

        r = arena_new(&arena);
        if (r < 0)
                return r;

        Spec *spec = arena_allocate(arena, sizeof(*spec));
        char **none = arena_allocate(arena, sizeof(*none));

        if (!spec || !none)
                return -ENOMEM;

        *spec = spec_defaults;
        memcpy(spec->settings.name, name, strlen(name));
        spec->overlays = spec->arguments = spec->config = none;
        spec->arena = TAKE_PTR(arena);
        *ret = spec;
        return 0;
}

/* With a list beside a blueprint, left4me could not tell which one applies. */
static void check_lists(SpecReader *reader, const YamlNode *root) {
        static const char *const lists[] = { "overlays", "arguments", "config" };

        for (const YamlNode *key = root->children; key; key = key->next->next)
                for (size_t i = 0; i < ELEMENTSOF(lists); i++)
                        if (key->kind == YAML_KIND_SCALAR && strcmp(key->text, lists[i]) == 0)
                                yaml_error(
                                        &reader->source, key->start,
                                        "%s can't be set here, the blueprint '%s' decides this",
                                        lists[i], reader->spec->blueprint);
}

/* Derives the ports that the file doesn't name, and sees that no two of them are one. */
static void check_ports(SpecReader *reader, const YamlNode *root) {
        const YamlNode *sourcetv_port = yaml_get(root, "sourcetv_port");
        Spec *spec = reader->spec;

        if (sourcetv_port && !spec->sourcetv)
                yaml_error(
                        &reader->source, sourcetv_port->start,
                        "sourcetv_port needs 'sourcetv: true'");

        ports_complete(reader->config, spec);
        for (PortRole b = PORT_CLIENT; b < _PORT_ROLE_MAX; b++) {
                if (spec->named_ports[b] == 0)
                        spec->port_places.items[b] = spec->port_places.items[PORT_GAME];

                for (PortRole a = PORT_GAME; a < b; a++) {
                        uint16_t port = instance_port(&spec->settings, b);
                        PortRole at = spec->named_ports[b] > 0 ? b : a;
                        const YamlMark mark = {
                                .line = spec->port_places.items[at].line,
                                .column = spec->port_places.items[at].column,
                        };

                        if (port > 0 && port == instance_port(&spec->settings, a))
                                yaml_error(
                                        &reader->source, mark, "%s and %s must differ, both are %u",
                                        port_role_key(a), port_role_key(b), port);
                }
        }
}

static void check_spec(SpecReader *reader, const YamlNode *root) {
        if (!yaml_get(root, "port"))
                spec_file_error(&reader->source, "'port' is missing");
        if (reader->spec->settings.port > 0)
                check_ports(reader, root);
        if (reader->spec->blueprint)
                check_lists(reader, root);
}

/* The lists that the file has; those it doesn't are empty. */
static void take_lists(Spec *spec, const SpecLists *lists) {
        if (lists->overlays)
                spec->overlays = lists->overlays;
        spec->executed = lists->executed;
        spec->motd = lists->motd;
        spec->banner = lists->banner;
        spec->rotation = lists->rotation;
        spec->rotate_when = lists->rotate_when;
        if (lists->arguments)
                spec->arguments = lists->arguments;
        if (lists->config)
                spec->config = lists->config;
}

int spec_parse(
        const char *name, const char *file, const char *text, size_t size, const HostConfig *config,
        SpecErrors *errors, Spec **ret) {
        static const SpecDocument document = {
                .keys = &spec_keys,
                .what = N_("a spec"),
                .empty = N_("the file has no values, at least 'port' must be set"),
                .check = check_spec,
        };
        _cleanup_(spec_freep) Spec *spec = NULL;
        SpecReader reader = {
                .source = { .file = file, .text = text, .size = size, .errors = errors },
                .config = config,
        };
        int r;

        if (!instance_name_is_valid(name)) {
                spec_file_error(&reader.source, "not the name of an instance");
                return -EINVAL;
        }

        r = spec_new(name, &spec);
        if (r < 0)
                return r;
        reader.spec = spec;
        reader.arena = spec->arena;

        r = spec_document_read(&reader, &document);
        if (r < 0)
                return r;

        take_lists(spec, &reader.lists);
        *ret = TAKE_PTR(spec);
        return 0;
}

/* --- files --------------------------------------------------------------------------------- */

int spec_context_open(const Paths *paths, const HostConfig *config, SpecContext *ret) {
        const char *link;
        int fd;

        /* Here, because all programs come by: what one of them followed, another would not. */
        if (paths_find_symlink(paths, &link))
                return -ELOOP;

        fd = open(paths->instances_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        *ret = (SpecContext) {
                .paths = paths,
                .config = config,
                .instances_fd = fd,
                .owner = state_owner(paths),
        };
        return 0;
}

void spec_context_close(SpecContext *context) {
        context->instances_fd = safe_close(context->instances_fd);
}

/* The message about a file that can't be read; NULL for an unknown instance. */
static const char *read_error_message(const SpecContext *context, const char *name, int error) {
        struct stat st;

        if (error != -ENOENT)
                return file_error_message(error);
        if (fstatat(context->instances_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return NULL;
        return "the file is missing";
}

int spec_read(
        const SpecContext *context, const char *name, SpecErrors *errors,
        char file[static PATH_MAX], char **ret_text, size_t *ret_size) {
        const uid_t owners[] = { 0, context->owner };
        const FileLimits limits = {
                .size_max = SPEC_SIZE_MAX,
                .owners = owners,
                .n_owners = ELEMENTSOF(owners),
        };
        const YamlSource source = { .file = file, .errors = errors };
        char path[INSTANCE_NAME_MAX + sizeof("/" SPEC_FILE_NAME)];
        int r;

        (void) snprintf(
                file, PATH_MAX, "%s/%s/" SPEC_FILE_NAME, context->paths->instances_dir, name);
        if (!instance_name_is_valid(name)) {
                spec_file_error(&source, "not the name of an instance");
                return -EINVAL;
        }

        (void) snprintf(path, sizeof(path), "%s/" SPEC_FILE_NAME, name);
        r = read_file_beneath(context->instances_fd, path, &limits, ret_text, ret_size);
        if (r >= 0 || r == -ENOMEM)
                return r;

        const char *message = read_error_message(context, name, r);

        if (!message)
                return -ENOENT;
        spec_file_error(&source, message);
        return -EINVAL;
}

int spec_load(const SpecContext *context, const char *name, SpecErrors *errors, Spec **ret) {
        _cleanup_free_ char *text = NULL;
        char file[PATH_MAX];
        size_t size;
        int r;

        r = spec_read(context, name, errors, file, &text, &size);
        if (r < 0)
                return r;
        return spec_parse(name, file, text, size, context->config, errors, ret);
}
