/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/paths.h"
#include "base/visible-text.h"
#include "live/state.h"

#define ID "0123456789abcdef0123456789abcdef"

static const LiveState sample = {
        .invocation_id = ID,
        .at = 1000,
        .written = 1001,
        .health = LIVE_CHANGING_MAP,
        .health_since = 900,
        .source = LIVE_SOURCE_RCON,
        .status = {
                .hostname = "A server",
                .version = "2.2.4.3 secure",
                .map = "c1m1_hotel",
                .humans = 1,
                .bots = 1,
                .slots = 8,
                .is_secure = true,
                .players = {
                        {
                                .name = "Zoë \"x\"",
                                .steam_id = "STEAM_1:0:1000",
                                .steam_id64 = UINT64_C(76561197960267728),
                                .user_id = 2,
                                .connected_sec = 48,
                                .ping_msec = 29,
                                .loss = 1,
                                .rate = 100000,
                                .state = "active",
                                .address = "198.51.100.7:27005",
                        },
                        { .name = "Coach", .is_bot = true, .user_id = 27, .state = "active" },
                },
                .n_players = 2,
        },
        .has_stats = true,
        .fps = 30.5,
        .cpu_percent = 12.25,
        .in_bytes_per_sec = 1024,
        .out_bytes_per_sec = 4096.5,
        .tick_rate = 30,
        .memory_bytes = 1 << 20,
        .tasks = UINT64_MAX,
        .map_since = 500,
        .played_map = "c1m1_hotel",
        .played_at = 950,
        .steam_kicks = 3,
        .hang_restarts = 2,
        .lan_refusals = 5,
        .is_lan = true,
        .needs_update = true,
};

/* Through JSON text and back. */
static int convert(const LiveState *state, LiveState *ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL, *again = NULL;
        _cleanup_free_ char *text = NULL;

        cr_assert_eq(live_state_to_json(state, &object), 0);
        cr_assert(sd_json_variant_format(object, 0, &text) >= 0);
        cr_assert(sd_json_parse(text, 0, &again, NULL, NULL) >= 0);
        return live_state_from_json(again, ret);
}

Test(live_state, comes_back_from_json) {
        static LiveState state;

        cr_assert_eq(convert(&sample, &state), 0);
        cr_assert_eq(memcmp(&state, &sample, sizeof(state)), 0);
}

Test(live_state, has_null_without_stats) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        static LiveState state, before;

        before = sample;
        before.has_stats = false;
        before.memory_bytes = UINT64_MAX;
        cr_assert_eq(live_state_to_json(&before, &object), 0);
        cr_assert(sd_json_variant_is_null(sd_json_variant_by_key(object, "fps")));
        cr_assert(sd_json_variant_is_null(sd_json_variant_by_key(object, "memory_bytes")));
        cr_assert(sd_json_variant_is_null(sd_json_variant_by_key(object, "empty_since_usec")));
        cr_assert(sd_json_variant_is_null(sd_json_variant_by_key(object, "rcon_error")));
        cr_assert_eq(convert(&before, &state), 0);
        cr_assert_not(state.has_stats);
        cr_assert_eq(state.memory_bytes, UINT64_MAX);
        cr_assert_eq(state.empty_since, 0);
}

/* The control group counts the processor also without an answer to `stats`. */
Test(live_state, has_processor_time_without_stats) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        static LiveState state, before;

        before = sample;
        before.has_stats = false;
        cr_assert_eq(convert(&before, &state), 0);
        cr_expect_not(state.has_stats);
        cr_expect_float_eq(state.cpu_percent, 12.25, 1e-9);
        before = sample;
        before.cpu_percent = -1;
        cr_assert_eq(live_state_to_json(&before, &object), 0);
        cr_expect(sd_json_variant_is_null(sd_json_variant_by_key(object, "cpu_percent")));
        cr_assert_eq(convert(&before, &state), 0);
        cr_expect(state.has_stats);
        cr_expect_float_eq(state.cpu_percent, -1, 1e-9);
}

Test(live_state, keeps_each_word) {
        static const int errors[] = { 0,           -ENOKEY,    -EACCES, -ECONNREFUSED,
                                      -ECONNRESET, -ETIMEDOUT, -EBADMSG };
        static LiveState state, before;

        before = sample;
        for (LiveHealth health = 0; health < _LIVE_HEALTH_MAX; health++)
                for (LiveSource source = 0; source < _LIVE_SOURCE_MAX; source++) {
                        before.health = health;
                        before.source = source;
                        cr_assert_eq(convert(&before, &state), 0);
                        cr_expect_eq(state.health, health);
                        cr_expect_eq(state.source, source);
                        cr_expect(live_health_text(health));
                }
        for (size_t i = 0; i < ELEMENTSOF(errors); i++) {
                before.rcon_error = errors[i];
                cr_assert_eq(convert(&before, &state), 0);
                cr_expect_eq(state.rcon_error, errors[i]);
        }
        before.rcon_error = -EFBIG;
        cr_assert_eq(convert(&before, &state), 0);
        cr_expect_eq(state.rcon_error, -EBADMSG);
        cr_expect_null(live_health_to_string(_LIVE_HEALTH_MAX));
        cr_expect_null(live_health_text(_LIVE_HEALTH_MAX));
        cr_expect_null(live_source_to_string(_LIVE_SOURCE_MAX));
}

/* A watcher that is updated takes over the files of the one before. */
Test(live_state, reads_files_of_earlier_versions) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        char *later[] = { (char[]) { "hang_restarts" }, (char[]) { "lan_refusals" },
                          (char[]) { "played_map" }, (char[]) { "played_usec" }, NULL };
        static LiveState state;

        cr_assert_eq(live_state_to_json(&sample, &object), 0);
        cr_assert(sd_json_variant_filter(&object, later) >= 0);
        cr_assert_eq(live_state_from_json(object, &state), 0);
        cr_expect_eq(state.hang_restarts, 0);
        cr_expect_eq(state.lan_refusals, 0);
        cr_expect_str_eq(state.played_map, "");
        cr_expect_eq(state.played_at, 0);
        cr_expect_eq(state.steam_kicks, 3);
        cr_expect(state.needs_update);
}

/* Replaces the value of one key of the sample; value is JSON. */
static int with_key(const char *key, const char *value) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL, *v = NULL;
        static LiveState state;

        cr_assert_eq(live_state_to_json(&sample, &object), 0);
        cr_assert(sd_json_parse(value, 0, &v, NULL, NULL) >= 0);
        cr_assert(sd_json_variant_set_field(&object, key, v) >= 0);
        return live_state_from_json(object, &state);
}

Test(live_state, refuses_other_values) {
        static const struct {
                const char *key, *value;
        } bad[] = {
                { "health", "\"fine\"" },   { "health", "null" },
                { "source", "1" },          { "humans", "-1" },
                { "humans", "4294967296" }, { "humans", "null" },
                { "map", "null" },          { "map", "{}" },
                { "at_usec", "\"1\"" },     { "fps", "\"30\"" },
                { "is_lan", "0" },          { "memory_bytes", "-1" },
                { "players", "{}" },        { "players", "null" },
                { "players", "[{}]" },      { "players", "[null]" },
        };

        cr_expect_eq(with_key("humans", "4294967295"), 0);
        cr_expect_eq(with_key("players", "[]"), 0);
        cr_expect_eq(with_key("later", "[]"), 0);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                cr_expect_eq(
                        with_key(bad[i].key, bad[i].value), -EBADMSG, "%s %s", bad[i].key,
                        bad[i].value);
}

Test(live_state, cuts_texts_at_a_character) {
        char text[8];

        live_text("abc", 3, text, sizeof(text));
        cr_expect_str_eq(text, "abc");
        live_text("123456\u00e9", 8, text, sizeof(text));
        cr_expect_str_eq(text, "123456");
        live_text("12345\u00e9", 7, text, sizeof(text));
        cr_expect_str_eq(text, "12345\u00e9");
        live_text("1234\x1b", 5, text, sizeof(text));
        cr_expect_str_eq(text, "1234");
        live_text("a\nb\tc\x1b", 6, text, sizeof(text));
        cr_expect_str_eq(text, "a b c");
        live_text("\xff", 1, text, sizeof(text));
        cr_expect_str_eq(text, "\xef\xbf\xbd");
        live_text("a\0b", 3, text, sizeof(text));
        cr_expect_str_eq(text, "a\\x00b");
}

Test(live_state, makes_names_visible) {
        static ServerStatus status = { .n_players = 1, .players = { { .name = "\u202eevil\n" } } };
        static ServerStatus copy;

        live_status_copy(&status, &copy);
        cr_expect_str_eq(copy.players[0].name, "\\u202eevil ");
        cr_expect_eq(copy.n_players, 1);
}

Test(live_state, writes_and_reads_a_file) {
        char root[] = "/tmp/test-live-state-XXXXXX";
        _cleanup_(paths_freep) Paths *paths = NULL;
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ LiveState *state = NULL;

        cr_assert(mkdtemp(root));
        cr_assert_eq(paths_new(root, &paths), 0);
        cr_assert_eq(live_state_read(paths, "1", &state), -ENOENT);
        cr_assert_eq(chdir(root), 0);
        cr_assert(mkdir("run", 0755) == 0 && mkdir("run/left4me", 0755) == 0);
        cr_assert_eq(mkdir(paths->watch_dir, 0755), 0);
        fd = open(paths->watch_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        cr_assert(fd >= 0);

        cr_assert_eq(live_state_read(paths, "1", &state), -ENOENT);
        cr_assert_eq(live_state_read(paths, "../1", &state), -EINVAL);
        cr_assert_eq(live_state_write(fd, "../1", &sample), -EINVAL);
        cr_assert_eq(live_state_write(fd, "1", &sample), 0);
        cr_assert_eq(live_state_read(paths, "1", &state), 0);
        cr_assert_eq(memcmp(state, &sample, sizeof(sample)), 0);
        cr_assert(live_state_is_of(state, ID));
        cr_assert_not(live_state_is_of(state, ""));
        cr_assert_not(live_state_is_of(state, NULL));

        cr_assert_eq(live_state_remove(fd, "1"), 0);
        cr_assert_eq(live_state_remove(fd, "1"), 0);
        cr_assert_eq(symlinkat("/dev/zero", fd, "1.json"), 0);
        free(TAKE_PTR(state));
        cr_assert_eq(live_state_read(paths, "1", &state), -ELOOP);
}

Test(live_state, refuses_a_damaged_file) {
        static const char *const bad[] = { "", "{", "null", "[]", "{}", "{\"health\":\"ok\"}" };
        char root[] = "/tmp/test-live-state-XXXXXX";
        _cleanup_(paths_freep) Paths *paths = NULL;
        _cleanup_free_ LiveState *state = NULL;

        cr_assert(mkdtemp(root));
        cr_assert_eq(paths_new(root, &paths), 0);
        cr_assert_eq(chdir(root), 0);
        cr_assert(mkdir("run", 0755) == 0 && mkdir("run/left4me", 0755) == 0);
        cr_assert(mkdir("run/left4me/watch", 0755) == 0 && chdir("run/left4me/watch") == 0);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                FILE *f = fopen("1.json", "we");

                cr_assert(f && fputs(bad[i], f) >= 0 && fclose(f) == 0);
                cr_expect_eq(live_state_read(paths, "1", &state), -EBADMSG, "%s", bad[i]);
        }
}

Test(live_state, times_follow_the_clock) {
        const uint64_t hour = UINT64_C(3600) * 1000000, now = 100 * hour;
        LiveState state = {
                .at = now - 10, .written = 7, .health_since = now - hour, .map_since = 5
        };

        /* Set forward by an hour, and back by two. */
        live_state_move(&state, (int64_t) hour, now + hour);
        cr_expect_eq(state.at, now + hour - 10);
        cr_expect_eq(state.health_since, now);
        cr_expect_eq(state.map_since, hour + 5);
        cr_expect_eq(state.empty_since, 0);
        cr_expect_eq(state.written, 7);
        live_state_move(&state, -2 * (int64_t) hour, now - hour);
        cr_expect_eq(state.at, now - hour - 10);
        cr_expect_eq(state.health_since, now - 2 * hour);
        cr_expect_eq(state.map_since, 1);

        /* A file can say anything; no time is later than now. */
        state.at = UINT64_MAX;
        live_state_move(&state, 0, now);
        cr_expect_eq(state.at, now);
        cr_expect_eq(live_time_move(UINT64_MAX - 1, INT64_MAX, UINT64_MAX), UINT64_MAX);
        cr_expect_eq(live_time_move(now, INT64_MIN, now), 1);
}
