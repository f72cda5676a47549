/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Mustache templates over sd-json values: the core of the language (interpolation, sections,
 * inverted sections, partials, comments, delimiters), no lambdas. A template is compiled once into
 * a flat array; rendering then allocates nothing but what the stream does. Values are escaped for
 * HTML text and quoted attributes unless the template says otherwise.
 *
 * {{#_}} and {{/_}} enclose a text that people read, with all its tags: view/messages.h replaces it
 * by a translation before the template is compiled, and rendering knows nothing of it. So no
 * section can be named "_".
 *
 * False are null, false, "" and []. A name is words of letters, digits, '_' and '-' joined by dots,
 * or a single dot. One thread at a time renders a template: it remembers where names were found.
 */

#include <stdio.h>
#include <systemd/sd-json.h>

#include "base/cleanup.h"

enum {
        MUSTACHE_SIZE_MAX = 1024 * 1024,        /* bytes of a template */
        MUSTACHE_NAME_MAX = 100,                /* bytes, with dots */
        MUSTACHE_NESTING_MAX = 32,              /* sections within sections */
        MUSTACHE_PARTIALS_MAX = 16,             /* partials within partials, recursion included */
        MUSTACHE_OUTPUT_MAX = 16 * 1024 * 1024, /* bytes of one rendering */
        MUSTACHE_STEPS_MAX = 4 * 1000 * 1000,   /* nodes that one rendering visits */
};

typedef struct Mustache Mustache; /* a compiled template */

/* An error in a template. Lines and columns (in bytes) count from 1. */
typedef struct MustacheError {
        char name[64];
        unsigned line, column;
        char message[160];
} MustacheError;

/* The name is for messages. Returns -EINVAL and reterr filled, or -ENOMEM. */
int mustache_compile(
        const char *name, const char *text, size_t size, MustacheError *reterr, Mustache **ret)
        _must_check_;

/* Finds a partial by its name; NULL when there is none, which renders as nothing. */
typedef const Mustache *(*MustachePartials)(const char *name, void *userdata);

/*
 * Writes the template filled from model (NULL: nothing) to f. partials may be NULL: none.
 * Returns -ELOOP (too many partials within each other), -E2BIG (too many steps or too much output)
 * or -EIO; f has then got a part.
 */
int mustache_render(
        const Mustache *template, sd_json_variant *model, MustachePartials partials, void *userdata,
        FILE *f) _must_check_;

Mustache *mustache_free(Mustache *template);
DEFINE_CLEANUP(Mustache *, mustache_free)
