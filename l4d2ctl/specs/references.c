/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "specs/references.h"

#include <string.h>

#include "base/log.h"
#include "spec/blueprint.h"
#include "spec/edit.h"
#include "spec/set.h"
#include "specs/blueprint-file.h"
#include "specs/document.h"
#include "yaml/overlay-entry.h"

static int add_use(Use **uses, size_t *n, const char *name, Use **ret) {
        Use *larger = reallocarray(*uses, *n + 1, sizeof(*larger));

        if (!larger)
                return -ENOMEM;
        *uses = larger;
        larger[*n] = (Use) { .name = strdup(name) };
        if (!larger[*n].name)
                return -ENOMEM;

        *ret = &larger[(*n)++];
        return 0;
}

/* The values of a key in a text that may be anything; NULL: it has none that can be read. */
static char **get_values(const Text *text, const SpecKeys *keys, const char *key) {
        SpecErrors errors = {};
        YamlSource source = { "", text->data, text->size, &errors };
        char **values = NULL;

        (void) !spec_edit_get(&source, keys, key, &values);
        spec_errors_clear(&errors);
        return values;
}

/* Whether their server.cfg is executed makes no difference to who uses them. */
static char **get_refs(const Text *text, const SpecKeys *keys) {
        char **entries = get_values(text, keys, "overlays");

        for (char **entry = entries; entry && *entry; entry++) {
                size_t length = overlay_entry_ref_length(*entry);

                if (length > 0)
                        (*entry)[length] = '\0';
        }
        return entries;
}

static void read_use(const Text *text, const SpecKeys *keys, Use *use) {
        use->overlays = get_refs(text, keys);
        if (keys == &spec_keys) {
                char **blueprint = get_values(text, keys, "blueprint");

                if (blueprint && blueprint[0])
                        use->blueprint = strdup(blueprint[0]);
                strv_free(blueprint);
        }
}

static int add_server(Ctl *ctl, const char *name, Usage *usage) {
        _cleanup_(text_done) Text text = {};
        SpecErrors errors = {};
        char file[PATH_MAX];
        Use *use;
        int r;

        r = add_use(&usage->servers, &usage->n_servers, name, &use);
        if (r < 0)
                return r;
        r = spec_read(&ctl->specs, name, &errors, file, &text.data, &text.size);
        spec_errors_clear(&errors);
        if (r >= 0)
                read_use(&text, &spec_keys, use);
        return r == -ENOMEM ? r : 0;
}

static int add_servers(Ctl *ctl, Usage *usage) {
        _cleanup_(spec_set_freep) SpecSet *set = NULL;
        int r;

        r = spec_set_load(&ctl->specs, NULL, NULL, &set);
        for (size_t i = 0; r >= 0 && i < set->n_items; i++)
                r = add_server(ctl, set->items[i].settings.name, usage);
        return r;
}

static int add_blueprint(const StateDir *blueprints, const char *ref, Usage *usage) {
        _cleanup_(text_done) Text text = {};
        SpecErrors errors = {};
        char path[PATH_MAX], file[BLUEPRINT_FILE_MAX];
        Use *use;
        int r;

        r = add_use(&usage->blueprints, &usage->n_blueprints, ref, &use);
        if (r < 0)
                return r;
        blueprint_file_name(ref, file);
        r = state_dir_read(blueprints, file, &errors, path, &text.data, &text.size);
        spec_errors_clear(&errors);
        if (r >= 0)
                read_use(&text, &blueprint_keys, use);
        return r == -ENOMEM ? r : 0;
}

static int add_blueprints(const Ctl *ctl, Usage *usage) {
        _cleanup_(state_dir_close) StateDir blueprints = STATE_DIR_INIT;
        _cleanup_(strv_freep) char **refs = NULL;
        int r;

        r = state_dir_open(ctl->paths, ctl->paths->blueprints_dir, &blueprints);
        if (r == -ENOENT)
                return 0;
        if (r >= 0)
                r = blueprint_list(&blueprints, &refs);
        for (char **ref = refs; r >= 0 && *ref; ref++)
                r = add_blueprint(&blueprints, *ref, usage);
        return r;
}

int usage_load(Ctl *ctl, Usage *ret) {
        int r;

        *ret = (Usage) {};
        r = ctl_open_specs(ctl);
        if (r != CTL_OK)
                return r;

        r = add_servers(ctl, ret);
        if (r >= 0)
                r = add_blueprints(ctl, ret);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read all specs and blueprints");
                return CTL_FAILURE;
        }
        return CTL_OK;
}

static void clear_uses(Use *uses, size_t n) {
        for (size_t i = 0; i < n; i++) {
                free(uses[i].name);
                free(uses[i].blueprint);
                strv_free(uses[i].overlays);
        }
        free(uses);
}

void usage_clear(Usage *usage) {
        clear_uses(usage->servers, usage->n_servers);
        clear_uses(usage->blueprints, usage->n_blueprints);
        *usage = (Usage) {};
}

/* --- questions -------------------------------------------------------------------------------- */

static const Use *find_blueprint(const Usage *usage, const char *ref) {
        for (size_t i = 0; i < usage->n_blueprints; i++)
                if (strcmp(usage->blueprints[i].name, ref) == 0)
                        return &usage->blueprints[i];
        return NULL;
}

const char **usage_of_blueprint(const Usage *usage, const char *ref) {
        const char **names = calloc(usage->n_servers + 1, sizeof(char *));
        size_t n = 0;

        for (size_t i = 0; names && i < usage->n_servers; i++)
                if (usage->servers[i].blueprint && strcmp(usage->servers[i].blueprint, ref) == 0)
                        names[n++] = usage->servers[i].name;
        return names;
}

char *const *usage_overlays(const Usage *usage, const Use *server) {
        const Use *use = server->blueprint ? find_blueprint(usage, server->blueprint) : server;

        return use ? use->overlays : NULL;
}
