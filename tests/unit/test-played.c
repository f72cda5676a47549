/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/played.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/time-text.h"

#define MINUTE (60 * USEC_PER_SEC)

static Played played;
static PlayedTimes times;

static void setup(void) {
        played = (Played) {};
        times = (PlayedTimes) { .now = 1000 * MINUTE, .empty_time = MINUTE, .lately = 5 * MINUTE };
}

TestSuite(played, .init = setup);

/* An answer ten seconds later. users: the players' user ids, 0 at the end. */
static PlayedStep see(const char *map, const uint32_t *users) {
        ServerStatus status = { .bots = 1, .players = { { .is_bot = true } }, .n_players = 1 };

        times.now += 10 * USEC_PER_SEC;
        (void) snprintf(status.map, sizeof(status.map), "%s", map);
        for (; *users > 0; users++) {
                status.players[status.n_players++] =
                        (StatusPlayer) { .user_id = *users, .steam_id64 = 1000 + *users };
                status.humans++;
        }
        if (status.humans > 0)
                times.empty_since = 0;
        else if (times.empty_since == 0)
                times.empty_since = times.now;
        return played_see(&played, &status, &times);
}

#define USERS(...) ((const uint32_t[]) { __VA_ARGS__, 0 })
#define NO_USERS   ((const uint32_t[]) { 0 })

static void settle(const char *map, uint32_t humans) {
        ServerStatus status = { .humans = humans,
                                .n_players = humans,
                                .players = { { .user_id = 2, .steam_id64 = 1002 } } };

        (void) snprintf(status.map, sizeof(status.map), "%s", map);
        played_settle(&played, &status, times.now);
}

Test(played, players_leave_once_the_server_is_empty_for_a_while) {
        cr_expect_eq(see("c1m1", NO_USERS), PLAYED_NOTHING);
        times.now += MINUTE;
        cr_expect_eq(see("c1m1", NO_USERS), PLAYED_NOTHING);
        cr_expect_eq(see("c1m1", USERS(2)), PLAYED_NOTHING);
        cr_expect_eq(see("c1m1", NO_USERS), PLAYED_NOTHING);
        cr_expect_eq(see("c1m1", USERS(2)), PLAYED_NOTHING);
        cr_expect_eq(see("c1m1", NO_USERS), PLAYED_NOTHING);
        times.now += MINUTE;
        cr_expect_eq(see("c1m1", NO_USERS), PLAYED_LEFT);
        cr_expect_str_eq(played.map, "c1m1");
        /* Until it is settled. */
        cr_expect_eq(see("c1m1", NO_USERS), PLAYED_LEFT);
        settle("c1m1", 0);
        cr_expect_eq(see("c1m1", NO_USERS), PLAYED_NOTHING);
        cr_expect_eq(see("c1m1", USERS(3)), PLAYED_NOTHING);
        cr_expect_eq(see("c1m1", NO_USERS), PLAYED_NOTHING);
        times.now += MINUTE;
        cr_expect_eq(see("c1m1", NO_USERS), PLAYED_LEFT);
}

Test(played, a_map_without_players_is_not_one_that_they_left) {
        (void) see("c1m1", USERS(2));
        cr_expect_eq(see("c1m2", NO_USERS), PLAYED_NOTHING);
        times.now += MINUTE;
        cr_expect_eq(see("c1m2", NO_USERS), PLAYED_NOTHING);
        cr_expect_eq(see("c1m1", NO_USERS), PLAYED_NOTHING);
        cr_expect_str_eq(played.map, "");
}

Test(played, players_go_on_when_they_are_seen_twice) {
        (void) see("c1m4", USERS(2, 3));
        cr_expect_eq(see("C1M4", USERS(2, 3)), PLAYED_NOTHING);
        cr_expect_eq(see("c1m1", USERS(3, 9)), PLAYED_LOOK_AGAIN);
        cr_expect_str_eq(played.map, "C1M4");
        cr_expect_eq(see("c1m1", USERS(3, 9)), PLAYED_WENT_ON);
        cr_expect_str_eq(played.map, "C1M4");
        cr_expect_eq(see("c1m1", USERS(3)), PLAYED_WENT_ON);
        settle("c1m1", 1);
        cr_expect_eq(see("c1m1", USERS(2)), PLAYED_NOTHING);
        cr_expect_eq(see("c1m2", USERS(2)), PLAYED_LOOK_AGAIN);
        /* They go on at once. */
        cr_expect_eq(see("c1m3", USERS(2)), PLAYED_LOOK_AGAIN);
        cr_expect_eq(see("c1m3", USERS(2)), PLAYED_WENT_ON);
        cr_expect_str_eq(played.map, "c1m1");
}

Test(played, the_same_map_again_is_nothing) {
        (void) see("c1m4", USERS(2));
        for (unsigned i = 0; i < 3; i++)
                cr_expect_eq(see("c1m4", USERS(2)), PLAYED_NOTHING);
}

Test(played, players_can_be_missing_for_a_moment) {
        (void) see("c1m4", USERS(2));
        cr_expect_eq(see("c1m1", NO_USERS), PLAYED_NOTHING);
        cr_expect_eq(see("c1m1", USERS(2)), PLAYED_LOOK_AGAIN);
        cr_expect_eq(see("c1m1", NO_USERS), PLAYED_NOTHING);
        cr_expect_eq(see("c1m1", USERS(2)), PLAYED_LOOK_AGAIN);
        cr_expect_eq(see("c1m1", USERS(2)), PLAYED_WENT_ON);
}

Test(played, an_answer_without_names_is_nothing) {
        ServerStatus status = { .map = "c1m1", .humans = 1 };

        (void) see("c1m4", USERS(2));
        cr_expect_eq(played_see(&played, &status, &times), PLAYED_NOTHING);
        cr_expect_eq(see("c1m1", USERS(2)), PLAYED_LOOK_AGAIN);
}

Test(played, those_who_were_dropped_and_come_back_did_not_go_on) {
        (void) see("c1m4", USERS(2, 3));
        cr_expect_eq(see("c1m1", USERS(4)), PLAYED_NOTHING);
        cr_expect_eq(see("c1m1", USERS(4, 5)), PLAYED_NOTHING);
        cr_expect_str_eq(played.map, "c1m1");
}

Test(played, a_number_that_another_player_has_now_is_not_enough) {
        ServerStatus status = {
                .map = "c1m1", .humans = 1, .n_players = 1, .players = { { .user_id = 2 } }
        };

        (void) see("c1m4", USERS(2));
        cr_expect_eq(played_see(&played, &status, &times), PLAYED_NOTHING);
        cr_expect_str_eq(played.map, "c1m1");
}

Test(played, it_forgets_what_was_long_ago) {
        (void) see("c1m4", USERS(2));
        times.now += 5 * MINUTE - 10 * USEC_PER_SEC;
        cr_expect_eq(see("c1m1", USERS(2)), PLAYED_LOOK_AGAIN);
        /* Not by the next answer. */
        cr_expect_eq(see("c1m1", USERS(2)), PLAYED_NOTHING);
        cr_expect_str_eq(played.map, "c1m1");
}

Test(played, a_change_by_left4me_is_not_theirs) {
        (void) see("c1m1", USERS(2));
        played_send(&played, "c2m1");
        cr_expect_eq(see("c1m1", USERS(2)), PLAYED_NOTHING);
        cr_expect_eq(see("c2m1", USERS(2)), PLAYED_NOTHING);
        cr_expect_eq(see("c2m1", USERS(2)), PLAYED_NOTHING);
        cr_expect_eq(see("c1m1", USERS(2)), PLAYED_LOOK_AGAIN);
        /* Only once. */
        cr_expect_eq(see("c2m1", USERS(2)), PLAYED_NOTHING);
        cr_expect_eq(see("c1m1", USERS(2)), PLAYED_LOOK_AGAIN);
}

Test(played, a_change_that_was_not_made_is_forgotten) {
        (void) see("c1m1", USERS(2));
        played_send(&played, "c2m1");
        (void) see("c1m1", USERS(2));
        cr_expect_eq(see("c1m2", USERS(2)), PLAYED_LOOK_AGAIN);
        cr_expect_eq(see("c1m2", USERS(2)), PLAYED_WENT_ON);
        settle("c1m2", 1);
        cr_expect_eq(see("c2m1", USERS(2)), PLAYED_LOOK_AGAIN);
}

Test(played, another_process_goes_on_where_one_has_ended) {
        ServerStatus status = { .map = "c1m4",
                                .humans = 1,
                                .n_players = 1,
                                .players = { { .user_id = 2, .steam_id64 = 1002 } } };

        played_restore(&played, "c1m4", times.now, &status);
        cr_expect_eq(see("c1m1", USERS(2)), PLAYED_LOOK_AGAIN);
        cr_expect_eq(see("c1m1", USERS(2)), PLAYED_WENT_ON);

        /* It ended between the two answers. */
        (void) strcpy(status.map, "c1m1");
        played_restore(&played, "c1m4", times.now, &status);
        cr_expect_eq(see("c1m1", USERS(2)), PLAYED_LOOK_AGAIN);
        cr_expect_eq(see("c1m1", USERS(2)), PLAYED_WENT_ON);

        played_restore(&played, "c1m4", times.now, &(ServerStatus) { .map = "c1m4" });
        cr_expect_eq(see("c1m4", NO_USERS), PLAYED_NOTHING);
        times.now += MINUTE;
        cr_expect_eq(see("c1m4", NO_USERS), PLAYED_LEFT);
}
