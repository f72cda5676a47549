/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/keys.h"

#include <string.h>

#include "spec/value.h"

/* "Did you mean": the one thing an error about a misspelt key should say. */

enum { WORD_MAX = 24 };

static size_t min3(size_t a, size_t b, size_t c) {
        size_t m = a < b ? a : b;

        return m < c ? m : c;
}

/* Letters to add, drop, change or swap with their neighbour to make a from b. */
static size_t edit_distance(const char *a, const char *b) {
        size_t n = strlen(a), m = strlen(b), d[WORD_MAX + 1][WORD_MAX + 1];

        if (n > WORD_MAX || m > WORD_MAX)
                return WORD_MAX;

        for (size_t i = 0; i <= n; i++)
                for (size_t j = 0; j <= m; j++) {
                        if (i == 0 || j == 0) {
                                d[i][j] = i + j;
                                continue;
                        }

                        size_t change = a[i - 1] == b[j - 1] ? 0 : 1;

                        d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change);
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                            d[i - 2][j - 2] + 1 < d[i][j])
                                d[i][j] = d[i - 2][j - 2] + 1;
                }

        return d[n][m];
}

static const char *nearest(const SpecKeys *keys, const char *name) {
        const char *best = NULL;
        size_t best_distance = 3; /* more than two slips is another word */

        for (size_t i = 0; i < keys->n_items; i++) {
                const char *candidate = keys->items[i].name;
                size_t distance = edit_distance(candidate, name);

                if (distance < best_distance && distance < strlen(candidate) / 2 + 1) {
                        best = candidate;
                        best_distance = distance;
                }
        }
        return best;
}

static char *list_keys(const SpecKeys *keys) {
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return NULL;
        for (size_t i = 0; i < keys->n_items; i++)
                (void) fprintf(f, "%s%s", i == 0 ? "" : ", ", keys->items[i].name);
        if (fclose(f) != 0) {
                free(text);
                return NULL;
        }
        return text;
}

/* A right key in the wrong place: one of resources', written at the top level, or the reverse. */
static bool complain_place(
        SpecErrors *errors, const SpecPlace *place, const SpecKeys *keys, const char *name) {
        const SpecKeys *resources = spec_keys_find(&spec_keys, "resources")->keys;

        if (keys == &spec_keys && spec_keys_find(resources, name))
                spec_errors_add(
                        errors, place, "unknown key '%s', it belongs below 'resources'", name);
        else if (keys == resources && spec_keys_find(&spec_keys, name))
                spec_errors_add(
                        errors, place, "unknown key '%s', it belongs at the top level", name);
        else if (keys == &blueprint_keys && spec_keys_find(&spec_keys, name))
                spec_errors_add(
                        errors, place, "unknown key '%s', it belongs in the specs of servers",
                        name);
        else
                return false;
        return true;
}

void spec_keys_complain(
        SpecErrors *errors, const SpecPlace *place, const SpecKeys *keys, const char *name) {
        const char *meant = nearest(keys, name);
        _cleanup_free_ char *known = NULL;

        if (meant)
                spec_errors_add(
                        errors, place, "unknown key '%.*s', did you mean '%s'?", QUOTED_MAX, name,
                        meant);
        else if (!complain_place(errors, place, keys, name)) {
                known = list_keys(keys);
                spec_errors_add(
                        errors, place, "unknown key '%.*s' (known: %s)", QUOTED_MAX, name,
                        known ? known : "");
        }
}
