/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The keys of a spec, as one table: parsing, the errors about unknown keys and editing all walk it,
 * so that a new key is one row and one reading function.
 */

#include "spec/spec.h"
#include "yaml/tree.h"

/* The keys that specs and blueprints share. NULL-terminated, NULL: the key isn't set. */
typedef struct SpecLists {
        char **overlays, **arguments, **config;
        uint64_t executed;   /* see Spec */
        char *motd, *banner; /* texts, NULL: the key isn't there */
        char **rotation;     /* NULL: the key isn't there, or is empty */
        RotateWhen rotate_when;
} SpecLists;

/* One file being read. */
typedef struct SpecReader {
        YamlSource source;
        const HostConfig *config; /* NULL but for specs */
        Arena *arena;
        SpecLists lists;
        Spec *spec;   /* NULL: it is a file of another kind, with other keys, */
        void *object; /* and this is what it becomes */
} SpecReader;

typedef enum SpecKeyKind {
        SPEC_KEY_BARE,    /* a number, size or boolean: written without quotes */
        SPEC_KEY_TEXT,    /* a scalar of text: quotes do not matter */
        SPEC_KEY_LIST,    /* a sequence of texts */
        SPEC_KEY_MAPPING, /* has keys of its own */
} SpecKeyKind;

typedef enum SpecValueType {
        SPEC_VALUE_NOWHERE, /* a mapping, or a value that is compared nowhere */
        SPEC_VALUE_BYTES,   /* a number, an enumeration, or an array of them */
        SPEC_VALUE_STRING,  /* char *, NULL: unset */
        SPEC_VALUE_STRINGS, /* char **, NULL-terminated; NULL is the empty list */
} SpecValueType;

/* The member of Spec or Blueprint that holds the value of a key, so that two files can be compared
 * by key. */
typedef struct SpecKeyPlace {
        SpecValueType type;
        size_t offset, size;
} SpecKeyPlace;

/* Members of a structure type have padding, which differs without meaning: name each one instead.
 */
#define SPEC_KEY_PLACE(object, member)               \
        {                                            \
                _Generic(                            \
                        ((object *) NULL)->member,   \
                        char *: SPEC_VALUE_STRING,   \
                        char **: SPEC_VALUE_STRINGS, \
                        default: SPEC_VALUE_BYTES),  \
                offsetof(object, member),            \
                sizeof(((object *) NULL)->member),   \
        }
#define SPEC_KEY_NOWHERE \
        {                \
        }

typedef enum SpecKeyFlags {
        SPEC_KEY_ADMIN = 1 << 0,   /* only admins may change it, and every key below it */
        SPEC_KEY_ENTRIES = 1 << 1, /* elements may be mappings, see yaml/overlay-entry.h */
} SpecKeyFlags;

typedef struct SpecKey {
        const char *name;
        SpecKeyKind kind;
        int (*read)(SpecReader *reader, const struct SpecKey *key, const YamlNode *node);
        const struct SpecKeys *keys; /* of a mapping */
        SpecKeyPlace place;
        unsigned flags;
} SpecKey;

typedef struct SpecKeys {
        const SpecKey *items;
        size_t n_items;
} SpecKeys;

/* The top-level keys of a spec, and those of a blueprint. */
extern const SpecKeys spec_keys, blueprint_keys;

/* One of keys by its name, NULL when there is none. */
const SpecKey *spec_keys_find(const SpecKeys *keys, const char *name);

/* Adds the error about an unknown key, with the key that the user probably meant, else with all
 * keys. */
void spec_keys_complain(
        SpecErrors *errors, const SpecPlace *place, const SpecKeys *keys, const char *name);

/*
 * The first key with one of the flags whose value differs between two objects that were read by
 * these keys; a key inside a flagged mapping makes it the mapping. NULL: none differs. A flagged
 * key without a place counts as different.
 */
const SpecKey *spec_keys_find_change(
        const SpecKeys *keys, unsigned flags, const void *old, const void *new);

/* Reads all of a mapping's values by its keys. 0, also with errors, or -ENOMEM. */
int spec_keys_read(SpecReader *reader, const SpecKeys *keys, const YamlNode *mapping) _must_check_;

/* A kind of file. */
typedef struct SpecDocument {
        const SpecKeys *keys;
        const char *what;  /* one of them, in messages: "a spec" */
        const char *empty; /* what to say of a file without values; NULL: it may be one */
        void (*check)(SpecReader *reader, const YamlNode *root); /* all keys together, or NULL */
} SpecDocument;

/* Reads all of reader's source. Returns 0, -EINVAL with errors in the order of the file, -ENOMEM.
 */
int spec_document_read(SpecReader *reader, const SpecDocument *document) _must_check_;

/* Adds an error about a file as a whole. */
void spec_file_error(const YamlSource *source, const char *message);

/* The readers of lists, in spec/lists.c. */
int spec_read_overlays(SpecReader *reader, const SpecKey *key, const YamlNode *node);
int spec_read_arguments(SpecReader *reader, const SpecKey *key, const YamlNode *node);
int spec_read_config(SpecReader *reader, const SpecKey *key, const YamlNode *node);

/* The readers of the rotation of maps, in spec/rotation.c. */
int spec_read_rotation(SpecReader *reader, const SpecKey *key, const YamlNode *node);
int spec_read_rotate_when(SpecReader *reader, const SpecKey *key, const YamlNode *node);

/* The generic reader of lists, in spec/lists.c. */
typedef struct SpecListRules {
        const char *element; /* one of them, in messages: "an overlay" */
        size_t max;
        /* The text of the n-th, NULL after an error; NULL: it is a single value. */
        char *(*take)(SpecReader *reader, const YamlNode *node, size_t n);
        void (*check)(const YamlSource *source, const YamlNode *list, const YamlNode *node);
} SpecListRules;

/* Reads a sequence; *ret is NULL-terminated, in the reader's arena. 0, also with errors, or
 * -ENOMEM. */
int spec_read_list(
        SpecReader *reader, const SpecKey *key, const YamlNode *list, const SpecListRules *rules,
        char ***ret);

/* The readers of texts that players see, in spec/texts.c. */
int spec_read_motd(SpecReader *reader, const SpecKey *key, const YamlNode *node);
int spec_read_banner(SpecReader *reader, const SpecKey *key, const YamlNode *node);
