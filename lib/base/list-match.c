/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/list-match.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Limit of the table of common lengths. A list with more changes is changed element by element. */
enum { CELLS_MAX = 1 << 20 };

typedef struct Matching {
        const char *const *old, *const *new;
        size_t n_old, n_new;
        ListMatch *matches; /* of the new ones */
        bool *is_taken;     /* of the old ones: a match names it */
} Matching;

/* The elements of two runs, ends excluded. */
typedef struct Runs {
        size_t old, old_end, new, new_end;
} Runs;

static bool is_same(const Matching *m, size_t old, size_t new) {
        return m->old[old] && strcmp(m->old[old], m->new[new]) == 0;
}

/* "sv_alltalk 0" and "sv_alltalk 1"; an overlay with and without ":exec". */
static bool is_similar(const Matching *m, size_t old, size_t new) {
        const char *a = m->old[old], *b = m->new[new];
        size_t length = strcspn(b, " \t:");

        return a && length > 0 && strcspn(a, " \t:") == length && memcmp(a, b, length) == 0;
}

static void match(Matching *m, size_t new, ListMatchKind kind, size_t old) {
        m->matches[new] = (ListMatch) { kind, old };
        m->is_taken[old] = true;
}

/* --- what is kept ----------------------------------------------------------------------------- */

/* Keeps the same elements at both ends; what is left is between them. */
static Runs keep_ends(Matching *m) {
        Runs left = { 0, m->n_old, 0, m->n_new };

        while (left.old < left.old_end && left.new < left.new_end &&is_same(m, left.old, left.new))
                match(m, left.new ++, LIST_KEPT, left.old++);
        while (left.old < left.old_end &&
               left.new < left.new_end &&is_same(m, left.old_end - 1, left.new_end - 1))
                match(m, --left.new_end, LIST_KEPT, --left.old_end);
        return left;
}

/* The longest common subsequence; its lengths from every pair of places on, by dynamic
 * programming. 1, or 0 when that would be too many. */
static int keep_common(Matching *m, Runs runs) {
        size_t n = runs.old_end - runs.old, width = runs.new_end - runs.new + 1;
        _cleanup_free_ uint32_t *lengths = NULL;

        if (width > CELLS_MAX / (n + 1))
                return 0;
        lengths = calloc((n + 1) * width, sizeof(uint32_t));
        if (!lengths)
                return -ENOMEM;

        for (size_t i = n; i-- > 0;)
                for (size_t j = width - 1; j-- > 0;) {
                        uint32_t *here = lengths + i * width + j;

                        if (is_same(m, runs.old + i, runs.new + j))
                                *here = here[width + 1] + 1;
                        else
                                *here = here[1] > here[width] ? here[1] : here[width];
                }
        for (size_t i = 0, j = 0; i < n && j < width - 1;) {
                const uint32_t *here = lengths + i * width + j;

                if (is_same(m, runs.old + i, runs.new + j))
                        match(m, runs.new + j++, LIST_KEPT, runs.old + i++);
                else if (here[width] >= here[1])
                        i++;
                else
                        j++;
        }
        return 1;
}

/* --- what is not ------------------------------------------------------------------------------ */

static bool is_free(const Matching *m, size_t new) {
        return m->matches[new].kind == LIST_INSERTED;
}

static void find_moved(Matching *m, Runs runs) {
        for (size_t j = runs.new; j < runs.new_end; j++)
                for (size_t i = runs.old; i < runs.old_end && is_free(m, j); i++)
                        if (!m->is_taken[i] && is_same(m, i, j))
                                match(m, j, LIST_MOVED, i);
}

static void pair_similar(Matching *m, Runs runs) {
        size_t from = runs.old;

        for (size_t j = runs.new; j < runs.new_end; j++)
                for (size_t i = from; i < runs.old_end && is_free(m, j); i++)
                        if (!m->is_taken[i] && is_similar(m, i, j)) {
                                match(m, j, LIST_CHANGED, i);
                                from = i + 1;
                        }
}

static void pair_by_place(Matching *m, Runs runs, bool in_place) {
        size_t n_old = 0, n_new = 0;

        for (size_t i = runs.old; i < runs.old_end; i++)
                n_old += !m->is_taken[i];
        for (size_t j = runs.new; j < runs.new_end; j++)
                n_new += is_free(m, j);
        if (n_old != n_new && !in_place)
                return;
        for (size_t i = runs.old, j = runs.new; i < runs.old_end &&j < runs.new_end;)
                if (m->is_taken[i])
                        i++;
                else if (!is_free(m, j))
                        j++;
                else
                        match(m, j++, LIST_CHANGED, i++);
}

/* Calls pair with what lies between elements that are kept or changed already. */
static void pair_between(Matching *m, bool by_place, bool in_place) {
        Runs runs = {};

        for (; runs.new_end <= m->n_new; runs.new_end++) {
                bool is_end = runs.new_end == m->n_new;
                const ListMatch *next = is_end ? NULL : &m->matches[runs.new_end];

                if (next && next->kind != LIST_KEPT && next->kind != LIST_CHANGED)
                        continue;
                runs.old_end = next ? next->old : m->n_old;
                if (by_place)
                        pair_by_place(m, runs, in_place);
                else
                        pair_similar(m, runs);
                runs.old = runs.old_end + 1;
                runs.new = runs.new_end + 1;
        }
}

int list_match(
        const char *const *old, size_t n_old, const char *const *new, size_t n_new, bool in_place,
        ListMatch *ret) {
        _cleanup_free_ bool *is_taken = calloc(n_old + 1, sizeof(bool));
        Matching m = {
                .old = old,
                .new = new,
                .n_old = n_old,
                .n_new = n_new,
                .matches = ret,
                .is_taken = is_taken,
        };
        Runs left;
        int r;

        if (!is_taken)
                return -ENOMEM;
        for (size_t j = 0; j < n_new; j++)
                ret[j] = (ListMatch) { LIST_INSERTED, 0 };
        left = keep_ends(&m);
        r = keep_common(&m, left);
        if (r < 0)
                return r;
        if (r > 0) {
                find_moved(&m, left);
                pair_between(&m, false, in_place);
        }
        pair_between(&m, true, in_place || r == 0);
        return 0;
}
