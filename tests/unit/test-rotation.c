/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/rotation.h"

#include <criterion/criterion.h>

#define S(text) ((char[]) { text })

enum { COOP = 1, VERSUS = 2, SURVIVAL = 4 };

static char *modes[] = { S("coop"), S("versus"), S("survival"), NULL };

#define MAP(map_name, in, first_in, last_in) \
        { .name = S(map_name), .modes = (in), .begins = (first_in), .ends = (last_in) }
#define CAMPAIGN(array) \
        { .maps = (array), .n_maps = ELEMENTSOF(array), .modes = modes, .n_modes = 3 }

/* Two maps for all modes, and one more that is for survival alone and comes last in the list. */
static CampaignMap dead[] = {
        MAP("c1m1", COOP | VERSUS, COOP | VERSUS, 0),
        MAP("c1m2", COOP | VERSUS | SURVIVAL, SURVIVAL, COOP | VERSUS),
        MAP("c1sv", SURVIVAL, 0, SURVIVAL),
};
/* Versus leaves the last map out. */
static CampaignMap dark[] = {
        MAP("Dark1", COOP | VERSUS, COOP | VERSUS, 0),
        MAP("Dark2", COOP | VERSUS, 0, VERSUS),
        MAP("Dark3", COOP, 0, COOP),
};
static CampaignMap alone[] = { MAP("alone", COOP, COOP, COOP) };
/* Both in a row, as some add-ons have it. */
static CampaignMap marathon[] = {
        MAP("c1m1", COOP, COOP, 0), MAP("c1m2", COOP, 0, 0),  MAP("dark1", COOP, 0, 0),
        MAP("dark2", COOP, 0, 0),   MAP("dark3", COOP, 0, 0), MAP("bonus", COOP, 0, COOP),
};
/* The two maps of "dead" the other way round. */
static CampaignMap reversed[] = { MAP("c1m2", COOP, COOP, 0), MAP("c1m1", COOP, 0, COOP) };
static Campaign campaigns[] = { CAMPAIGN(dead), CAMPAIGN(dark), CAMPAIGN(alone), CAMPAIGN(marathon),
                                CAMPAIGN(reversed) };
static OtherMap others[] = { { .name = S("arena") } };

enum { DEAD, DARK, ALONE, MARATHON, REVERSED };

static ServerMaps maps_with(size_t n_campaigns) {
        return (ServerMaps) {
                .campaigns = campaigns,
                .n_campaigns = n_campaigns,
                .others = others,
                .n_others = 1,
        };
}

static size_t n_campaigns = ALONE + 1;

static void expect(
        RotateWhen when, char *rotation[], const char *mode, const char *played,
        const char *current, const char *next) {
        const ServerMaps maps = maps_with(n_campaigns);
        const Spec spec = { .rotation = rotation, .rotate_when = when };
        const RotationPlace place = { .mode = mode, .played = played, .current = current };
        const char *actual = rotation_next(&spec, &maps, &place);

        if (next)
                cr_expect_str_eq(actual ?: "(stays)", next, "%s: %s, %s", mode, played, current);
        else
                cr_expect_null(actual, "%s: %s, %s: %s", mode, played, current, actual);
}

/* After players have left the map. */
static void expect_left(
        RotateWhen when, char *rotation[], const char *mode, const char *map, const char *next) {
        expect(when, rotation, mode, map, map, next);
}

/* After players went on from one map to another. */
static void expect_on(
        char *rotation[], const char *mode, const char *played, const char *current,
        const char *next) {
        expect(ROTATE_UNSET, rotation, mode, played, current, next);
        expect(ROTATE_AT_CAMPAIGN_END, rotation, mode, played, current, next);
        /* Then players are never disturbed. */
        expect(ROTATE_WHEN_EMPTY, rotation, mode, played, current, NULL);
}

#define ROTATION(...) ((char *[]) { __VA_ARGS__, NULL })

Test(rotation, goes_on_when_players_left_the_last_map_of_a_campaign) {
        char **rotation = ROTATION(S("c1m1"), S("dark1"), S("arena"));

        expect_left(ROTATE_UNSET, rotation, "coop", "c1m1", NULL);
        expect_left(ROTATE_AT_CAMPAIGN_END, rotation, "coop", "dark2", NULL);
        /* In the capitals that the game has. */
        expect_left(ROTATE_UNSET, rotation, "coop", "c1m2", "Dark1");
        expect_left(ROTATE_AT_CAMPAIGN_END, rotation, "coop", "DARK3", "arena");
        expect_left(ROTATE_UNSET, rotation, "coop", "arena", "c1m1");
}

Test(rotation, the_last_map_is_the_one_of_the_mode) {
        char **rotation = ROTATION(S("c1m1"), S("dark1"), S("arena"));

        expect_left(ROTATE_UNSET, rotation, "versus", "Dark2", "arena");
        expect_left(ROTATE_UNSET, rotation, "teamversus", "Dark2", "arena");
        expect_left(ROTATE_UNSET, rotation, "realism", "Dark2", NULL);
        expect_left(ROTATE_UNSET, rotation, "realism", "Dark3", "arena");
        /* Versus does not list it, so there is nothing behind it. */
        expect_left(ROTATE_UNSET, rotation, "versus", "Dark3", "arena");
        /* Their base is unknown. */
        expect_left(ROTATE_UNSET, rotation, "mutation3", "c1m1", NULL);
        expect_left(ROTATE_UNSET, rotation, "mutation3", "Dark2", "arena");
        expect_left(ROTATE_UNSET, rotation, "", "c1m1", NULL);
        expect_left(ROTATE_UNSET, rotation, "", "c1m2", "Dark1");
}

Test(rotation, each_map_of_survival_and_scavenge_is_the_last) {
        char **rotation = ROTATION(S("c1m1"), S("dark1"), S("arena"));

        expect_left(ROTATE_UNSET, rotation, "survival", "c1m2", "Dark1");
        expect_left(ROTATE_UNSET, rotation, "survival", "c1sv", "Dark1");
        expect_left(ROTATE_UNSET, rotation, "scavenge", "Dark1", "arena");
        expect_left(ROTATE_UNSET, rotation, "mutation15", "c1m1", "Dark1");
}

Test(rotation, goes_on_from_any_map_when_the_server_is_empty) {
        char **rotation = ROTATION(S("c1m1"), S("dark1"));

        expect_left(ROTATE_WHEN_EMPTY, rotation, "coop", "c1m1", "Dark1");
        expect_left(ROTATE_WHEN_EMPTY, rotation, "coop", "c1m2", "Dark1");
        expect_left(ROTATE_WHEN_EMPTY, rotation, "coop", "dark2", "c1m1");
        /* Players voted for a map that is not in the rotation. */
        expect_left(ROTATE_WHEN_EMPTY, rotation, "coop", "arena", "c1m1");
}

Test(rotation, goes_on_when_the_game_begins_the_campaign_again) {
        char **rotation = ROTATION(S("c1m1"), S("dark1"), S("arena"));

        expect_on(rotation, "coop", "c1m2", "c1m1", "Dark1");
        expect_on(rotation, "versus", "C1M2", "C1M1", "Dark1");
        expect_on(rotation, "realism", "dark3", "dark1", "arena");
        expect_on(rotation, "versus", "dark2", "dark1", "arena");
        expect_on(rotation, "mutation3", "c1m2", "c1m1", "Dark1");
        /* Players chose a campaign that is not in the rotation. */
        expect_on(ROTATION(S("arena"), S("c1m1")), "coop", "dark3", "dark1", "arena");
}

Test(rotation, leaves_players_alone_who_go_on_to_any_other_map) {
        char **rotation = ROTATION(S("c1m1"), S("dark1"), S("arena"));

        /* The next chapter. */
        expect_on(rotation, "coop", "c1m1", "c1m2", NULL);
        expect_on(rotation, "coop", "dark2", "dark3", NULL);
        /* From the middle of a campaign back to its begin, and from the end to the middle. */
        expect_on(rotation, "coop", "dark2", "dark1", NULL);
        expect_on(rotation, "coop", "dark3", "dark2", NULL);
        /* Not the last or the first one in this mode. */
        expect_on(rotation, "versus", "dark3", "dark1", NULL);
        /* Another campaign, or a map of none. */
        expect_on(rotation, "coop", "c1m2", "dark1", NULL);
        expect_on(rotation, "coop", "dark3", "c1m1", NULL);
        expect_on(rotation, "coop", "dark3", "arena", NULL);
        expect_on(rotation, "coop", "arena", "c1m1", NULL);
        /* Maps that no file says anything about. */
        expect_on(rotation, "coop", "nothing", "c1m1", NULL);
        expect_on(rotation, "coop", "c1m2", "nothing", NULL);
}

Test(rotation, a_campaign_of_one_map_does_not_begin_again) {
        char **rotation = ROTATION(S("c1m1"), S("alone"));

        expect_left(ROTATE_UNSET, rotation, "coop", "alone", "c1m1");
        expect_on(rotation, "coop", "alone", "c1m1", NULL);
        /* In survival they go nowhere by themselves. */
        expect_on(rotation, "survival", "c1sv", "c1m2", NULL);
        expect_on(rotation, "survival", "c1m2", "c1m1", NULL);
        expect_on(rotation, "scavenge", "c1m2", "c1m1", NULL);
        expect_on(rotation, "mutation13", "c1m2", "c1m1", NULL);
}

Test(rotation, a_map_may_be_in_several_campaigns) {
        char **rotation = ROTATION(S("dark1"), S("c1m1"), S("arena"));

        n_campaigns = MARATHON + 1;
        expect_left(ROTATE_UNSET, rotation, "coop", "c1m2", "arena");
        expect_left(ROTATE_UNSET, rotation, "coop", "dark3", "c1m1");
        expect_left(ROTATE_UNSET, rotation, "coop", "dark2", NULL);
        expect_on(rotation, "coop", "c1m2", "c1m1", "arena");
        expect_on(rotation, "coop", "dark3", "dark1", "c1m1");
        expect_on(rotation, "coop", "bonus", "c1m1", NULL);
        expect_on(ROTATION(S("arena"), S("dark1")), "coop", "bonus", "c1m1", "arena");
        /* The next chapter of one of them. */
        expect_on(rotation, "coop", "c1m2", "dark1", NULL);
        n_campaigns = REVERSED + 1;
        expect_on(rotation, "coop", "c1m2", "c1m1", NULL);
        expect_on(rotation, "versus", "c1m2", "c1m1", "arena");
}

Test(rotation, of_one_map_goes_back_to_it) {
        expect_left(ROTATE_UNSET, ROTATION(S("c1m1")), "coop", "c1m2", "c1m1");
        expect_left(ROTATE_WHEN_EMPTY, ROTATION(S("c1m1")), "coop", "c1m1", NULL);
        /* The game has done so already. */
        expect_on(ROTATION(S("c1m1")), "coop", "c1m2", "c1m1", NULL);
}

Test(rotation, leaves_out_maps_that_the_server_does_not_have) {
        char **rotation = ROTATION(S("c1m1"), S("gone"), S("arena"));

        expect_left(ROTATE_UNSET, rotation, "coop", "c1m2", "arena");
        expect_left(ROTATE_UNSET, ROTATION(S("gone")), "coop", "c1m2", NULL);
        expect_on(rotation, "coop", "c1m2", "c1m1", "arena");
        expect_on(ROTATION(S("gone")), "coop", "c1m2", "c1m1", NULL);
}

Test(rotation, stays_without_a_rotation_and_on_an_unknown_map) {
        expect_left(ROTATE_WHEN_EMPTY, NULL, "coop", "c1m2", NULL);
        expect_left(ROTATE_WHEN_EMPTY, ROTATION(S("c1m1")), "coop", "nothing", NULL);
        expect_on(NULL, "coop", "c1m2", "c1m1", NULL);
}
