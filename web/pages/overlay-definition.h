/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The text of an overlay's definition, for the page that shows it, and for forms that change single
 * keys of it: items of the Workshop, an archive or a release. Its other bytes stay; l4d2ctl checks
 * and saves the result.
 */

#include "app/command.h"
#include "base/sha256.h"
#include "content/definition.h"

typedef struct DefinitionSource {
        char *text; /* a directory without a definition, or with one that can't be read, counts as
                       kind "files" */
        size_t size;
        char match[SHA256_TEXT_MAX];   /* the checksum of the text as it was read */
        OverlayDefinition *definition; /* as it was read; NULL: it has errors, or can't be read */
        SpecErrors errors;             /* of the text */
        bool has_files;                /* a version, or files that people put there */
        int fd;                        /* the overlay's directory */
} DefinitionSource;

#define DEFINITION_SOURCE_INIT ((DefinitionSource) { .fd = -EBADF })

/* Reads the definition of the route's overlay. 1; 0: the overlay does not exist, and that was
 * answered; or -ENOMEM. */
int definition_source_read(Request *request, DefinitionSource *ret) _must_check_;

/* Reads the script beside it, NUL-terminated, from malloc; "" when there is none, or it can't be
 * read. -ENOMEM. */
int definition_source_read_script(const DefinitionSource *source, char **ret, size_t *ret_size)
        _must_check_;

/* Sets one key in the text; values without any: the key goes. -EINVAL: the text can't be changed.
 */
int definition_source_edit(DefinitionSource *source, const char *key, const char *const *values)
        _must_check_;

/*
 * Saves the text, unless the definition was changed since it was read. page is the overlay's page
 * that the user sees afterwards ("source"), with done as its notice; again builds the page of the
 * form after a failure. As action_run().
 */
int definition_source_save(
        Request *request, const DefinitionSource *source, const char *page, const char *done,
        RouteHandler again) _must_check_;

/* A text of the overlay that was edited as a whole. */
typedef struct OverlayText {
        const char *verb, *from; /* `l4d2ctl overlay VERB REF FROM` reads it from stdin */
        const char *text;
        size_t size;
        const char *match; /* of the text that it replaces, compared again; NULL: it replaces any */
        const char *page, *done;
        RouteHandler again;
        int (*then)(Request *request, const ChildResult *result); /* as in Action */
} OverlayText;

/* The same for such a text. */
int overlay_text_save(Request *request, const OverlayText *text) _must_check_;

void definition_source_done(DefinitionSource *source);
