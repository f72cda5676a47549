/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Valve's KeyValues, the text format of missions, addoninfo.txt and many more files of the game:
 *
 *     "mission"
 *     {
 *         Name  "Dead Air"   // a comment
 *         modes { "coop" { "1" { "Map" "c1" } } }
 *         Image "x" [$X360]
 *     }
 *
 * It is read as the engine reads it on a Linux server: keys in capitals or small letters, words
 * with or without quotes, values that a condition leaves out. A file in UTF-16 becomes UTF-8,
 * others are passed on as they are, so texts may hold any bytes but NUL. #include and #base are
 * skipped.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

enum {
        KEY_VALUES_SIZE_MAX = 4 * 1024 * 1024, /* bytes of a file */
        KEY_VALUES_DEPTH_MAX = 32,             /* blocks in each other */
        KEY_VALUES_ITEMS_MAX = 65536,          /* keys */
        KEY_VALUES_WORD_MAX = 4095,            /* bytes; the rest of a longer one is dropped */
};

typedef struct KeyValue {
        const char *key;
        const char *value; /* NULL: a block */
        struct KeyValue *first, *next;
} KeyValue;

typedef enum KeyValuesFlags {
        KEY_VALUES_PLAIN = 0,
        KEY_VALUES_ESCAPES = 1, /* \" \\ \n \t in quotes; the engine does this for few files, and
                                   not for missions or addoninfo.txt */
} KeyValuesFlags;

typedef struct KeyValues {
        KeyValue root; /* its items are those at the file's top */
        int error;     /* 0, or why the file was read only up to here: -EBADMSG syntax, -ELOOP too
                          deep, -E2BIG too many keys */
        struct Arena *arena;
} KeyValues;

/* The engine uses what a file has before an error, and so do we: see error. -EFBIG or -ENOMEM. */
int key_values_parse(const char *text, size_t size, KeyValuesFlags flags, KeyValues **ret)
        _must_check_;

KeyValues *key_values_free(KeyValues *values);
DEFINE_CLEANUP(KeyValues *, key_values_free)

/* The first item of this key in a block, NULL: none, or the block is NULL. */
const KeyValue *key_value_find(const KeyValue *block, const char *key);

/* The same for the block after this item, with the same key; for files that split one. */
const KeyValue *key_value_next(const KeyValue *item);

/* The value of this key, NULL: none, or a block. */
const char *key_value_text(const KeyValue *block, const char *key);
