/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/rotation.h"

#include <criterion/criterion.h>

#define S(text) ((char[]) { text })

/* A campaign of two maps, one of three, and a map of no campaign. */
static CampaignMap dead[] = { { .name = S("c1m1") }, { .name = S("c1m2") } };
static CampaignMap dark[] = { { .name = S("Dark1") },
                              { .name = S("Dark2") },
                              { .name = S("Dark3") } };
static Campaign campaigns[] = { { .maps = dead, .n_maps = 2 }, { .maps = dark, .n_maps = 3 } };
static OtherMap others[] = { { .name = S("arena") } };
static const ServerMaps maps = {
        .campaigns = campaigns, .n_campaigns = 2, .others = others, .n_others = 1, .n_maps = 6
};

static void expect(RotateWhen when, char *rotation[], const char *current, const char *next) {
        const Spec spec = { .rotation = rotation, .rotate_when = when };
        const char *actual = rotation_next(&spec, &maps, current);

        if (next)
                cr_assert_str_eq(actual ?: "(stays)", next, "%s", current);
        else
                cr_assert_null(actual, "%s: %s", current, actual);
}

#define ROTATION(...) ((char *[]) { __VA_ARGS__, NULL })

Test(rotation, goes_on_at_the_end_of_a_campaign) {
        char **rotation = ROTATION(S("c1m1"), S("dark1"), S("arena"));

        expect(ROTATE_UNSET, rotation, "c1m1", NULL);
        expect(ROTATE_AT_CAMPAIGN_END, rotation, "dark2", NULL);
        /* In the capitals that the game has. */
        expect(ROTATE_UNSET, rotation, "c1m2", "Dark1");
        expect(ROTATE_AT_CAMPAIGN_END, rotation, "DARK3", "arena");
        expect(ROTATE_UNSET, rotation, "arena", "c1m1");
}

Test(rotation, goes_on_from_any_map_when_the_server_is_empty) {
        char **rotation = ROTATION(S("c1m1"), S("dark1"));

        expect(ROTATE_WHEN_EMPTY, rotation, "c1m1", "Dark1");
        expect(ROTATE_WHEN_EMPTY, rotation, "c1m2", "Dark1");
        expect(ROTATE_WHEN_EMPTY, rotation, "dark2", "c1m1");
        /* Players voted for a map that is not in the rotation. */
        expect(ROTATE_WHEN_EMPTY, rotation, "arena", "c1m1");
}

Test(rotation, of_one_map_goes_back_to_it) {
        expect(ROTATE_UNSET, ROTATION(S("c1m1")), "c1m2", "c1m1");
        expect(ROTATE_WHEN_EMPTY, ROTATION(S("c1m1")), "c1m1", NULL);
}

Test(rotation, leaves_out_maps_that_the_server_does_not_have) {
        char **rotation = ROTATION(S("c1m1"), S("gone"), S("arena"));

        expect(ROTATE_UNSET, rotation, "c1m2", "arena");
        expect(ROTATE_UNSET, ROTATION(S("gone")), "c1m2", NULL);
}

Test(rotation, stays_without_a_rotation_and_on_an_unknown_map) {
        expect(ROTATE_WHEN_EMPTY, NULL, "c1m2", NULL);
        expect(ROTATE_WHEN_EMPTY, ROTATION(S("c1m1")), "nothing", NULL);
}
