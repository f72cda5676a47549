/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/utf8.h"
#include "fuzz.h"
#include "http/form.h"
#include "pages/routes.h"
#include "view/mustache.h"

/*
 * Input: a path up to the first line feed, then a form. The path finds a route of the real table
 * only with values that are plain names; the form's fields are text; and a page that shows all of
 * them has no markup but its own.
 */

static void check_values(const RouteMatch *match) {
        for (size_t i = 0; i < ROUTE_PARAMETERS_MAX; i++) {
                const char *value = match->values[i];

                FUZZ_CHECK(memchr(value, '\0', ROUTE_VALUE_MAX));
                /* No name that is hidden, or means the directory itself or the one above. */
                FUZZ_CHECK(value[0] != '.' && value[0] != '/');
                FUZZ_CHECK(!strstr(value, "//") && !strstr(value, "/."));
                FUZZ_CHECK(
                        value[strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-_./")] == '\0');
        }
}

static void check_path(const char *path) {
        static const char *const methods[] = { "GET", "POST", "DELETE" };

        for (size_t i = 0; i < ELEMENTSOF(methods); i++) {
                RouteMatch match = {};

                router_match(&routes, methods[i], path, &match);
                if (!match.route)
                        continue;
                FUZZ_CHECK(strcmp(match.route->method, methods[i]) == 0);
                FUZZ_CHECK(path[0] == '/' && !strchr(path, '%') && !strstr(path, "//"));
                check_values(&match);
        }
}

static bool is_text(const char *text) {
        for (const char *p = text; *p; p++)
                if (((unsigned char) *p < 0x20 && *p != '\t' && *p != '\n') || *p == 0x7f)
                        return false;
        return utf8_is_valid(text);
}

static void append_field(const FormField *field, sd_json_variant **list) {
        FUZZ_CHECK(is_text(field->name) && is_text(field->value));
        FUZZ_CHECK(
                sd_json_variant_append_arraybo(
                        list, SD_JSON_BUILD_PAIR_STRING("name", field->name),
                        SD_JSON_BUILD_PAIR_STRING("value", field->value)) >= 0);
}

/* The page's own text has none of these. */
static void check_page(sd_json_variant *list) {
        static const char source[] = "{{#fields}}[{{name}}]=[{{value}}]{{/fields}}";
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *model = NULL;
        _cleanup_(mustache_freep) Mustache *template = NULL;
        _cleanup_free_ char *text = NULL;
        size_t size = 0;
        MustacheError error;
        FILE *f;

        FUZZ_CHECK(mustache_compile("fuzz", source, strlen(source), &error, &template) == 0);
        FUZZ_CHECK(sd_json_buildo(&model, SD_JSON_BUILD_PAIR_VARIANT("fields", list)) >= 0);
        f = open_memstream(&text, &size);
        FUZZ_CHECK(f);
        FUZZ_CHECK(mustache_render(template, model, NULL, NULL, f) == 0);
        FUZZ_CHECK(fclose(f) == 0);
        FUZZ_CHECK(!memchr(text, '<', size) && !memchr(text, '>', size));
        FUZZ_CHECK(!memchr(text, '"', size) && !memchr(text, '\'', size));
}

static void check_form(const char *body, size_t size) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *list = NULL;
        Form form = {};
        int r;

        r = form_parse(body, size, &form);
        if (r < 0) {
                FUZZ_CHECK(r == -EINVAL || r == -E2BIG);
                return;
        }
        FUZZ_CHECK(form.n_fields <= FORM_FIELDS_MAX);
        FUZZ_CHECK(sd_json_variant_new_array(&list, NULL, 0) >= 0);
        for (size_t i = 0; i < form.n_fields; i++) {
                append_field(&form.fields[i], &list);
                FUZZ_CHECK(form_get(&form, form.fields[i].name));
        }
        check_page(list);
        form_clear(&form);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const char *text = (const char *) data;
        const char *end = size > 0 ? memchr(text, '\n', size) : NULL;
        _cleanup_free_ char *path = NULL;

        if (!end)
                return 0;
        path = strndup(text, (size_t) (end - text));
        FUZZ_CHECK(path);
        check_path(path);
        check_form(end + 1, size - (size_t) (end + 1 - text));
        return 0;
}
