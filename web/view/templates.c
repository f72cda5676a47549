/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/templates.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "view/messages.h"
#include "view/mustache-node.h"

#define SUFFIX ".mustache"

typedef struct Entry {
        char *name; /* without the suffix */
        Mustache *template;
} Entry;

struct Templates {
        Entry *entries; /* sorted by name */
        size_t n_entries;
};

static int _printf_(3, 4) fail(MustacheError *error, const char *name, const char *format, ...) {
        va_list arguments;

        *error = (MustacheError) { .line = 1, .column = 1 };
        (void) snprintf(error->name, sizeof(error->name), "%s", name);
        va_start(arguments, format);
        (void) vsnprintf(error->message, sizeof(error->message), format, arguments);
        va_end(arguments);
        return -EINVAL;
}

typedef struct Loader {
        Templates *templates;
        TemplateTranslator translate;
        void *userdata;
        const char *file; /* that is being loaded */
        MustacheError *error;
} Loader;

static const char *translate(const char *message, unsigned line, void *userdata) {
        const Loader *loader = userdata;

        return loader->translate(loader->file, line, message, loader->userdata);
}

/* Puts translations into the text of a template. */
static int translate_all(Loader *loader, char **text, size_t *size) {
        _cleanup_free_ char *translated = NULL;
        size_t translated_size = 0;
        unsigned line = 0;
        FILE *f;
        int r;

        f = open_memstream(&translated, &translated_size);
        if (!f)
                return -ENOMEM;
        r = messages_replace(*text, *size, translate, loader, f, &line);
        if (fclose(f) != 0 && r >= 0)
                r = -ENOMEM;
        if (r == -EINVAL) {
                (void) fail(loader->error, loader->file, "a message that is not closed, or empty");
                loader->error->line = line;
        }
        if (r < 0)
                return r;

        free(*text);
        *text = TAKE_PTR(translated);
        *size = translated_size;
        return 0;
}

static int load_one(Loader *loader, int directory_fd, const char *file) {
        static const FileLimits limits = { .size_max = MUSTACHE_SIZE_MAX };
        _cleanup_free_ char *text = NULL, *name = NULL;
        _cleanup_(mustache_freep) Mustache *template = NULL;
        size_t size;
        Templates *templates = loader->templates;
        Entry *entries;
        int r;

        loader->file = file;
        r = read_file_beneath(directory_fd, file, &limits, &text, &size);
        if (r < 0) {
                (void) fail(loader->error, file, "%s", file_error_message(r));
                return r;
        }

        name = strndup(file, strlen(file) - strlen(SUFFIX));
        if (!name)
                return -ENOMEM;

        r = loader->translate ? translate_all(loader, &text, &size) : 0;
        if (r >= 0)
                r = mustache_compile(file, text, size, loader->error, &template);
        if (r < 0)
                return r;

        entries = reallocarray(templates->entries, templates->n_entries + 1, sizeof(*entries));
        if (!entries)
                return -ENOMEM;

        templates->entries = entries;
        entries[templates->n_entries++] =
                (Entry) { .name = TAKE_PTR(name), .template = TAKE_PTR(template) };
        return 0;
}

static bool is_template(const char *file) {
        size_t size = strlen(file);

        return file[0] != '.' && size > strlen(SUFFIX) &&
               strcmp(file + size - strlen(SUFFIX), SUFFIX) == 0;
}

static int load_all(Loader *loader, const char *directory) {
        _cleanup_(closedirp) DIR *dir = opendir(directory);
        int r = 0;

        if (!dir) {
                r = -errno;
                (void) fail(loader->error, directory, "%s", strerror(-r));
                return r;
        }

        for (;;) {
                errno = 0;

                const struct dirent *entry = readdir(dir);

                if (!entry)
                        return -errno;
                if (!is_template(entry->d_name))
                        continue;
                r = load_one(loader, dirfd(dir), entry->d_name);
                if (r < 0)
                        return r;
        }
}

static int compare_entries(const void *a, const void *b) {
        return strcmp(((const Entry *) a)->name, ((const Entry *) b)->name);
}

static int check_partials(const Templates *templates, MustacheError *reterr) {
        for (size_t i = 0; i < templates->n_entries; i++) {
                const Mustache *template = templates->entries[i].template;

                for (uint32_t j = 0; j < template->n_nodes; j++) {
                        const MustacheNode *node = &template->nodes[j];

                        if (node->type != MUSTACHE_PARTIAL || templates_get(templates, node->name))
                                continue;
                        (void) fail(reterr, template->name, "unknown partial '%s'", node->name);
                        mustache_locate(
                                template->text, node->offset, &reterr->line, &reterr->column);
                        return -EINVAL;
                }
        }
        return 0;
}

int templates_load(
        const char *directory, TemplateTranslator translate_text, void *userdata,
        MustacheError *reterr, Templates **ret) {
        _cleanup_(templates_freep) Templates *templates = calloc(1, sizeof(*templates));
        Loader loader = {
                .templates = templates,
                .translate = translate_text,
                .userdata = userdata,
                .error = reterr,
        };
        int r;

        if (!templates)
                return -ENOMEM;

        r = load_all(&loader, directory);
        if (r < 0)
                return r;

        if (templates->n_entries > 0)
                qsort(templates->entries, templates->n_entries, sizeof(Entry), compare_entries);
        r = check_partials(templates, reterr);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(templates);
        return 0;
}

const Mustache *templates_get(const Templates *templates, const char *name) {
        size_t low = 0, high = templates->n_entries;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int k = strcmp(name, templates->entries[middle].name);

                if (k == 0)
                        return templates->entries[middle].template;
                if (k < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return NULL;
}

void templates_for_each(
        const Templates *templates,
        void (*function)(const char *name, const Mustache *template, void *userdata),
        void *userdata) {
        for (size_t i = 0; i < templates->n_entries; i++)
                function(templates->entries[i].name, templates->entries[i].template, userdata);
}

bool templates_includes(const Templates *templates, const char *partial) {
        for (size_t i = 0; i < templates->n_entries; i++) {
                const Mustache *template = templates->entries[i].template;

                for (uint32_t j = 0; j < template->n_nodes; j++)
                        if (template->nodes[j].type == MUSTACHE_PARTIAL &&
                            strcmp(template->nodes[j].name, partial) == 0)
                                return true;
        }
        return false;
}

typedef struct Partials {
        const Templates *templates;
        const TemplatePart *part;
        Mustache ready; /* a template that is the part's text */
} Partials;

static const Mustache *get_partial(const char *name, void *userdata) {
        const Partials *partials = userdata;

        return partials->part && strcmp(partials->part->name, name) == 0
                       ? &partials->ready
                       : templates_get(partials->templates, name);
}

int templates_render(
        const Templates *templates, const char *name, sd_json_variant *model,
        const TemplatePart *part, char **ret, size_t *ret_size) {
        const Mustache *template = templates_get(templates, name);
        MustacheNode node = { .type = MUSTACHE_TEXT };
        Partials partials = { .templates = templates, .part = part };
        char *text = NULL;
        size_t size = 0;
        FILE *f;
        int r;

        if (!template)
                return -ENOENT;

        if (part) {
                if (part->size > MUSTACHE_OUTPUT_MAX)
                        return -E2BIG;
                node.size = (uint32_t) part->size;
                partials.ready = (Mustache) { .text = part->text, .nodes = &node, .n_nodes = 1 };
        }
        f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;

        r = mustache_render(template, model, get_partial, &partials, f);
        if (fclose(f) != 0 && r >= 0)
                r = -ENOMEM;
        if (r < 0) {
                free(text);
                return r;
        }

        *ret = text;
        *ret_size = size;
        return 0;
}

Templates *templates_free(Templates *templates) {
        if (!templates)
                return NULL;

        for (size_t i = 0; i < templates->n_entries; i++) {
                free(templates->entries[i].name);
                mustache_free(templates->entries[i].template);
        }
        free(templates->entries);
        free(templates);
        return NULL;
}
