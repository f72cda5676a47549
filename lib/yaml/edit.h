/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Changes to a YAML text that touch nothing but the value they are about. An edit copies the text
 * to a stream, from front to back, with the change in place.
 */

#include <stdbool.h>
#include <stdio.h>

#include "yaml/tree.h"

typedef struct YamlEdit {
        const char *text;
        size_t size;
        FILE *out;
        size_t done;                      /* bytes of text that were copied or left out */
        size_t known_index, known_offset; /* of the mark converted last */
} YamlEdit;

/* A new value: one scalar or a list. */
typedef struct YamlValue {
        const char *const *texts; /* NULL-terminated */
        bool list;
        bool bare;    /* a number or boolean */
        bool entries; /* a list of overlays, see yaml/overlay-entry.h */
} YamlValue;

/*
 * Each writes the whole text with one change. -EOPNOTSUPP when the value is written in a form that
 * only a person can change ("? key", an element below its dash, …).
 */

/* key and value: neighbours in mapping. */
int yaml_edit_replace(
        YamlEdit *edit, const YamlNode *mapping, const YamlNode *key, const YamlValue *value)
        _must_check_;

/* At the end of mapping: "outer: value", or "outer: {inner: value}" when inner is not NULL. */
int yaml_edit_add(
        YamlEdit *edit, const YamlNode *mapping, const char *outer, const char *inner,
        const YamlValue *value) _must_check_;

/* The first key of a text without any. */
void yaml_edit_begin(YamlEdit *edit, const char *outer, const char *inner, const YamlValue *value);

/* The key and its value. */
int yaml_edit_remove(YamlEdit *edit, const YamlNode *mapping, const YamlNode *key) _must_check_;
