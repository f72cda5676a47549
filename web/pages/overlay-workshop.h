/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by the Workshop page of an overlay and by its forms. */

#include "app/request.h"
#include "content/definition.h"

typedef struct WorkshopSource {
        char *text; /* of the definition; a directory without one counts as kind "files" */
        size_t size;
        OverlayDefinition *definition; /* NULL: the text has errors */
        bool has_files;                /* a version, or files that people put there */
} WorkshopSource;

/* Reads the definition of the route's overlay. -ENOENT and others: it does not exist. */
int workshop_source_read(const Request *request, WorkshopSource *ret) _must_check_;

void workshop_source_done(WorkshopSource *source);

/* The index of the text in list that is the id, or the same text; -1: none is. */
ssize_t workshop_find(char *const *list, uint64_t id, const char *text);
