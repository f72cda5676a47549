/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Answers to `status` in tests/unit/status, four of them in the forms of captures of real servers,
 * each beside what is read from it.
 */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "query/status-text.h"

static char *read_capture(const char *name, const char *suffix, size_t *ret_size) {
        const FileLimits limits = { .size_max = 64 * 1024 };
        char path[128], *text = NULL;

        (void) snprintf(path, sizeof(path), "tests/unit/status/%s%s", name, suffix);
        cr_assert_eq(read_file_beneath(AT_FDCWD, path, &limits, &text, ret_size), 0, "%s", path);
        return text;
}

static void print_player(const StatusPlayer *player, FILE *f) {
        (void) fprintf(
                f,
                "%" PRIu32 " [%s] %s [%s] %" PRIu64 " %" PRIu64 "s %" PRIu32 "ms %" PRIu32
                " [%s] %" PRIu32 " [%s]\n",
                player->user_id, player->name, player->is_bot ? "bot" : "human", player->steam_id,
                player->steam_id64, player->connected_sec, player->ping_msec, player->loss,
                player->state, player->rate, player->address);
}

static char *describe(const char *text, size_t size) {
        static ServerStatus status;
        char *result = NULL;
        size_t result_size = 0;
        FILE *f = open_memstream(&result, &result_size);

        cr_assert_not_null(f);
        if (status_parse(text, size, &status) < 0)
                (void) fprintf(f, "not a status\n");
        else {
                (void) fprintf(
                        f, "[%s]\n[%s] %s\n[%s]\n%" PRIu32 " + %" PRIu32 " of %" PRIu32 "%s%s\n",
                        status.hostname, status.version, status.is_secure ? "secure" : "insecure",
                        status.map, status.humans, status.bots, status.slots,
                        status.is_hibernating ? ", hibernating" : "",
                        status_is_empty(&status) ? ", empty" : "");
                for (size_t i = 0; i < status.n_players; i++)
                        print_player(&status.players[i], f);
        }
        cr_assert_eq(fclose(f), 0);
        return result;
}

Test(status_text, captures) {
        static const char *const names[] = { "hibernating",   "reserved",    "no-address",
                                             "hostile-names", "hostile-ids", "log-lines",
                                             "long-table",    "aligned",     "no-table",
                                             "not-status" };

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                _cleanup_free_ char *text = NULL, *expected = NULL, *found = NULL;
                size_t size, expected_size;

                text = read_capture(names[i], ".txt", &size);
                expected = read_capture(names[i], ".expected", &expected_size);
                found = describe(text, size);
                cr_expect_str_eq(found, expected, "%s:\n%s", names[i], found);
        }
}

/* Cut anywhere, an answer never says that a server with players is empty. */
Test(status_text, a_cut_answer_is_not_empty) {
        static const char *const names[] = { "reserved",    "no-address", "hostile-names",
                                             "hostile-ids", "log-lines",  "long-table",
                                             "aligned" };
        static ServerStatus status;

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                _cleanup_free_ char *text = NULL;
                size_t size;

                text = read_capture(names[i], ".txt", &size);
                for (size_t n = 0; n <= size; n++)
                        cr_assert(
                                status_parse(text, n, &status) < 0 || !status_is_empty(&status),
                                "%s cut at %zu", names[i], n);
        }
}

Test(status_text, limits) {
        static ServerStatus status;
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        (void) fprintf(f, "hostname: %01000d\nplayers : 1 humans, 4294967295 bots (1 max)\n", 7);
        for (unsigned i = 0; i < 1000; i++)
                (void) fprintf(f, "# %u \"%0500d\" STEAM_1:0:99999999999999999999 1:1:1:1\n", i, 1);
        (void) fprintf(f, "# 99999999999999999999 \"x\" BOT active\n");
        cr_assert_eq(fclose(f), 0);
        cr_assert_eq(status_parse(text, size, &status), 0);
        cr_assert_eq(strlen(status.hostname), STATUS_TEXT_MAX);
        cr_assert_eq(status.n_players, STATUS_PLAYERS_MAX);
        cr_assert_eq(strlen(status.players[0].name), STATUS_NAME_MAX);
        cr_assert_eq(status.players[0].steam_id64, 0);
        cr_assert_eq(status.players[0].connected_sec, 0);
        free(text);

        text = strdup("players : 4294967296 humans, 0 bots (1 max)\n");
        cr_assert_eq(status_parse(text, strlen(text), &status), -EBADMSG);
        free(text);
}

Test(status_text, steam_ids) {
        cr_assert_eq(steam_id64("STEAM_1:0:1000"), UINT64_C(76561197960267728));
        cr_assert_eq(steam_id64("STEAM_0:1:1000"), UINT64_C(76561197960267729));
        cr_assert_eq(steam_id64("[U:1:2001]"), UINT64_C(76561197960267729));
        cr_assert_eq(steam_id64("STEAM_1:2:1000"), 0);
        cr_assert_eq(steam_id64("STEAM_1:0:4294967296"), 0);
        cr_assert_eq(steam_id64("STEAM_1:0:1000x"), 0);
        cr_assert_eq(steam_id64("STEAM_ID_PENDING"), 0);
        cr_assert_eq(steam_id64("STEAM_1:0:0"), 0);
        cr_assert_eq(steam_id64("[U:1:0]"), 0);
        cr_assert_eq(steam_id64("BOT"), 0);
        cr_assert_eq(steam_id64(""), 0);
}

Test(status_text, stats) {
        static const char good[] = "CPU   In    Out   Uptime  Users   FPS    Players\n"
                                   "  1.50 2048.25 4096.00     125     3   30.01       7\n";
        static const char *const others[] = {
                /* As servers answer, with what their log writes around it. */
                "CPU   In    Out   Uptime  Users   FPS    Players\n"
                "31.01  2.00  4.00       3     0   59.94       9\n"
                "L 01/06/2025 - 00:03:30: rcon from \"192.0.2.1:55454\": command \"stats\"\n",
                "L 01/06/2025 - 00:03:30: \"x<2><STEAM_1:0:7><Survivor>\" say \"CPU   FPS\"\n"
                "CPU   In    Out   Uptime  Users   FPS    Players\r\n"
                "13.00 44.22 64.93    8837  6327  298.93       8\r\n",
                "CPU   In    Out   Uptime  Users   FPS    Players\n 0 0 0 0 0 0 0",
        };
        static const char *const bad[] = {
                "",
                "CPU   In    Out   Uptime  Users   FPS    Players\n",
                "CPU   In    Out   Uptime  Users   FPS    Players\n1 2 3 4 5 6\n",
                "CPU   In    Out   Uptime  Users   FPS    Players\n1 2 3 4 5 6 -7\n",
                "CPU   In    Out   Uptime  Users   FPS    Players\n1 2 3 4 5 6. 7\n",
                "CPU   In    Out   Uptime  Users   FPS    Players\n1 2 3 4 99999999999 6 7\n",
        };
        ServerStats stats;

        cr_assert_eq(stats_parse(good, strlen(good), &stats), 0);
        cr_assert_float_eq(stats.cpu_percent, 1.5, 1e-9);
        cr_assert_float_eq(stats.in_bytes_per_sec, 2048.25, 1e-9);
        cr_assert_float_eq(stats.out_bytes_per_sec, 4096, 1e-9);
        cr_assert_eq(stats.uptime_min, 125);
        cr_assert_eq(stats.users, 3);
        cr_assert_float_eq(stats.fps, 30.01, 1e-9);
        cr_assert_eq(stats.players, 7);
        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                cr_assert_eq(stats_parse(others[i], strlen(others[i]), &stats), 0, "%zu", i);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                cr_assert_eq(stats_parse(bad[i], strlen(bad[i]), &stats), -EBADMSG, "%zu", i);
}
