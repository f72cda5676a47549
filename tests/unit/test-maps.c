/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/maps.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/time-text.h"

enum { LAYERS = 3 }; /* two overlays and the game */

static char directory[64];
static int fds[LAYERS];

static void run(const char *command) {
        char line[4096];

        (void) snprintf(line, sizeof(line), "exec bash -c 'cd %s && { %s; }'", directory, command);
        cr_assert_eq(system(line), 0, "%s", command);
}

static void setup(void) {
        strcpy(directory, "/tmp/maps-XXXXXX");
        cr_assert_not_null(mkdtemp(directory));
        for (size_t i = 0; i < LAYERS; i++) {
                char path[128];

                (void) snprintf(path, sizeof(path), "%s/%zu", directory, i);
                cr_assert_eq(mkdir(path, 0755), 0);
                fds[i] = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        }
        run("mkdir -p {0,1,2}/left4dead2/{maps,missions,addons/workshop}");
}

static void teardown(void) {
        for (size_t i = 0; i < LAYERS; i++)
                (void) close(fds[i]);
        run("rm -rf -- \"$PWD\"");
}

TestSuite(maps, .init = setup, .fini = teardown);

static void read_maps(ServerMaps *maps) {
        const MapLayers layers = {
                .fds = fds, .n = LAYERS, .game = LAYERS - 1, .deadline = UINT64_MAX
        };

        cr_assert_eq(server_maps_read(&layers, maps), 0);
}

/* "source title: map(modes) map(modes); …", then "| others". */
static void describe(const ServerMaps *maps, char *out, size_t size) {
        FILE *f = fmemopen(out, size, "w");

        for (size_t i = 0; i < maps->n_campaigns; i++) {
                const Campaign *c = &maps->campaigns[i];

                (void) fprintf(f, "%s %s:", map_source_word(c->source), c->title ?: "-");
                for (size_t j = 0; j < c->n_maps; j++) {
                        (void) fprintf(f, " %s(", c->maps[j].name);
                        for (size_t k = 0; k < c->n_modes; k++)
                                if (c->maps[j].modes & (UINT32_C(1) << k))
                                        (void) fprintf(f, "%.1s", c->modes[k]);
                        (void) fputc(')', f);
                }
                (void) fputs("; ", f);
        }
        for (size_t i = 0; i < maps->n_others; i++)
                (void) fprintf(f, "| %s %s", maps->others[i].name, maps->others[i].file ?: "");
        (void) fclose(f);
}

static void expect(const char *expected) {
        _cleanup_(server_maps_clear) ServerMaps maps = {};
        char actual[4096] = "";

        read_maps(&maps);
        cr_assert(maps.is_complete);
        describe(&maps, actual, sizeof(actual));
        cr_assert_str_eq(actual, expected);
}

#define MISSION(name, title, modes) \
        "mission { Name " name " DisplayTitle \\\"" title "\\\" modes { " modes " } }"

Test(maps, nothing) {
        _cleanup_(server_maps_clear) ServerMaps maps = {};

        expect("");
        read_maps(&maps);
        cr_assert_not(maps.has_game);
}

Test(maps, chapters_of_the_game_whose_files_are_there) {
        run("cd 2/left4dead2/maps && touch c2m1_highway.bsp C1M2_STREETS.BSP c1m1_hotel.bsp "
            "c1m1_hotel.nav");
        run("mkdir -p 2/left4dead2_dlc3/maps 2/update/maps && touch "
            "2/left4dead2_dlc3/maps/c9m1_alleys.bsp 2/update/maps/c14m2_lighthouse.bsp");
        expect("game Dead Center: c1m1_hotel(crv) c1m2_streets(crv); "
               "game Dark Carnival: c2m1_highway(crv); game Crash Course: c9m1_alleys(crv); "
               "game The Last Stand: c14m2_lighthouse(crv); ");
}

Test(maps, missions_and_loose_files) {
        run("touch 0/left4dead2/maps/{loose,one_2}.bsp 1/left4dead2/maps/one_1.bsp");
        run("echo \"" MISSION(
                "one", "The  One",
                "coop { 2 { Map one_2 } 1 { Map one_1 } } versus { 1 { Map one_2 } 2 { Map only } "
                "}") "\" >1/left4dead2/missions/one.txt");
        run("echo not a mission >0/left4dead2/missions/two.txt");
        expect("files The One: one_1(c) one_2(cv) only(v); | loose ");
}

Test(maps, a_mission_replaces_the_campaign_of_the_table_and_the_first_wins) {
        run("touch 2/left4dead2/maps/{c1m1_hotel,c2m1_highway}.bsp");
        run("echo \"" MISSION(
                "l4d2c1", "Mine", "coop { 1 { Map c1m1_hotel } }") "\" "
                                                                   ">0/left4dead2/missions/a.txt");
        run("echo \"" MISSION(
                "L4D2C1", "Other", "coop { 1 { Map c1m1_hotel } }") "\" "
                                                                    ">0/left4dead2/missions/b.txt");
        expect("game Dark Carnival: c2m1_highway(crv); files Mine: c1m1_hotel(c); ");
}

#define ALL_MODES(map)                                                                    \
        "coop { 1 { Map " map " } } versus { 1 { Map " map " } } survival { 1 { Map " map \
        " } } scavenge { 1 { Map " map " } } "

/* The titles of the game's own missions are names in its language files. */
Test(maps, a_mission_of_the_game_has_the_title_of_the_table_and_all_its_modes) {
        _cleanup_(server_maps_clear) ServerMaps maps = {};

        run("touch 2/left4dead2/maps/{c1m1_hotel,c1m4_atrium,c2m1_highway,c5m1_waterfront}.bsp");
        run("echo \"" MISSION(
                "L4D2C2", "#C2",
                "Coop { 1 { Map c2m1_highway } 2 { Map c2m5_concert } } Survival { 1 { Map "
                "c2m5_concert } }") "\" >2/left4dead2/missions/campaign2.txt");
        run("mkdir -p 2/update/missions && echo \"" MISSION(
                "L4D2C1", "#C1",
                ALL_MODES("c1m4_atrium") "dash { 1 { Map c1m1_hotel } } mutation4 { 1 { Map no } "
                                         "}") "\" >2/update/missions/campaign1.txt");
        run("echo \"" MISSION("other", "#O", "dash { 1 { Map c1m1_hotel } }") "\" "
                                                                              ">2/update/missions/"
                                                                              "other.txt");
        read_maps(&maps);
        cr_expect(maps.has_game);
        expect("game Dead Center: c1m4_atrium(cvssr) c1m1_hotel(d); "
               "game Dark Carnival: c2m1_highway(cr); game The Parish: c5m1_waterfront(crv); "
               "game -: c1m1_hotel(d); ");
        cr_expect_eq(server_maps_find(&maps, "c1m4_atrium", "scavenge"), 1);
        cr_expect_eq(server_maps_find(&maps, "c1m4_atrium", "realism"), 1);
        cr_expect_eq(server_maps_find(&maps, "c2m1_highway", "survival"), 0);
        cr_expect_eq(server_maps_find(&maps, "c2m1_highway", "mutation4"), 1);
        /* The table does not know. */
        cr_expect_eq(server_maps_find(&maps, "c5m1_waterfront", "survival"), 1);
}

Test(maps, a_whiteout_and_a_higher_layer_count) {
        run("mkdir -p 1/left4dead2/missions && echo \"" MISSION(
                "low", "Low", "coop { 1 { Map low_1 } }") "\" >1/left4dead2/missions/x.txt");
        run("echo \"" MISSION(
                "high", "High", "coop { 1 { Map high_1 } }") "\" "
                                                             ">0/left4dead2/missions/x.txt");
        expect("files High: high_1(c); ");
}

Test(maps, broken_archives_and_special_files_are_passed_over) {
        run("echo x >0/left4dead2/addons/a.vpk; mkfifo 0/left4dead2/addons/b.vpk "
            "0/left4dead2/missions/p.txt; mkdir 0/left4dead2/addons/c.vpk; "
            "ln -s /etc/passwd 0/left4dead2/addons/d.vpk; touch \"0/left4dead2/maps/a b;c.bsp\"");
        expect("");
}

Test(maps, the_deadline_leaves_archives_out) {
        const MapLayers layers = { .fds = fds, .n = LAYERS, .game = 2, .deadline = 0 };
        _cleanup_(server_maps_clear) ServerMaps maps = {};

        run("echo x >0/left4dead2/addons/a.vpk");
        cr_assert_eq(server_maps_read(&layers, &maps), 0);
        cr_assert_not(maps.is_complete);
}

Test(maps, the_deadline_leaves_files_and_missions_out) {
        const MapLayers layers = { .fds = fds, .n = LAYERS, .game = 2, .deadline = 0 };

        run("touch 0/left4dead2/maps/x.bsp; echo \"" MISSION(
                "one", "One", "coop { 1 { Map one_1 } }") "\" >1/left4dead2/missions/one.txt");
        for (size_t i = 0; i < 2; i++) {
                _cleanup_(server_maps_clear) ServerMaps maps = {};

                cr_assert_eq(server_maps_read(&layers, &maps), 0);
                cr_expect_not(maps.is_complete);
                cr_expect_eq(maps.n_others + maps.n_campaigns, 0);
                run("rm -f 0/left4dead2/maps/x.bsp");
        }
}

Test(maps, no_file_is_read_beyond_the_limit_of_campaigns) {
        _cleanup_(server_maps_clear) ServerMaps maps = {};

        run("for i in $(seq 1 1025); do echo \"mission { Name n$i modes { coop { 1 { Map m$i } } } "
            "}\" >0/left4dead2/missions/$i.txt; done; echo x >0/left4dead2/addons/a.vpk");
        read_maps(&maps);
        cr_expect_not(maps.is_complete);
        cr_expect_eq(maps.n_campaigns, SERVER_MAPS_CAMPAIGNS_MAX);
}

Test(maps, a_campaign_has_a_limit) {
        _cleanup_(server_maps_clear) ServerMaps maps = {};

        run("{ echo \"mission { Name big modes {\"; for m in $(seq 1 20); do echo \"m$m {\"; for i "
            "in $(seq 1 60); do echo \"$i { Map x${m}_$i }\"; done; echo \"}\"; done; echo \"} }\"; } "
            ">0/left4dead2/missions/big.txt");
        read_maps(&maps);
        cr_assert_not(maps.is_complete);
        cr_assert_eq(maps.campaigns[0].n_maps, SERVER_MAPS_OF_CAMPAIGN_MAX);
}

Test(maps, a_part_of_them_by_text_and_limit) {
        static const struct {
                const char *text;
                size_t limit, n_found;
                const char *chosen;
                const char *mode;
        } cases[] = {
                { "", SIZE_MAX, 4, "files The One: one_1(c) one_2(cv); | last | loose " },
                { "ONE_2", SIZE_MAX, 1, "files The One: one_2(cv); " },
                { "the one", SIZE_MAX, 2, "files The One: one_1(c) one_2(cv); " },
                { "l", SIZE_MAX, 2, "| last | loose " },
                { "", 1, 4, "files The One: one_1(c); " },
                { "", 3, 4, "files The One: one_1(c) one_2(cv); | last " },
                { "none", SIZE_MAX, 0, "" },
                { "", SIZE_MAX, 1, "files The One: one_2(cv); ", "versus" },
                { "", 1, 2, "files The One: one_1(c); ", "coop" },
                { "one_1", SIZE_MAX, 0, "", "versus" },
                { "", SIZE_MAX, 0, "", "survival" },
        };

        run("touch 0/left4dead2/maps/{loose,last,one_1,one_2}.bsp");
        run("echo \"" MISSION(
                "a", "The One",
                "coop { 1 { Map one_1 } 2 { Map one_2 } } versus { 1 { Map one_2 } }") "\" "
                                                                                       ">1/left4dead2/missions/one.txt");
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(server_maps_clear) ServerMaps maps = {};
                char actual[256] = "";

                read_maps(&maps);
                cr_assert_eq(
                        server_maps_choose(&maps, cases[i].text, cases[i].mode, cases[i].limit),
                        cases[i].n_found);
                describe(&maps, actual, sizeof(actual));
                cr_assert_str_eq(actual, cases[i].chosen, "%s: %s", cases[i].text, actual);
                cr_assert_eq(
                        maps.n_maps,
                        cases[i].n_found < cases[i].limit ? cases[i].n_found : cases[i].limit);
        }
}

Test(maps, find_a_map_in_a_mode) {
        _cleanup_(server_maps_clear) ServerMaps maps = {};

        run("touch 2/left4dead2/maps/c1m1_hotel.bsp 0/left4dead2/maps/loose.bsp");
        run("echo \"" MISSION(
                "one", "One",
                "coop { 1 { Map one_1 } } versus { 1 { Map one_2 } } zombies { 1 { "
                "Map one_1 } }") "\" >1/left4dead2/missions/one.txt");
        read_maps(&maps);
        cr_assert_eq(server_maps_find(&maps, "nothing", NULL), -ENOENT);
        cr_assert_eq(server_maps_find(&maps, "C1M1_hotel", NULL), 1);
        cr_assert_str_eq(server_maps_name(&maps, "C1M1_hotel"), "c1m1_hotel");
        cr_assert_str_eq(server_maps_name(&maps, "LOOSE"), "loose");
        cr_assert_null(server_maps_name(&maps, "nothing"));
        cr_assert_eq(server_maps_find(&maps, "c1m1_hotel", "scavenge"), 1);
        cr_assert_eq(server_maps_find(&maps, "loose", "versus"), 1);
        cr_assert_eq(server_maps_find(&maps, "one_1", "coop"), 1);
        cr_assert_eq(server_maps_find(&maps, "one_1", "realism"), 1);
        cr_assert_eq(server_maps_find(&maps, "one_1", "versus"), 0);
        cr_assert_eq(server_maps_find(&maps, "one_1", "teamversus"), 0);
        cr_assert_eq(server_maps_find(&maps, "one_2", "realism"), 0);
        cr_assert_eq(server_maps_find(&maps, "one_2", "mutation4"), 1);
        cr_assert(server_maps_know_mode(&maps, "zombies"));
        cr_assert(server_maps_know_mode(&maps, "mutation4"));
        cr_assert(server_maps_know_mode(&maps, "community1"));
        cr_assert_not(server_maps_know_mode(&maps, "mutation"));
        cr_assert_not(server_maps_know_mode(&maps, "mutation4x"));
        cr_assert_not(server_maps_know_mode(&maps, "verus"));
}

static void expect_near(const ServerMaps *maps, const char *name, const char *expected) {
        const char *near[SERVER_MAPS_NEAR_MAX];
        size_t n = server_maps_near(maps, name, near);
        char actual[512] = "";

        for (size_t i = 0; i < n; i++)
                (void) snprintf(
                        actual + strlen(actual), sizeof(actual) - strlen(actual), "%s%s",
                        i > 0 ? " " : "", near[i]);
        cr_assert_str_eq(actual, expected);
}

Test(maps, each_mode_has_its_own_first_and_last_map) {
        _cleanup_(server_maps_clear) ServerMaps maps = {};

        run("echo \"" MISSION(
                "one", "One",
                "coop { 1 { Map a } 2 { Map b } 3 { Map c } } versus { 1 { Map x } 2 { Map b } 3 { "
                "Map a } } survival { 1 { Map b } 2 { Map s } }") "\" "
                                                                  ">1/left4dead2/missions/one.txt");
        read_maps(&maps);
        cr_expect(server_maps_begin_again(&maps, "C", "A", "coop"));
        cr_expect(server_maps_begin_again(&maps, "c", "a", "realism"));
        cr_expect_not(server_maps_begin_again(&maps, "c", "a", "versus"));
        cr_expect(server_maps_begin_again(&maps, "a", "x", "versus"));
        cr_expect_not(server_maps_begin_again(&maps, "a", "x", "coop"));
        cr_expect_not(server_maps_begin_again(&maps, "s", "b", "survival"));
        cr_expect(server_maps_end_with(&maps, "c", "coop"));
        cr_expect_not(server_maps_end_with(&maps, "a", "coop"));
        cr_expect(server_maps_end_with(&maps, "a", "teamversus"));
        cr_expect(server_maps_end_with(&maps, "b", "survival"));
        cr_expect_not(server_maps_end_with(&maps, "b", "versus"));
}

/* The game can't go on to a map whose file is missing. */
Test(maps, the_last_map_of_the_game_is_one_that_is_there) {
        _cleanup_(server_maps_clear) ServerMaps maps = {};

        run("touch 2/left4dead2/maps/{c1m1_hotel,c1m2_streets,c2m1_highway,c2m2_fairgrounds}.bsp");
        run("echo \"" MISSION(
                "L4D2C1", "#C1",
                "coop { 1 { Map c1m1_hotel } 2 { Map c1m2_streets } 3 { Map c1m4_atrium } } "
                "survival { 1 { Map c1m4_atrium } }") "\" "
                                                      ">2/left4dead2/missions/campaign1.txt");
        read_maps(&maps);
        for (size_t i = 0; i < 2; i++) {
                const char *mode = i == 0 ? "coop" : "realism";

                cr_expect(server_maps_end_with(&maps, "c1m2_streets", mode));
                cr_expect_not(server_maps_end_with(&maps, "c1m1_hotel", mode));
                cr_expect(server_maps_begin_again(&maps, "c1m2_streets", "c1m1_hotel", mode));
                /* By the table. */
                cr_expect(server_maps_begin_again(&maps, "c2m2_fairgrounds", "c2m1_highway", mode));
                cr_expect_not(server_maps_end_with(&maps, "c2m1_highway", mode));
        }
}

Test(maps, similar_names) {
        _cleanup_(server_maps_clear) ServerMaps maps = {};

        run("touch 2/left4dead2/maps/{c1m1_hotel,c1m2_streets,c1m3_mall,c1m4_atrium,c2m1_highway,"
            "c2m2_fairgrounds}.bsp 0/left4dead2/maps/my_hotel.bsp");
        read_maps(&maps);
        expect_near(&maps, "c1m1", "c1m1_hotel");
        expect_near(&maps, "hotel", "c1m1_hotel my_hotel");
        expect_near(&maps, "c1m1_hotle", "c1m1_hotel");
        expect_near(&maps, "c", "c1m1_hotel c1m2_streets c1m3_mall c1m4_atrium c2m1_highway");
        expect_near(&maps, "HIGHWAY", "c2m1_highway");
        expect_near(&maps, "xyz", "");
        expect_near(&maps, "", "");
}
