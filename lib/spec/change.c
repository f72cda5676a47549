/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Compares two specs, or two blueprints, key by key. It compares values, not texts: `1G` is
 * `1024M`, and a default that is written out is the same as a missing key.
 */

#include <string.h>

#include "spec/keys.h"

static bool strings_differ(const char *a, const char *b) {
        return a && b ? strcmp(a, b) != 0 : a != b;
}

static bool lists_differ(char *const *a, char *const *b) {
        static char *const none[] = { NULL };

        if (!a)
                a = none;
        if (!b)
                b = none;
        for (; *a && *b; a++, b++)
                if (strcmp(*a, *b) != 0)
                        return true;
        return *a || *b;
}

static bool values_differ(const SpecKeyPlace *place, const void *old, const void *new) {
        const char *a = (const char *) old + place->offset;
        const char *b = (const char *) new + place->offset;
        const void *p, *q;

        switch (place->type) {
        case SPEC_VALUE_BYTES:
                return memcmp(a, b, place->size) != 0;
        case SPEC_VALUE_STRING:
        case SPEC_VALUE_STRINGS:
                memcpy(&p, a, sizeof(p));
                memcpy(&q, b, sizeof(q));
                return place->type == SPEC_VALUE_STRING ? strings_differ(p, q) : lists_differ(p, q);
        case SPEC_VALUE_NOWHERE:
        default:
                return true; /* can't tell that they are equal */
        }
}

static bool differs(const SpecKey *key, const void *old, const void *new) {
        if (!key->keys)
                return values_differ(&key->place, old, new);
        for (size_t i = 0; i < key->keys->n_items; i++)
                if (differs(&key->keys->items[i], old, new))
                        return true;
        return false;
}

const SpecKey *spec_keys_find_change(
        const SpecKeys *keys, unsigned flags, const void *old, const void *new) {
        for (size_t i = 0; i < keys->n_items; i++) {
                const SpecKey *key = &keys->items[i], *found = NULL;

                if (key->flags & flags)
                        found = differs(key, old, new) ? key : NULL;
                else if (key->keys)
                        found = spec_keys_find_change(key->keys, flags, old, new);
                if (found)
                        return found;
        }
        return NULL;
}
