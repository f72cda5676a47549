/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The nodes of a compiled template. Only for the compiler, the renderer and the tool that checks
 * templates against their models.
 */

#include <stdbool.h>
#include <stdint.h>

#include "view/mustache.h"

typedef enum MustacheType {
        MUSTACHE_TEXT,
        MUSTACHE_VALUE, /* {{name}} */
        MUSTACHE_RAW,   /* {{{name}}} and {{&name}} */
        MUSTACHE_SECTION,
        MUSTACHE_INVERTED,
        MUSTACHE_PARTIAL,
} MustacheType;

typedef struct MustacheNode {
        MustacheType type;
        bool starts_line; /* an indented partial's indentation goes before it */
        bool is_alone;    /* a partial on a line of its own */
        uint16_t n_parts; /* of a dotted name; 0: the single dot */
        uint32_t offset;  /* of the text, or of the tag, in the template */
        uint32_t size;    /* of the text; of a standalone partial's indentation, before the tag */
        uint32_t end;     /* of a section: the index of the node after its last */
        const char *name; /* parts of the name, each with its NUL; a partial's name */
} MustacheNode;

struct Mustache {
        char *text;
        MustacheNode *nodes;
        uint32_t n_nodes;
        struct Arena *names;
        char name[64];
};

/* Line and column, from 1, of a place in the template. */
void mustache_locate(const char *text, uint32_t offset, unsigned *ret_line, unsigned *ret_column);
