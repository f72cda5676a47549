/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include "base/list-match.h"

/* Lists as words; the matches as one word each: "=2" kept, "~2" changed, ">2" moved, "+". */
static void expect(const char *old_words, const char *new_words, bool in_place, const char *words) {
        _cleanup_free_ char *old_text = strdup(old_words), *new_text = strdup(new_words);
        const char *old[32] = {}, *new[32] = {};
        size_t n_old = 0, n_new = 0;
        ListMatch matches[32];
        char got[256] = "", *save;

        for (char *p = strtok_r(old_text, ",", &save); p; p = strtok_r(NULL, ",", &save))
                old[n_old++] = p;
        for (char *p = strtok_r(new_text, ",", &save); p; p = strtok_r(NULL, ",", &save))
                new[n_new++] = p;
        cr_assert_eq(list_match(old, n_old, new, n_new, in_place, matches), 0);
        for (size_t j = 0; j < n_new; j++) {
                char one[16];

                if (matches[j].kind == LIST_INSERTED)
                        strcpy(one, "+ ");
                else
                        (void) snprintf(
                                one, sizeof(one), "%c%zu ", " =~>"[matches[j].kind],
                                matches[j].old);
                strcat(got, one);
        }
        cr_assert_str_eq(got, words, "%s -> %s: %s, not %s", old_words, new_words, got, words);
}

Test(list_match, kept) {
        expect("a,b,c", "a,b,c", false, "=0 =1 =2 ");
        expect("a,b,c", "x,a,b,c", false, "+ =0 =1 =2 ");
        expect("a,b,c", "a,c", false, "=0 =2 ");
        expect("a,b,c", "x,a,b", false, "+ =0 =1 ");
        expect("", "a,b", false, "+ + ");
        expect("a,b", "", false, "");
        expect("a,b,a,b,c", "b,a,c", false, "=1 =2 =4 ");
}

Test(list_match, moved) {
        expect("a,b,c", "b,c,a", false, "=1 =2 >0 ");
        expect("a,b,c", "c,b,a", false, "=2 >1 >0 ");
        expect("a,b,a", "b,a,a", false, "=1 >0 =2 ");
}

Test(list_match, changed) {
        expect("a 1,b 2", "a 1,b 3", false, "=0 ~1 ");
        expect("a 1,b 2", "x,y", false, "~0 ~1 ");
        expect("a 1,b 2", "x", false, "+ ");
        expect("a 1,b 2", "x", true, "~0 ");
        expect("a 1,b 2,c 3", "x,b 9,y,z", false, "~0 ~1 + + ");
        expect("r:exec,s", "r,s:exec", false, "~0 ~1 ");
        expect("ab 1,c", "a 1", false, "+ ");
}

static uint32_t random_below(uint32_t *state, uint32_t n) {
        *state ^= *state << 13;
        *state ^= *state >> 17;
        *state ^= *state << 5;
        return *state % n;
}

static size_t make_list(uint32_t *state, const char **list) {
        static const char *const words[] = { "a", "b", "c 1", "c 2", "d:x", "d", "" };
        size_t n = random_below(state, 12);

        for (size_t i = 0; i < n; i++)
                list[i] = words[random_below(state, ELEMENTSOF(words))];
        return n;
}

/* The properties that callers rely on, for any two lists. */
Test(list_match, any) {
        for (uint32_t seed = 1; seed < 50000; seed++) {
                uint32_t state = seed * 2654435761U;
                const char *old[12], *new[12];
                size_t n_old = make_list(&state, old), n_new = make_list(&state, new), next = 0;
                bool in_place = seed % 2, taken[12] = {}, stays = false;
                ListMatch matches[12];

                if (n_old > 0 && random_below(&state, 4) == 0)
                        old[random_below(&state, (uint32_t) n_old)] = NULL;
                cr_assert_eq(list_match(old, n_old, new, n_new, in_place, matches), 0);
                for (size_t j = 0; j < n_new; j++) {
                        const ListMatch *m = &matches[j];

                        if (m->kind == LIST_INSERTED)
                                continue;
                        cr_assert(m->old < n_old && !taken[m->old]);
                        taken[m->old] = true;
                        if (m->kind != LIST_CHANGED)
                                cr_assert(old[m->old] && strcmp(old[m->old], new[j]) == 0);
                        if (m->kind == LIST_MOVED)
                                continue;
                        cr_assert_geq(m->old, next);
                        next = m->old + 1;
                        stays = true;
                }
                cr_assert(!in_place || stays || n_old == 0 || n_new == 0);
        }
}

/* Past what is compared it goes by place. */
Test(list_match, long_lists) {
        enum { N = 5000 };
        static char texts[2][N][16];
        static const char *old[N], *new[N];
        static ListMatch matches[N];

        for (size_t i = 0; i < N; i++) {
                (void) snprintf(texts[0][i], sizeof(texts[0][i]), "a %zu", i);
                (void) snprintf(texts[1][i], sizeof(texts[1][i]), "b %zu", i);
                old[i] = texts[0][i];
                new[i] = texts[1][i];
        }
        new[0] = old[0];
        cr_assert_eq(list_match(old, N, new, N - 1, false, matches), 0);
        cr_assert_eq(matches[0].kind, LIST_KEPT);
        for (size_t i = 1; i < N - 1; i++)
                cr_assert(matches[i].kind == LIST_CHANGED && matches[i].old == i);
}
