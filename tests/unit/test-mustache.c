/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "view/mustache.h"

/*
 * The cases in mustache/ have the form of the Mustache specification's own files and go through its
 * core modules, in our own words. MUSTACHE_CASES names another directory of such files, for example
 * the specification's, which the Debian package r-cran-whisker has in its directory specs.
 */

typedef struct Case {
        sd_json_variant *partials;
        Mustache *compiled[8];
        const char *names[8];
        size_t n_compiled;
} Case;

static const char *text_of(sd_json_variant *object, const char *key) {
        sd_json_variant *value = sd_json_variant_by_key(object, key);

        return value ? sd_json_variant_string(value) : "";
}

static Mustache *compile(const char *text) {
        MustacheError error = {};
        Mustache *template = NULL;
        int r = mustache_compile("case", text, strlen(text), &error, &template);

        cr_assert_eq(r, 0, "%u:%u: %s", error.line, error.column, error.message);
        return template;
}

static const Mustache *get_partial(const char *name, void *userdata) {
        Case *c = userdata;

        for (size_t i = 0; i < c->n_compiled; i++)
                if (strcmp(c->names[i], name) == 0)
                        return c->compiled[i];
        if (!c->partials || !sd_json_variant_by_key(c->partials, name))
                return NULL;

        cr_assert_lt(c->n_compiled, ELEMENTSOF(c->compiled));
        c->names[c->n_compiled] = name;
        c->compiled[c->n_compiled] = compile(text_of(c->partials, name));
        return c->compiled[c->n_compiled++];
}

static int render(
        const Mustache *template, sd_json_variant *model, MustachePartials partials, void *userdata,
        char **ret) {
        size_t size = 0;
        FILE *f = open_memstream(ret, &size);
        int r;

        cr_assert_not_null(f);
        r = mustache_render(template, model, partials, userdata, f);
        cr_assert_eq(fclose(f), 0);
        return r;
}

static void run_case(const char *file, sd_json_variant *test) {
        _cleanup_(mustache_freep) Mustache *template = compile(text_of(test, "template"));
        _cleanup_free_ char *output = NULL;
        Case c = { .partials = sd_json_variant_by_key(test, "partials") };
        int r;

        r = render(template, sd_json_variant_by_key(test, "data"), get_partial, &c, &output);
        cr_expect_eq(r, 0);
        cr_expect_str_eq(
                output, text_of(test, "expected"), "%s: %s: got [%s], not [%s]", file,
                text_of(test, "name"), output, text_of(test, "expected"));
        for (size_t i = 0; i < c.n_compiled; i++)
                mustache_free(c.compiled[i]);
}

static size_t run_file(const char *directory, const char *name) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *file = NULL;
        _cleanup_free_ char *path = NULL;
        sd_json_variant *tests;
        size_t n;

        cr_assert_gt(asprintf(&path, "%s/%s", directory, name), 0);
        cr_assert_eq(sd_json_parse_file(NULL, path, 0, &file, NULL, NULL), 0, "%s", path);
        tests = sd_json_variant_by_key(file, "tests");
        n = sd_json_variant_elements(tests);
        for (size_t i = 0; i < n; i++)
                run_case(name, sd_json_variant_by_index(tests, i));
        return n;
}

Test(mustache, specification) {
        const char *directory = getenv("MUSTACHE_CASES");
        size_t n_files = 0, n_cases = 0;
        _cleanup_(closedirp) DIR *dir = opendir(directory ?: "tests/unit/mustache");

        cr_assert_not_null(dir);
        for (const struct dirent *entry; (entry = readdir(dir));)
                if (strstr(entry->d_name, ".json")) {
                        n_cases += run_file(directory ?: "tests/unit/mustache", entry->d_name);
                        n_files++;
                }
        cr_assert_geq(n_files, 6);
        cr_assert_geq(n_cases, 100);
}

/* --- broken templates ---------------------------------------------------------------------------
 */

#define REFUSED(text, expected)                                                             \
        do {                                                                                \
                MustacheError error_ = {};                                                  \
                Mustache *template_ = NULL;                                                 \
                char got_[256];                                                             \
                cr_expect_eq(                                                               \
                        mustache_compile("t", text, sizeof(text) - 1, &error_, &template_), \
                        -EINVAL);                                                           \
                cr_expect_null(template_);                                                  \
                (void) snprintf(                                                            \
                        got_, sizeof(got_), "%s:%u:%u: %s", error_.name, error_.line,       \
                        error_.column, error_.message);                                     \
                cr_expect_str_eq(got_, expected, "%s", got_);                               \
        } while (false)

Test(mustache, errors_name_the_place) {
        REFUSED("a\n  {{b", "t:2:3: the tag is not closed: no '}}' follows");
        REFUSED("{{{b}}", "t:1:1: the tag is not closed: no '}}}' follows");
        REFUSED("{{#a}}\n{{#b.c}}\n{{/b.c}}\n", "t:1:4: the section 'a' is not closed");
        REFUSED("{{#a.b}}{{/a}}", "t:1:9: the section that is open here is 'a.b'");
        REFUSED("x {{/a}}", "t:1:3: no section is open here");
        REFUSED("{{}}", "t:1:1: '' is not a name");
        REFUSED("{{a b}}", "t:1:1: 'a b' is not a name");
        REFUSED("{{a..b}}", "t:1:1: 'a..b' is not a name");
        REFUSED("{{a.}}", "t:1:1: 'a.' is not a name");
        REFUSED("{{.a}}", "t:1:1: '.a' is not a name");
        REFUSED("{{..}}", "t:1:1: '..' is not a name");
        REFUSED("{{a\0b}}", "t:1:1: 'a' is not a name");
        REFUSED("{{>}}", "t:1:1: the partial has no name");
        REFUSED("{{>../a}}", "t:1:1: this is not the name of a partial");
        REFUSED("{{=<% =}}", "t:1:1: two delimiters of 1 to 8 bytes are wanted");
        REFUSED("{{=a b c=}}", "t:1:1: more than two delimiters");
        REFUSED("{{=a= b=}}", "t:1:1: a delimiter has no '='");
        REFUSED("{{=aaaaaaaaa b=}}", "t:1:1: two delimiters of 1 to 8 bytes are wanted");
}

/* n times text, from malloc. */
static char *repeat(const char *text, size_t n) {
        size_t size = strlen(text);
        char *all = malloc(n * size + 1);

        cr_assert_not_null(all);
        for (size_t i = 0; i < n; i++)
                memcpy(all + i * size, text, size);
        all[n * size] = '\0';
        return all;
}

Test(mustache, limits_of_a_template) {
        _cleanup_free_ char *nested = repeat("{{#a}}", MUSTACHE_NESTING_MAX + 1);
        _cleanup_free_ char *large = repeat("0123456789abcdef", MUSTACHE_SIZE_MAX / 16 + 1);
        _cleanup_free_ char *name = repeat("x", MUSTACHE_NAME_MAX + 1), *long_name = NULL;
        MustacheError error = {};
        Mustache *template = NULL;

        cr_expect_eq(mustache_compile("t", nested, strlen(nested), &error, &template), -EINVAL);
        cr_expect_str_eq(error.message, "more than 32 sections within each other");
        cr_expect_eq(error.column, 1 + 6 * MUSTACHE_NESTING_MAX);

        cr_expect_eq(mustache_compile("t", large, strlen(large), &error, &template), -EINVAL);
        cr_expect_str_eq(error.message, "larger than 1048576 bytes");

        cr_assert_gt(asprintf(&long_name, "{{%s}}", name), 0);
        cr_expect_eq(
                mustache_compile("t", long_name, strlen(long_name), &error, &template), -EINVAL);
        cr_expect_str_eq(error.message, "a name of more than 100 bytes");
        cr_expect_null(template);
}

/* --- what would take too long -------------------------------------------------------------------
 */

static const Mustache *get_itself(const char *name _unused_, void *userdata) {
        return userdata;
}

static int render_itself(const char *text, const char *model_text) {
        _cleanup_(mustache_freep) Mustache *template = compile(text);
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *model = NULL;
        _cleanup_free_ char *output = NULL;

        cr_assert_eq(sd_json_parse(model_text, 0, &model, NULL, NULL), 0);
        return render(template, model, get_itself, template, &output);
}

Test(mustache, recursion_ends) {
        cr_expect_eq(render_itself("a{{>a}}", "{}"), -ELOOP);
        cr_expect_eq(render_itself("{{#a}}{{>a}}{{/a}}", "{\"a\": {\"b\": 1}}"), -ELOOP);
        cr_expect_eq(render_itself("{{#a}}{{>a}}{{/a}}", "{\"a\": {\"a\": {\"a\": false}}}"), 0);
        /* Each level goes into the next ten times. */
        cr_expect_eq(
                render_itself(
                        "{{#a}}{{#l}}{{>a}}{{/l}}{{/a}}",
                        "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":false}}}}}}}},"
                        "\"l\":[1,2,3,4,5,6,7,8,9,10]}"),
                -E2BIG);
}

Test(mustache, work_and_output_are_bounded) {
        _cleanup_free_ char *items = repeat("0,", 3000), *model_text = NULL;
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *model = NULL;
        _cleanup_free_ char *text = repeat("0123456789abcdef", 1024), *wide = NULL;
        _cleanup_free_ char *steps = NULL, *bytes = NULL;

        cr_assert_gt(asprintf(&model_text, "{\"l\": [%s0]}", items), 0);
        cr_assert_eq(sd_json_parse(model_text, 0, &model, NULL, NULL), 0);
        cr_assert_gt(asprintf(&wide, "{{#l}}%s{{/l}}", text), 0);

        _cleanup_(mustache_freep) Mustache *many = compile("{{#l}}{{#l}}{{/l}}{{/l}}");
        _cleanup_(mustache_freep) Mustache *large = compile(wide);

        cr_expect_eq(render(many, model, NULL, NULL, &steps), -E2BIG);
        cr_expect_eq(render(large, model, NULL, NULL, &bytes), -E2BIG);
        cr_expect_leq(strlen(bytes), MUSTACHE_OUTPUT_MAX);
}

Test(mustache, no_model_and_no_partials) {
        _cleanup_(mustache_freep) Mustache *template = compile("a{{b}}{{#c}}d{{/c}}{{>e}}f{{.}}");
        _cleanup_free_ char *output = NULL;

        cr_assert_eq(render(template, NULL, NULL, NULL, &output), 0);
        cr_assert_str_eq(output, "af");
        cr_assert_null(mustache_free(NULL));
}

Test(mustache, a_full_disk_is_an_error) {
        _cleanup_(mustache_freep) Mustache *template = compile("text");
        _cleanup_fclose_ FILE *f = fopen("/dev/full", "w");

        cr_assert_not_null(f);
        setbuf(f, NULL);
        cr_assert_eq(mustache_render(template, NULL, NULL, NULL, f), -EIO);
}
