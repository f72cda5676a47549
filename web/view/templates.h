/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The templates of a directory, compiled once: the file NAME.mustache is the page and the partial
 * NAME. A set has all the partials that its templates name.
 */

#include <stdbool.h>
#include <systemd/sd-json.h>

#include "view/mustache.h"

typedef struct Templates Templates;

/* The translation of a text of a template, or NULL; the function may say what is wrong with it. */
typedef const char *(*TemplateTranslator)(
        const char *file, unsigned line, const char *message, void *userdata);

/*
 * Loads every *.mustache of the directory, with its texts as translate returns them (NULL: as they
 * are). Returns -EINVAL and reterr filled for a file that does
 * not compile or names a partial that isn't there, else what opening and reading failed with, with
 * the file's name in reterr.
 */
int templates_load(
        const char *directory, TemplateTranslator translate, void *userdata, MustacheError *reterr,
        Templates **ret) _must_check_;

/* The compiled template of that name, owned by the set; NULL when there is none. */
const Mustache *templates_get(const Templates *templates, const char *name);

/* Calls function for each, by name. */
void templates_for_each(
        const Templates *templates,
        void (*function)(const char *name, const Mustache *template, void *userdata),
        void *userdata);

/* Whether a template of the set has that partial. */
bool templates_includes(const Templates *templates, const char *partial);

/* Replaces a partial in one rendering by text that was rendered before. */
typedef struct TemplatePart {
        const char *name;
        char *text; /* borrowed */
        size_t size;
} TemplatePart;

/*
 * Renders a template from a model, with a part that is ready already (NULL: none). The text is from
 * malloc and has a NUL that ret_size does not count. Returns -ENOENT for a name that the set
 * doesn't have, or fails as mustache_render().
 */
int templates_render(
        const Templates *templates, const char *name, sd_json_variant *model,
        const TemplatePart *part, char **ret, size_t *ret_size) _must_check_;

Templates *templates_free(Templates *templates);
DEFINE_CLEANUP(Templates *, templates_free)
