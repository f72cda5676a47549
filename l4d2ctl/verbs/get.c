/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl get NAME [KEY]: what a spec sets, one line a value, or all of it as KEY=VALUE lines. It
 * reads the file as it is, so that it also answers for a spec that is not valid in other places.
 */

#include <string.h>

#include "base/log.h"
#include "common/messages.h"
#include "common/terminal.h"
#include "spec/edit.h"
#include "spec/keys.h"
#include "specs/instance.h"
#include "verbs/verbs.h"

#define HIDDEN "(hidden)"

typedef struct Getter {
        const Options *options;
        const char *file;
        Text text;
} Getter;

static void print_value(const char *prefix, const char *value) {
        if (prefix)
                printf("%s=", prefix);
        if (isatty(STDOUT_FILENO))
                print_visible(value, strlen(value), 0, stdout);
        else
                (void) fputs(value, stdout);
        (void) putchar('\n');
}

/* A number or boolean as such, what is neither as text: 2G. */
static int bare_to_json(const char *value, sd_json_variant **ret) {
        char *end;
        long long number;

        if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0)
                return sd_json_variant_new_boolean(ret, value[0] == 't');

        errno = 0;
        number = strtoll(value, &end, 10);
        if (errno == 0 && end != value && *end == '\0')
                return sd_json_variant_new_integer(ret, number);
        return sd_json_variant_new_string(ret, value);
}

static int values_to_json(const SpecKey *key, char **values, sd_json_variant **ret) {
        bool list = !values[0] || values[1]; /* also where it is an error, to show it */

        if (list || key->kind == SPEC_KEY_LIST)
                return sd_json_variant_new_array_strv(ret, values);
        if (key->kind == SPEC_KEY_BARE)
                return bare_to_json(values[0], ret);
        return sd_json_variant_new_string(ret, values[0]);
}

/* -ENODATA when the spec doesn't set it; errors are printed. */
static int read_values(const Getter *getter, const char *name, char ***ret) {
        SpecErrors errors = {};
        int r;

        r = spec_edit_get(
                &(YamlSource) { getter->file, getter->text.data, getter->text.size, &errors },
                &spec_keys, name, ret);
        messages_write_errors(&errors);
        spec_errors_clear(&errors);
        return r;
}

static int exit_code_of(const Getter *getter, const char *name, int error) {
        switch (error) {
        case -ENODATA:
                log_error("%s does not set %s", getter->file, name);
                return CTL_FAILURE;
        case -ENOENT:
                return CTL_USAGE;
        case -EINVAL:
                return CTL_INVALID_SPEC;
        default:
                (void) log_error_errno(error, "Failed to get %s", name);
                return CTL_FAILURE;
        }
}

/* The key of the table that a name stands for; the library has accepted the name. */
static const SpecKey *find_key(const char *name) {
        const char *dot = strchr(name, '.');
        char outer[32];

        if (!dot)
                return spec_keys_find(&spec_keys, name);
        (void) snprintf(outer, sizeof(outer), "%.*s", (int) (dot - name), name);
        return spec_keys_find(spec_keys_find(&spec_keys, outer)->keys, dot + 1);
}

static int get_one(Getter *getter, const char *name) {
        _cleanup_(strv_freep) char **values = NULL;
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *json = NULL;
        int r;

        r = read_values(getter, name, &values);
        if (r >= 0 && getter->options->json)
                r = values_to_json(find_key(name), values, &json);
        if (r < 0)
                return exit_code_of(getter, name, r);
        if (json)
                return print_json(json);

        for (char **value = values; *value; value++)
                print_value(NULL, *value);
        return CTL_OK;
}

/* People who look over the user's shoulder, or get to see a listing, must not learn a password. */
static bool is_hidden(const Getter *getter, const SpecKey *key) {
        return strcmp(key->name, "rcon_password") == 0 && !getter->options->show_password;
}

/* One of all: into the JSON object, or printed. One that is not set is left out. */
static int get_next(
        Getter *getter, const SpecKey *key, const char *name, sd_json_variant **object) {
        _cleanup_(strv_freep) char **values = NULL;
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *json = NULL;
        int r;

        r = read_values(getter, name, &values);
        if (r < 0)
                return r == -ENODATA ? 0 : r;

        if (getter->options->json) {
                if (is_hidden(getter, key))
                        return 0;
                r = values_to_json(key, values, &json);
                return r < 0 ? r : sd_json_variant_set_field(object, key->name, json);
        }

        for (char **value = values; *value; value++)
                print_value(name, is_hidden(getter, key) ? HIDDEN : *value);
        return 0;
}

static int get_all_of(
        Getter *getter, const SpecKeys *keys, const char *outer, sd_json_variant **object) {
        for (size_t i = 0; i < keys->n_items; i++) {
                const SpecKey *key = &keys->items[i];
                _cleanup_(sd_json_variant_unrefp) sd_json_variant *inner = NULL;
                char name[64];
                int r;

                (void) snprintf(
                        name, sizeof(name), "%s%s%s", outer ? outer : "", outer ? "." : "",
                        key->name);
                if (key->keys)
                        r = get_all_of(getter, key->keys, key->name, &inner); /* one level deep */
                else
                        r = get_next(getter, key, name, object);
                if (r >= 0 && inner)
                        r = sd_json_variant_set_field(object, key->name, inner);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int get_all(Getter *getter) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        int r = 0;

        if (getter->options->json)
                r = sd_json_variant_new_object(&object, NULL, 0);
        if (r >= 0)
                r = get_all_of(getter, &spec_keys, NULL, &object);
        if (r < 0)
                return exit_code_of(getter, "the spec", r);
        return object ? print_json(object) : CTL_OK;
}

int verb_get(Ctl *ctl) {
        const char *name = ctl->operands[0];
        _cleanup_free_ char *file = instance_spec_path(ctl, name);
        Getter getter = { .options = &ctl->options, .file = file };
        int r;

        if (!instance_name_is_valid(name))
                return ctl_check_names(ctl, 0);
        if (!file) {
                (void) log_error_errno(-ENOMEM, "Failed to get the spec of '%s'", name);
                return CTL_FAILURE;
        }

        r = instance_read(ctl, name, &getter.text);
        if (r == CTL_OK)
                r = ctl->n_operands > 1 ? get_one(&getter, ctl->operands[1]) : get_all(&getter);
        text_done(&getter.text);
        return r;
}
