/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The small, harmless part of YAML: one document of mappings, sequences and scalars, as a tree
 * whose nodes know where they stand. Anchors, aliases, tags, directives, merge keys, duplicate keys
 * and anything deep or large are refused. It is built from libyaml's event stream: the document API
 * follows nesting without limit, and libyaml is quadratic in it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/errors.h"

enum {
        YAML_DEPTH_MAX = 8,    /* nesting of collections */
        YAML_NODES_MAX = 4096, /* of a whole file */
        YAML_KEYS_MAX = 64,    /* of one mapping */
};

/* A text to parse and where its errors go. */
typedef struct YamlSource {
        const char *file; /* what errors are reported under */
        const char *text;
        size_t size;
        SpecErrors *errors;
} YamlSource;

/* Places in a text. libyaml counts characters, so these do too; see utf8_offset(). */
typedef struct YamlMark {
        size_t index;          /* characters before it, from 0 */
        unsigned line, column; /* from 1; column in characters */
} YamlMark;

typedef enum YamlKind {
        YAML_KIND_SCALAR,
        YAML_KIND_SEQUENCE,
        YAML_KIND_MAPPING,
        YAML_KIND_REFUSED, /* was reported as an error already: pass over it in silence */
} YamlKind;

typedef enum YamlStyle {
        YAML_STYLE_PLAIN, /* scalars */
        YAML_STYLE_SINGLE_QUOTED,
        YAML_STYLE_DOUBLE_QUOTED,
        YAML_STYLE_LITERAL,
        YAML_STYLE_FOLDED,
        YAML_STYLE_BLOCK, /* sequences and mappings */
        YAML_STYLE_FLOW,
} YamlStyle;

typedef struct YamlNode {
        YamlKind kind;
        YamlStyle style;
        YamlMark start, end; /* end of a block collection or block scalar: see libyaml */
        /* scalar: its value, NUL-terminated, no NUL within; mapping: NULL, unless the caller gave
         * it one */
        char *text;
        struct YamlNode *children; /* sequence: its values; mapping: key, value, key, value, … */
        struct YamlNode *next;     /* the next in the parent */
        size_t n_children;
} YamlNode;

/*
 * Parses source into *ret_root, which is NULL for a file without a document. Errors that allow
 * parsing to continue (an anchor, a duplicate key, …) are added to errors. All memory is the
 * arena's. Returns 0 when the tree is complete, -EINVAL with an error when parsing had to stop,
 * -ENOMEM.
 */
int yaml_parse(const YamlSource *source, Arena *arena, YamlNode **ret_root) _must_check_;

/* A scalar without quotes that YAML reads as nothing: empty, "~" or "null". */
bool yaml_is_null(const YamlNode *node);

/* The text of a list element: of a scalar that is not null, or of a mapping that was given a text.
 * NULL: it has none. */
const char *yaml_element_text(const YamlNode *node);

/* strcmp() == 0, without the call for most texts that differ. */
static inline bool yaml_text_equals(const char *a, const char *b) {
        return a[0] == b[0] && strcmp(a, b) == 0;
}

/* The value of key in a mapping; NULL when it has none or mapping is NULL. */
YamlNode *yaml_get(const YamlNode *mapping, const char *key);

#define YAML_PLACE(source, mark)             \
        (&(SpecPlace) {                      \
                .file = (source)->file,      \
                .text = (source)->text,      \
                .text_size = (source)->size, \
                .line = (mark).line,         \
                .column = (mark).column,     \
        })

/* Adds an error at a place; arguments after it as for printf. */
#define yaml_error(source, mark, ...) \
        spec_errors_add((source)->errors, YAML_PLACE(source, mark), __VA_ARGS__)

/* The same for a text from a table, as spec_errors_add_text() takes it. */
#define yaml_error_text(source, mark, text) \
        spec_errors_add_text((source)->errors, YAML_PLACE(source, mark), text)
