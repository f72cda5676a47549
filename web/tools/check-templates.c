/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * check-templates: checks the web app's templates against the samples of their models, at build
 * time.
 *
 * Usage: check-templates TEMPLATES MODELS [--render DIRECTORY]
 *        check-templates --texts TEMPLATES
 *
 * The template PAGE.mustache is filled from PAGE.json and PAGE.VARIANT.json. An error is: a name
 * that none of the samples has at that place, a section that no sample enters, a value without
 * text, a partial that isn't there, a template that nothing uses, a value that is not escaped, and
 * a text that is not marked for translation, script or style within the page, which the
 * Content-Security-Policy refuses. With --render every sample is also written as a page, to be
 * looked at. layout/page.json has the keys of "page" that a sample leaves out because they are the
 * same on each page. With --texts it only prints the texts that are translated, as a template of
 * gettext's catalogs.
 */

#include <ctype.h>
#include <dirent.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>

#include "tools/bare-text.h"
#include "tools/check-values.h"
#include "tools/template-texts.h"
#include "view/templates.h"

/* Which sections of a template some sample entered; a partial has several pages' samples. */
typedef struct Coverage {
        const Mustache *template;
        bool *is_reached, *is_entered; /* by the index of the node */
} Coverage;

enum { TEMPLATES_MAX = 256 };

#define LAYOUT "layout/page.json"

typedef struct Check {
        const char *templates_directory, *models_directory, *output;
        Templates *templates;
        sd_json_variant *layout; /* keys of "page" that samples leave out; NULL: none */
        struct dirent **models;
        int n_models;
        unsigned depth; /* of partials */
        Coverage coverage[TEMPLATES_MAX];
        size_t n_coverage;
        size_t n_errors;
} Check;

static void _printf_(4, 5) complain(
        Check *check, const Mustache *template, const MustacheNode *node, const char *format, ...) {
        unsigned line, column;
        va_list arguments;

        mustache_locate(template->text, node->offset, &line, &column);
        fprintf(stderr, "%s/%s:%u:%u: ", check->templates_directory, template->name, line, column);
        va_start(arguments, format);
        vfprintf(stderr, format, arguments);
        va_end(arguments);
        fputc('\n', stderr);
        check->n_errors++;
}

typedef struct BareText {
        Check *check;
        const Mustache *template;
} BareText;

static void complain_file(Check *check, const char *file, const char *text) {
        fprintf(stderr, "%s/%s: %s\n", check->templates_directory, file, text);
        check->n_errors++;
}

/* The name as the template has it, from its parts. */
static const char *full_name(const MustacheNode *node, char buffer[MUSTACHE_NAME_MAX + 1]) {
        const char *part = node->name;
        size_t n = 0;

        if (node->n_parts == 0)
                return ".";
        for (unsigned i = 0; i < node->n_parts; i++, part += strlen(part) + 1)
                n += (size_t) snprintf(
                        buffer + n, MUSTACHE_NAME_MAX + 1 - n, "%s%s", i > 0 ? "." : "", part);
        return buffer;
}

/* --- the walk -----------------------------------------------------------------------------------
 */

static int check_nodes(
        Check *check, const Mustache *template, const Frame *frame, uint32_t from, uint32_t to);

static void note(Check *check, const Mustache *template, uint32_t index, bool is_entered) {
        for (size_t i = 0; i < check->n_coverage; i++) {
                Coverage *coverage = &check->coverage[i];

                if (coverage->template != template)
                        continue;
                coverage->is_reached[index] = true;
                coverage->is_entered[index] |= is_entered;
        }
}

static void check_coverage(Check *check, const Coverage *coverage) {
        char name[MUSTACHE_NAME_MAX + 1];

        for (uint32_t i = 0; i < coverage->template->n_nodes; i++) {
                const MustacheNode *node = &coverage->template->nodes[i];

                if (coverage->is_reached[i] && !coverage->is_entered[i])
                        complain(
                                check, coverage->template, node, "'%s' is %s in no sample",
                                full_name(node, name),
                                node->type == MUSTACHE_SECTION ? "true" : "false");
        }
}

static int check_section(
        Check *check, const Mustache *template, const Frame *frame, uint32_t index,
        const Values *found) {
        const MustacheNode *node = &template->nodes[index];
        _cleanup_(values_clear) Values values = {};
        Frame inner = { .outer = frame };
        int r;

        if (node->type == MUSTACHE_INVERTED) {
                note(check, template, index, values_any_false(found));
                return check_nodes(check, template, frame, index + 1, node->end);
        }

        r = values_enter(found, &values);
        if (r < 0)
                return r;
        note(check, template, index, values.n_items > 0);
        if (values.n_items == 0)
                return 0;
        inner.values = values;
        return check_nodes(check, template, &inner, index + 1, node->end);
}

static void check_value(
        Check *check, const Mustache *template, const MustacheNode *node, const Values *found) {
        char name[MUSTACHE_NAME_MAX + 1];

        if (node->type == MUSTACHE_RAW)
                complain(check, template, node, "'%s' is not escaped", full_name(node, name));
        if (!values_have_text(found))
                complain(
                        check, template, node, "'%s' is a list or an object and has no text",
                        full_name(node, name));
}

/* Sections, and values. */
static int check_name(Check *check, const Mustache *template, const Frame *frame, uint32_t index) {
        const MustacheNode *node = &template->nodes[index];
        _cleanup_(values_clear) Values found = {};
        char name[MUSTACHE_NAME_MAX + 1];
        int r;

        r = values_find(frame, node, &found);
        if (r < 0)
                return r;
        if (found.n_items == 0) {
                complain(check, template, node, "no sample has '%s' here", full_name(node, name));
                return 0;
        }
        if (node->type == MUSTACHE_SECTION || node->type == MUSTACHE_INVERTED)
                return check_section(check, template, frame, index, &found);
        check_value(check, template, node, &found);
        return 0;
}

static int check_partial(
        Check *check, const Mustache *template, const Frame *frame, const MustacheNode *node) {
        const Mustache *partial = templates_get(check->templates, node->name);
        int r;

        if (!partial || check->depth == MUSTACHE_PARTIALS_MAX) {
                complain(
                        check, template, node,
                        partial ? "partials within each other, again and again: '%s'"
                                : "there is no partial '%s'",
                        node->name);
                return 0;
        }
        check->depth++;
        r = check_nodes(check, partial, frame, 0, partial->n_nodes);
        check->depth--;
        return r;
}

static int check_nodes(
        Check *check, const Mustache *template, const Frame *frame, uint32_t from, uint32_t to) {
        int r = 0;

        for (uint32_t i = from; i < to && r >= 0;) {
                const MustacheNode *node = &template->nodes[i];

                if (node->type == MUSTACHE_PARTIAL)
                        r = check_partial(check, template, frame, node);
                else if (node->type != MUSTACHE_TEXT)
                        r = check_name(check, template, frame, i);
                i = node->end ? node->end : i + 1;
        }
        return r;
}

/* --- what the Content-Security-Policy refuses ---------------------------------------------------
 */

static void refuse(Check *check, const Mustache *template, const char *at, const char *what) {
        MustacheNode node = { .offset = (uint32_t) (at - template->text) };

        complain(check, template, &node, "%s would be refused by the browser", what);
}

/* An attribute's name behind a blank: onclick= and the like. */
static bool is_handler(const char *p) {
        if (strncasecmp(p, "on", 2) != 0)
                return false;
        for (p += 2; isalpha((unsigned char) *p);)
                p++;
        return *p == '=';
}

static void check_policy(Check *check, const Mustache *template) {
        for (const char *p = template->text; *p; p++) {
                if (strncasecmp(p, "<style", 6) == 0 || strncasecmp(p, "<script>", 8) == 0)
                        refuse(check, template, p, "script or style within the page");
                if (!isspace((unsigned char) *p))
                        continue;
                if (strncasecmp(p + 1, "style=", 6) == 0 || is_handler(p + 1))
                        refuse(check, template, p + 1, "this attribute");
        }
}

static void refuse_text(const char *at, void *userdata) {
        const BareText *bare = userdata;
        MustacheNode node = { .offset = (uint32_t) (at - bare->template->text) };

        complain(
                bare->check, bare->template, &node,
                "no translation can replace this text: it is not between {{#_}} and {{/_}}");
}

static void check_texts(Check *check, const Mustache *template) {
        BareText bare = { check, template };

        bare_text_find(template->text, refuse_text, &bare);
}

/* --- pages and their samples --------------------------------------------------------------------
 */

static bool is_sample_of(const char *file, const char *page, size_t size) {
        return strncmp(file, page, size) == 0 && file[size] == '.';
}

static int is_json(const struct dirent *entry) {
        size_t size = strlen(entry->d_name);

        return entry->d_name[0] != '.' && size > 5 &&
               strcmp(entry->d_name + size - 5, ".json") == 0;
}

static int load_json(Check *check, const char *file, sd_json_variant **ret) {
        unsigned line = 0, column = 0;
        char path[PATH_MAX];
        int r;

        (void) snprintf(path, sizeof(path), "%s/%s", check->models_directory, file);
        /* NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange): no flag means none */
        r = sd_json_parse_file(NULL, path, 0, ret, &line, &column);
        if (r < 0 && (r != -ENOENT || strcmp(file, LAYOUT) != 0)) {
                fprintf(stderr, "%s:%u:%u: %s\n", path, line, column, strerror(-r));
                check->n_errors++;
        }
        return r;
}

static int load_sample(Check *check, const char *file, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *sample = NULL, *page = NULL;
        int r;

        r = load_json(check, file, &sample);
        if (r < 0)
                return r;

        page = sd_json_variant_ref(sd_json_variant_by_key(sample, "page"));
        for (size_t i = 0; page && check->layout && i < sd_json_variant_elements(check->layout);
             i += 2) {
                const char *key =
                        sd_json_variant_string(sd_json_variant_by_index(check->layout, i));

                if (sd_json_variant_by_key(page, key))
                        continue;
                r = sd_json_variant_set_field(
                        &page, key, sd_json_variant_by_index(check->layout, i + 1));
                if (r < 0)
                        return r;
        }
        if (page)
                r = sd_json_variant_set_field(&sample, "page", page);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(sample);
        return 0;
}

static int write_page(Check *check, const char *page, const char *file, sd_json_variant *model) {
        _cleanup_free_ char *text = NULL;
        _cleanup_fclose_ FILE *f = NULL;
        char path[PATH_MAX];
        size_t size;
        int r;

        (void) snprintf(
                path, sizeof(path), "%s/%.*s.html", check->output, (int) (strlen(file) - 5), file);
        r = templates_render(check->templates, page, model, NULL, &text, &size);
        if (r >= 0)
                f = fopen(path, "we");
        if (r >= 0 && (!f || fwrite(text, 1, size, f) != size || fflush(f) != 0))
                r = -errno;
        if (r < 0) {
                fprintf(stderr, "%s: %s\n", path, strerror(-r));
                check->n_errors++;
        }
        return r;
}

/* The page whose first sample is the model of that index; the others follow it. */
static int check_page(Check *check, int first, int *ret_next) {
        const char *file = check->models[first]->d_name;
        size_t size = strcspn(file, ".");
        _cleanup_free_ char *page = strndup(file, size);
        Frame frame = {};
        const Mustache *template;
        int i = first, r = page ? 0 : -ENOMEM;

        for (; i < check->n_models && is_sample_of(check->models[i]->d_name, file, size); i++) {
                sd_json_variant *sample = NULL;

                if (r >= 0)
                        r = load_sample(check, check->models[i]->d_name, &sample);
                if (r >= 0)
                        r = values_add(&frame.values, sample);
        }
        *ret_next = i;

        template = r < 0 ? NULL : templates_get(check->templates, page);
        if (r >= 0 && !template) {
                fprintf(stderr, "%s/%s: there is no template of that name\n",
                        check->models_directory, file);
                check->n_errors++;
        }
        if (template)
                r = check_nodes(check, template, &frame, 0, template->n_nodes);
        for (size_t k = 0; template && k < frame.values.n_items && r >= 0 && check->output; k++)
                r = write_page(
                        check, page, check->models[first + (int) k]->d_name, frame.values.items[k]);

        for (size_t k = 0; k < frame.values.n_items; k++)
                sd_json_variant_unref(frame.values.items[k]);
        values_clear(&frame.values);
        return r;
}

/* --- which templates are used -------------------------------------------------------------------
 */

static bool has_sample(const Check *check, const char *page) {
        for (int i = 0; i < check->n_models; i++)
                if (is_sample_of(check->models[i]->d_name, page, strlen(page)))
                        return true;
        return false;
}

static int add_coverage(Check *check, const Mustache *template) {
        Coverage *coverage = &check->coverage[check->n_coverage];

        if (check->n_coverage == TEMPLATES_MAX)
                return -E2BIG;

        coverage->template = template;
        coverage->is_reached = calloc(template->n_nodes + 1, sizeof(bool));
        coverage->is_entered = calloc(template->n_nodes + 1, sizeof(bool));
        check->n_coverage++;
        return coverage->is_reached && coverage->is_entered ? 0 : -ENOMEM;
}

static void on_template(const char *name, const Mustache *template, void *userdata) {
        Check *check = userdata;

        check_policy(check, template);
        check_texts(check, template);
        if (add_coverage(check, template) < 0)
                complain_file(check, template->name, "there is no memory, or no room for it");
        if (has_sample(check, name) || templates_includes(check->templates, name))
                return;
        complain_file(check, template->name, "nothing uses this template");
}

static int check_all(Check *check) {
        MustacheError error = {};
        int r;

        r = templates_load(check->templates_directory, NULL, NULL, &error, &check->templates);
        if (r < 0) {
                fprintf(stderr, "%s/%s:%u:%u: %s\n", check->templates_directory, error.name,
                        error.line, error.column, error.message);
                check->n_errors++;
                return 0;
        }

        r = load_json(check, LAYOUT, &check->layout);
        if (r < 0 && r != -ENOENT)
                return 0;

        check->n_models = scandir(check->models_directory, &check->models, is_json, alphasort);
        if (check->n_models < 0)
                return -errno;

        r = 0;
        templates_for_each(check->templates, on_template, check);
        for (int i = 0; i < check->n_models && r >= 0;)
                /* The faults of a page are reported, and the other pages are checked as well. */
                if (check_page(check, i, &i) == -ENOMEM)
                        r = -ENOMEM;
        for (size_t i = 0; i < check->n_coverage && r >= 0; i++)
                check_coverage(check, &check->coverage[i]);
        return r;
}

int main(int argc, char *argv[]) {
        static const struct option options[] = {
                { "render", required_argument, NULL, 'r' },
                { "texts", required_argument, NULL, 't' },
                {},
        };
        Check check = {};
        int c, r;

        while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
                if (c == 't')
                        return template_texts_print(optarg) < 0;
                if (c != 'r')
                        return 2;
                check.output = optarg;
        }
        if (argc - optind != 2) {
                fprintf(stderr, "Usage: check-templates TEMPLATES MODELS [--render DIRECTORY]\n");
                return 2;
        }

        check.templates_directory = argv[optind];
        check.models_directory = argv[optind + 1];
        r = check_all(&check);
        if (r < 0)
                fprintf(stderr, "Failed to check the templates: %s\n", strerror(-r));

        for (int i = 0; i < check.n_models; i++)
                free(check.models[i]);
        free(check.models);
        for (size_t i = 0; i < check.n_coverage; i++) {
                free(check.coverage[i].is_reached);
                free(check.coverage[i].is_entered);
        }
        sd_json_variant_unref(check.layout);
        templates_free(check.templates);
        return r < 0 || check.n_errors > 0;
}
