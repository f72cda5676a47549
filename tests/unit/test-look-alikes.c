/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>

#include "base/cleanup.h"
#include "pages/look-alikes.h"

#define CYRILLIC "Z\u043eey"

static const char *find(const ListedPlayer *players, size_t n, size_t i) {
        const char *name = look_alikes_find(players, n, i);

        return name ? name : "none";
}

Test(look_alikes, a_player_without_an_id_is_not_their_own_look_alike) {
        const ListedPlayer players[] = {
                { "Zoey", 0, true },
                { "Zoey", 76561197960267730, false },
                { "Rochelle", 76561197960267732, false },
        };

        for (size_t i = 0; i < ELEMENTSOF(players); i++)
                cr_expect_str_eq(find(players, ELEMENTSOF(players), i), "none", "%zu", i);
}

Test(look_alikes, a_player_who_is_in_both_lists_is_one_player) {
        /* A recent name may be an older one. */
        const ListedPlayer players[] = { { "Zoey", 7, true }, { CYRILLIC, 7, false } };

        cr_expect_str_eq(find(players, 2, 0), "none");
        cr_expect_str_eq(find(players, 2, 1), "none");
}

Test(look_alikes, the_same_name_with_another_id_is_another_player) {
        const ListedPlayer players[] = { { "Zoey", 7, true }, { "Zoey", 8, false } };

        cr_expect_str_eq(find(players, 2, 0), "Zoey");
        cr_expect_str_eq(find(players, 2, 1), "Zoey");
}

Test(look_alikes, both_lists_are_compared_with_each_other_and_themselves) {
        const ListedPlayer here[] = { { "Zoey", 0, true }, { "Zoey", 0, true } };
        const ListedPlayer mixed[] = { { CYRILLIC, 0, true }, { "Zoey", 8, false } };
        const ListedPlayer gone[] = {
                { "Nick", 6, false },
                { "Zoey", 7, false },
                { CYRILLIC, 8, false },
        };

        cr_expect_str_eq(find(here, 2, 0), "Zoey");
        cr_expect_str_eq(find(mixed, 2, 0), "Zoey");
        cr_expect_str_eq(find(mixed, 2, 1), CYRILLIC);
        cr_expect_str_eq(find(gone, 3, 0), "none");
        cr_expect_str_eq(find(gone, 3, 1), CYRILLIC);
        cr_expect_str_eq(find(gone, 3, 2), "Zoey");
}
