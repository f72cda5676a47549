/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/definition-file.h"

#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "common/messages.h"
#include "spec/edit.h"
#include "spec/state-dir.h"
#include "specs/actor.h"

static int make_path(const Store *store, char **ret) {
        if (asprintf(ret, "%s/" OVERLAY_FILE, store->path) >= 0)
                return CTL_OK;
        *ret = NULL;
        (void) log_error_errno(-ENOMEM, "Failed to read the definition of '%s'", store->ref);
        return CTL_FAILURE;
}

static int complain(const char *path, int error) {
        log_error("Failed to read %s: %s", path, _(file_error_message(error)));
        return store_exit_code(error);
}

int definition_file_load(const Store *store, OverlayDefinition **ret) {
        _cleanup_free_ char *path = NULL;
        SpecErrors errors = {};
        int r;

        r = make_path(store, &path);
        if (r != CTL_OK)
                return r;
        r = definition_load(store->fd, state_owner(store->paths), path, &errors, ret);
        messages_write_errors(&errors);
        spec_errors_clear(&errors);
        if (r == -EINVAL)
                return CTL_INVALID_SPEC;
        return r < 0 ? complain(path, r) : CTL_OK;
}

int definition_file_read(const Store *store, Text *ret) {
        const FileLimits limits = { .size_max = SPEC_SIZE_MAX };
        _cleanup_free_ char *path = NULL;
        int r;

        r = make_path(store, &path);
        if (r != CTL_OK)
                return r;
        r = read_file_beneath(store->fd, OVERLAY_FILE, &limits, &ret->data, &ret->size);
        if (r == -ENOENT) {
                ret->data = strdup("kind: files\n");
                ret->size = ret->data ? strlen(ret->data) : 0;
                r = ret->data ? 0 : -ENOMEM;
        }
        return r < 0 ? complain(path, r) : CTL_OK;
}

/* --- assignments --------------------------------------------------------------------------------
 */

typedef struct Assignment {
        char key[32];
        const char *values[DEFINITION_ITEMS_MAX + 1]; /* NULL-terminated */
        size_t n_values;
        bool removes;
} Assignment;

static bool is_of_key(const char *assignment, const char *key) {
        size_t n = strlen(key);

        return strncmp(assignment, key, n) == 0 && assignment[n] == '=';
}

/* All values of the key that assignments[first] begins. */
static int collect(char *const *assignments, size_t n, size_t first, Assignment *ret) {
        size_t length = strcspn(assignments[first], "=");

        if (assignments[first][length] != '=' || length == 0 || length >= sizeof(ret->key)) {
                log_error("Invalid assignment '%s': use KEY=VALUE", assignments[first]);
                return CTL_USAGE;
        }
        memcpy(ret->key, assignments[first], length);
        ret->key[length] = '\0';
        ret->n_values = 0;
        for (size_t i = first; i < n; i++) {
                if (!is_of_key(assignments[i], ret->key))
                        continue;
                if (ret->n_values == DEFINITION_ITEMS_MAX) {
                        log_error("More than %d values of %s", DEFINITION_ITEMS_MAX, ret->key);
                        return CTL_USAGE;
                }
                ret->values[ret->n_values++] = assignments[i] + length + 1;
        }
        ret->values[ret->n_values] = NULL;
        ret->removes = ret->n_values == 1 && ret->values[0][0] == '\0';
        return CTL_OK;
}

static bool was_seen(char *const *assignments, size_t i) {
        for (size_t j = 0; j < i; j++) {
                size_t length = strcspn(assignments[j], "=");

                if (strncmp(assignments[i], assignments[j], length + 1) == 0)
                        return true;
        }
        return false;
}

static int assign(const char *path, const Assignment *a, Text *text) {
        SpecErrors errors = {};
        YamlSource source = { path, text->data, text->size, &errors };
        Text new = {};
        int r;

        r = a->removes
                    ? spec_edit_unset(&source, &definition_keys, a->key, &new.data, &new.size)
                    : spec_edit_set(
                              &source, &definition_keys, a->key, a->values, &new.data, &new.size);
        messages_write_errors(&errors);
        spec_errors_clear(&errors);
        if (r == -ENOENT)
                return CTL_USAGE;
        if (r == -EINVAL)
                return CTL_INVALID_SPEC;
        if (r < 0) {
                (void) log_error_errno(r, "Failed to change %s of %s", a->key, path);
                return CTL_FAILURE;
        }
        text_done(text);
        *text = new;
        return CTL_OK;
}

int definition_assign(
        const Store *store, char *const *assignments, size_t n_assignments, Text *text) {
        _cleanup_free_ char *path = NULL;
        Assignment assignment;
        int r;

        r = make_path(store, &path);
        for (size_t i = 0; i < n_assignments && r == CTL_OK; i++) {
                if (was_seen(assignments, i))
                        continue;
                r = collect(assignments, n_assignments, i, &assignment);
                if (r == CTL_OK)
                        r = assign(path, &assignment, text);
        }
        return r;
}

/* --- saving -------------------------------------------------------------------------------------
 */

static int parse(const char *path, const Text *text, OverlayDefinition **ret) {
        SpecErrors errors = {};
        int r;

        r = definition_parse(path, text->data, text->size, &errors, ret);
        messages_write_errors(&errors);
        spec_errors_clear(&errors);
        if (r == -EINVAL)
                return CTL_INVALID_SPEC;
        if (r < 0) {
                (void) log_error_errno(r, "Failed to check %s", path);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

int definition_text_check(Ctl *ctl, const char *path, const Text *text) {
        _cleanup_(definition_freep) OverlayDefinition *definition = NULL;
        int r;

        r = parse(path, text, &definition);
        return r == CTL_OK && definition->kind == OVERLAY_SCRIPT ? actor_check_scripts(ctl) : r;
}

static bool is_script(const Store *store, const char *path) {
        _cleanup_(definition_freep) OverlayDefinition *definition = NULL;
        SpecErrors errors = {};
        int r;

        r = definition_load(store->fd, state_owner(store->paths), path, &errors, &definition);
        spec_errors_clear(&errors);
        return r >= 0 && definition->kind == OVERLAY_SCRIPT;
}

/* The owner of an overlay that has an admin's script may describe it. */
static int check_change(Ctl *ctl, const Store *store, const char *path, const Text *text) {
        _cleanup_(definition_freep) OverlayDefinition *definition = NULL;
        int r;

        r = parse(path, text, &definition);
        if (r != CTL_OK || definition->kind != OVERLAY_SCRIPT || is_script(store, path))
                return r;
        return actor_check_scripts(ctl);
}

static bool is_same(const Store *store, const Text *text) {
        const FileLimits limits = { .size_max = SPEC_SIZE_MAX };
        _cleanup_free_ char *old = NULL;
        size_t size;

        return read_file_beneath(store->fd, OVERLAY_FILE, &limits, &old, &size) >= 0 &&
               size == text->size && memcmp(old, text->data, size) == 0;
}

int definition_file_save(Ctl *ctl, const Store *store, const Text *text) {
        _cleanup_free_ char *path = NULL;
        int r;

        r = make_path(store, &path);
        if (r == CTL_OK)
                r = check_change(ctl, store, path, text);
        if (r != CTL_OK || is_same(store, text))
                return r;
        r = write_file_atomic(store->fd, OVERLAY_FILE, text->data, text->size, 0644);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to write %s", path);
                return store_exit_code(r);
        }
        return CTL_OK;
}

int definition_script_read(const Store *store, Text *ret) {
        const FileLimits limits = { .size_max = DEFINITION_SCRIPT_MAX };
        int r;

        r = read_file_beneath(store->fd, OVERLAY_SCRIPT_FILE, &limits, &ret->data, &ret->size);
        if (r == -ENOENT) {
                ret->data = strdup("");
                ret->size = 0;
                r = ret->data ? 0 : -ENOMEM;
        }
        if (r >= 0)
                return CTL_OK;
        log_error(
                "Failed to read %s/%s: %s", store->path, OVERLAY_SCRIPT_FILE,
                _(file_error_message(r)));
        return store_exit_code(r);
}

int definition_script_check(const Text *text) {
        if (text->size > DEFINITION_SCRIPT_MAX) {
                log_error("The script is larger than %d KiB", DEFINITION_SCRIPT_MAX / 1024);
                return CTL_USAGE;
        }
        if (text->size < 2 || memcmp(text->data, "#!", 2) != 0) {
                log_error("The script must start with '#!' and its interpreter: #!/bin/bash");
                return CTL_USAGE;
        }
        if (memchr(text->data, '\0', text->size)) {
                log_error("The script contains a NUL byte");
                return CTL_USAGE;
        }
        return CTL_OK;
}

int definition_script_save(const Store *store, const Text *text) {
        int r;

        r = definition_script_check(text);
        if (r != CTL_OK)
                return r;
        r = write_file_atomic(store->fd, OVERLAY_SCRIPT_FILE, text->data, text->size, 0644);
        if (r < 0) {
                (void) log_error_errno(
                        r, "Failed to write %s/%s", store->path, OVERLAY_SCRIPT_FILE);
                return store_exit_code(r);
        }
        return CTL_OK;
}
