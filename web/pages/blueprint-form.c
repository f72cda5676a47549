/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/blueprint-form.h"

#include <string.h>

#include "base/json.h"
#include "spec/edit.h"
#include "view/model.h"
#include "yaml/overlay-entry.h"

#define ORDER_FIELD "order."
#define EXEC_FIELD  "exec."

/* --- the overlays that are used, in order ----------------------------------------------------- */

typedef struct Place {
        const char *ref; /* borrowed */
        unsigned order;
        bool executed; /* its server.cfg */
} Place;

typedef struct Places {
        Place items[FORM_FIELDS_MAX];
        size_t n_items;
} Places;

/* Lowest number first; equal ones by name. */
static int compare_places(const void *a, const void *b) {
        const Place *one = a, *other = b;

        if (one->order != other->order)
                return one->order < other->order ? -1 : 1;
        return strcmp(one->ref, other->ref);
}

static void add_place(Places *places, const char *ref, unsigned order, bool executed) {
        if (places->n_items < ELEMENTSOF(places->items))
                places->items[places->n_items++] = (Place) { ref, order, executed };
}

/* "exec.REF", a checkbox. */
static bool exec_typed(const Request *request, const char *ref) {
        for (size_t i = 0; i < request->http.form.n_fields; i++) {
                const FormField *field = &request->http.form.fields[i];

                if (strncmp(field->name, EXEC_FIELD, strlen(EXEC_FIELD)) == 0 &&
                    strcmp(field->name + strlen(EXEC_FIELD), ref) == 0)
                        return strcmp(field->value, "yes") == 0;
        }
        return false;
}

/* "order.REF" with a number is used; without one it is not. */
static void places_typed(const Request *request, Places *ret) {
        ret->n_items = 0;
        for (size_t i = 0; i < request->http.form.n_fields; i++) {
                const FormField *field = &request->http.form.fields[i];
                const char *ref = field->name + strlen(ORDER_FIELD);
                unsigned order;
                int end = 0;

                if (strncmp(field->name, ORDER_FIELD, strlen(ORDER_FIELD)) == 0 &&
                    ref_is_valid(ref) && strlen(field->value) <= 6 &&
                    sscanf(field->value, "%u%n", &order, &end) == 1 && field->value[end] == '\0')
                        add_place(ret, ref, order, exec_typed(request, ref));
        }
        qsort(ret->items, ret->n_items, sizeof(Place), compare_places);
}

static void places_of(const Blueprint *blueprint, Places *ret) {
        ret->n_items = 0;
        for (unsigned i = 0; blueprint && blueprint->overlays[i]; i++)
                add_place(
                        ret, blueprint->overlays[i], i + 1,
                        i < SPEC_OVERLAYS_MAX && blueprint->executed >> i & 1);
}

static bool is_used(const Places *places, const char *ref) {
        for (size_t i = 0; i < places->n_items; i++)
                if (strcmp(places->items[i].ref, ref) == 0)
                        return true;
        return false;
}

/* --- the model -------------------------------------------------------------------------------- */

static sd_json_variant *find_overlay(sd_json_variant *overlays, const char *ref) {
        for (size_t i = 0; i < sd_json_variant_elements(overlays); i++) {
                sd_json_variant *overlay = sd_json_variant_by_index(overlays, i);
                const char *text = json_text(overlay, "ref");

                if (text && strcmp(text, ref) == 0)
                        return overlay;
        }
        return NULL;
}

/* found: what l4d2ctl says of it, NULL: nothing. */
static int append_overlay(
        const char *ref, unsigned place, bool executed, sd_json_variant *found,
        sd_json_variant **list) {
        bool missing = !found || json_is_true(found, "is_missing");
        _cleanup_json_ sd_json_variant *object = NULL, *size = NULL;
        _cleanup_free_ char *href = NULL, *field = NULL, *exec_field = NULL;
        int r;

        if (asprintf(&href, "/overlays/%s", ref) < 0 ||
            asprintf(&field, ORDER_FIELD "%s", ref) < 0 ||
            asprintf(&exec_field, EXEC_FIELD "%s", ref) < 0)
                return -ENOMEM;
        r = model_size(missing ? UINT64_MAX : json_number(found, "size_bytes", UINT64_MAX), &size);
        if (r >= 0)
                r = sd_json_buildo(
                        &object, SD_JSON_BUILD_PAIR_STRING("ref", ref),
                        SD_JSON_BUILD_PAIR_STRING("href", href),
                        SD_JSON_BUILD_PAIR_STRING("field", field),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_used", place > 0),
                        SD_JSON_BUILD_PAIR_STRING("exec_field", exec_field),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_executed", executed),
                        SD_JSON_BUILD_PAIR_STRING("size_text", json_text(size, "text")),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_missing", missing),
                        SD_JSON_BUILD_PAIR_NULL("order"));
        if (r >= 0 && place > 0)
                r = sd_json_variant_set_field_unsigned(&object, "order", place);
        return r < 0 ? r : sd_json_variant_append_array(list, object);
}

/* The blueprint's overlays in their order, then all others. */
static int overlays_to_model(
        const Places *places, sd_json_variant *overlays, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *list = NULL;
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && i < places->n_items; i++) {
                const char *ref = places->items[i].ref;

                r = append_overlay(
                        ref, (unsigned) i + 1, places->items[i].executed,
                        find_overlay(overlays, ref), &list);
        }
        for (size_t i = 0; r >= 0 && i < sd_json_variant_elements(overlays); i++) {
                sd_json_variant *overlay = sd_json_variant_by_index(overlays, i);
                const char *ref = json_text(overlay, "ref");

                /* A missing overlay that is not used here can't be chosen. */
                if (ref && !is_used(places, ref) && !json_is_true(overlay, "is_missing"))
                        r = append_overlay(ref, 0, false, overlay, &list);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}

/* One line each; from malloc. */
static char *join_lines(char *const *strv) {
        _cleanup_fclose_ FILE *f = NULL;
        char *text = NULL;
        size_t size;

        f = open_memstream(&text, &size);
        if (!f)
                return NULL;
        for (; strv && *strv; strv++)
                (void) fprintf(f, "%s\n", *strv);
        /* Until it is closed the buffer is the stream's, and may move. */
        if (fclose(TAKE_PTR(f)) != 0) {
                free(text);
                return NULL;
        }
        return text;
}

static bool is_rotated_when_empty(const Request *request, const Blueprint *blueprint) {
        RotateWhen when = blueprint ? blueprint->rotate_when : ROTATE_UNSET;
        const char *empty = rotate_when_to_string(ROTATE_WHEN_EMPTY);

        return strcmp(request_typed(request, "rotate_when", rotate_when_to_string(when)), empty) ==
               0;
}

int blueprint_form_to_model(
        const Request *request, const Blueprint *blueprint, sd_json_variant *overlays,
        sd_json_variant **ret) {
        const char *description = blueprint && blueprint->description ? blueprint->description : "";
        _cleanup_free_ Places *places = calloc(1, sizeof(*places));
        _cleanup_free_ char *arguments = NULL, *config = NULL, *rotation = NULL;
        _cleanup_json_ sd_json_variant *list = NULL;
        int r;

        rotation = join_lines(blueprint ? blueprint->rotation : NULL);
        arguments = join_lines(blueprint ? blueprint->arguments : NULL);
        config = join_lines(blueprint ? blueprint->config : NULL);
        if (!places || !arguments || !config || !rotation)
                return -ENOMEM;
        if (request_field(request, "config"))
                places_typed(request, places);
        else
                places_of(blueprint, places);

        r = overlays_to_model(places, overlays, &list);
        if (r < 0)
                return r;
        return sd_json_buildo(
                ret,
                SD_JSON_BUILD_PAIR_STRING(
                        "description", request_typed(request, "description", description)),
                SD_JSON_BUILD_PAIR_VARIANT("overlays", list),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_overlays", sd_json_variant_elements(list) > 0),
                SD_JSON_BUILD_PAIR_STRING(
                        "arguments", request_typed(request, "arguments", arguments)),
                SD_JSON_BUILD_PAIR_STRING("config", request_typed(request, "config", config)),
                SD_JSON_BUILD_PAIR_STRING("rotation", request_typed(request, "rotation", rotation)),
                SD_JSON_BUILD_PAIR_BOOLEAN(
                        "is_rotated_when_empty", is_rotated_when_empty(request, blueprint)),
                SD_JSON_BUILD_PAIR_STRING(
                        "motd", request_typed(
                                        request, "motd",
                                        blueprint && blueprint->motd ? blueprint->motd : "")),
                SD_JSON_BUILD_PAIR_STRING(
                        "banner",
                        request_typed(
                                request, "banner",
                                blueprint && blueprint->banner ? blueprint->banner : "")));
}

/* --- applying --------------------------------------------------------------------------------- */

/* The lines of a text without the empty ones; NULL without memory. */
static char **split_lines(const char *text) {
        char **lines = calloc(strlen(text) / 2 + 2, sizeof(char *));
        size_t n = 0;

        while (lines && *text) {
                size_t length = strcspn(text, "\n");

                if (length > 0) {
                        lines[n] = strndup(text, length);
                        if (!lines[n++])
                                return strv_free(lines);
                }
                text += length + (text[length] == '\n');
        }
        return lines;
}

static bool strv_equal(char *const *a, const char *const *b) {
        for (; *a && *b; a++, b++)
                if (strcmp(*a, *b) != 0)
                        return false;
        return !*a && !*b;
}

/* A text that is being edited. */
typedef struct Edit {
        char *text;
        size_t size;
} Edit;

/* Takes the new text in place of the old one. */
static void edit_take(Edit *edit, char *text, size_t size) {
        free(edit->text);
        *edit = (Edit) { text, size };
}

/* values NULL: the key goes. */
static int edit_set(Edit *edit, const char *key, const char *const *values) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        YamlSource source = {
                .file = "blueprint", .text = edit->text, .size = edit->size, .errors = &errors
        };
        _cleanup_(strv_freep) char **old = NULL;
        char *text;
        size_t size;
        int r;

        r = spec_edit_get(&source, &blueprint_keys, key, &old);
        if (r == -ENODATA && (!values || !*values))
                return 0;
        if (r < 0 && r != -ENODATA)
                return r;
        if (r >= 0 && values && strv_equal(old, values))
                return 0;

        if (values)
                r = spec_edit_set(&source, &blueprint_keys, key, values, &text, &size);
        else
                r = spec_edit_unset(&source, &blueprint_keys, key, &text, &size);
        if (r >= 0)
                edit_take(edit, text, size);
        return r;
}

static int set_lines(const Request *request, Edit *edit, const char *key) {
        const char *typed = request_field(request, key);
        _cleanup_(strv_freep) char **lines = typed ? split_lines(typed) : NULL;

        if (!typed)
                return 0;
        return lines ? edit_set(edit, key, (const char *const *) lines) : -ENOMEM;
}

/* Whether it is executed now, for a form that doesn't tell. */
static bool is_executed(char *const *entries, const char *ref) {
        for (; entries && *entries; entries++) {
                size_t length = overlay_entry_ref_length(*entries);

                if (length > 0 && strlen(ref) == length && strncmp(*entries, ref, length) == 0)
                        return true;
        }
        return false;
}

static int set_overlays(const Request *request, Edit *edit) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        const YamlSource source = { "blueprint", edit->text, edit->size, &errors };
        _cleanup_free_ Places *places = calloc(1, sizeof(*places));
        _cleanup_(strv_freep) char **entries = NULL;
        bool tells = request_field(request, "exec");
        _cleanup_(strv_freep) char **values = NULL;
        int r;

        if (!places)
                return -ENOMEM;
        places_typed(request, places);
        values = calloc(places->n_items + 1, sizeof(char *));
        if (!values)
                return -ENOMEM;
        r = spec_edit_get(&source, &blueprint_keys, "overlays", &entries);
        if (r < 0 && r != -ENODATA)
                return r;
        for (size_t i = 0; i < places->n_items; i++) {
                const Place *place = &places->items[i];
                bool exec = tells ? place->executed : is_executed(entries, place->ref);

                if (asprintf(&values[i], "%s%s", place->ref, exec ? OVERLAY_ENTRY_EXEC : "") < 0) {
                        values[i] = NULL;
                        return -ENOMEM;
                }
        }
        return edit_set(edit, "overlays", (const char *const *) values);
}

/* Empty: the key goes. */
static int set_text(const Request *request, Edit *edit, const char *key) {
        const char *typed = request_field(request, key);
        const char *values[] = { typed, NULL };

        if (!typed)
                return 0;
        return edit_set(edit, key, typed[0] != '\0' ? values : NULL);
}

/* Without lines the key goes. */
static int set_rotation(const Request *request, Edit *edit) {
        const char *typed = request_field(request, "rotation");

        if (typed && typed[strspn(typed, "\n")] == '\0')
                return edit_set(edit, "rotation", NULL);
        return set_lines(request, edit, "rotation");
}

static bool has_key(const Edit *edit, const char *key) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        const YamlSource source = { "blueprint", edit->text, edit->size, &errors };
        _cleanup_(strv_freep) char **values = NULL;

        return spec_edit_get(&source, &blueprint_keys, key, &values) >= 0;
}

/* The default is written only over another value. */
static int set_rotate_when(const Request *request, Edit *edit) {
        const char *typed = request_field(request, "rotate_when");

        if (typed && strcmp(typed, rotate_when_to_string(ROTATE_UNSET)) == 0 &&
            !has_key(edit, "rotate_when"))
                return 0;
        return set_text(request, edit, "rotate_when");
}

static int set_texts(const Request *request, Edit *edit) {
        int r = set_text(request, edit, "motd");

        return r < 0 ? r : set_text(request, edit, "banner");
}

int blueprint_form_apply(
        const Request *request, const char *text, size_t size, char **ret_text, size_t *ret_size) {
        Edit edit = { strndup(text, size), size };
        int r = edit.text ? 0 : -ENOMEM;

        if (r >= 0)
                r = set_text(request, &edit, "description");
        if (r >= 0)
                r = set_overlays(request, &edit);
        if (r >= 0)
                r = set_lines(request, &edit, "arguments");
        if (r >= 0)
                r = set_lines(request, &edit, "config");
        if (r >= 0)
                r = set_rotation(request, &edit);
        if (r >= 0)
                r = set_rotate_when(request, &edit);
        if (r >= 0)
                r = set_texts(request, &edit);
        if (r < 0) {
                free(edit.text);
                return r;
        }

        *ret_text = edit.text;
        *ret_size = edit.size;
        return 0;
}
