/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Lines of a server's log and console, in the forms of public examples (the HL Log Standard, logs
 * of L4D2 and of sister games), and lines that hostile names and chat turn into something else.
 */

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#include "base/time-text.h"
#include "query/game-log.h"

#define AT(time) "L 11/29/2026 - " time
#define L        AT("12:00:00") ": "

static const char *const kinds[] = {
        [GAME_LOG_OTHER] = "other",
        [GAME_LOG_CONNECT] = "connect",
        [GAME_LOG_ENTER] = "enter",
        [GAME_LOG_LEAVE] = "leave",
        [GAME_LOG_SAY] = "say",
        [GAME_LOG_SAY_TEAM] = "say-team",
        [GAME_LOG_RENAME] = "rename",
        [GAME_LOG_KICK] = "kick",
        [GAME_LOG_BAN] = "ban",
        [GAME_LOG_UNBAN] = "unban",
        [GAME_LOG_RCON] = "rcon",
        [GAME_LOG_RCON_BAD] = "rcon-bad",
        [GAME_LOG_MAP_LOADING] = "map-loading",
        [GAME_LOG_MAP_STARTED] = "map-started",
        [GAME_LOG_OUTDATED] = "outdated",
        [GAME_LOG_LAN] = "lan",
        [GAME_LOG_LAN_MODE] = "lan-mode",
        [GAME_LOG_STEAM_FAILED] = "steam-failed",
        [GAME_LOG_STEAM_CONNECTED] = "steam-connected",
        [GAME_LOG_HIBERNATING] = "hibernating",
        [GAME_LOG_STEAM_KICK] = "steam-kick",
        [GAME_LOG_WATCHDOG] = "watchdog",
};

/* The kind, and every field that is set, in the order of the struct. */
static const char *describe(const char *text) {
        static char result[2048];
        GameLogLine line;
        int r = game_log_parse(text, strlen(text), &line);
        FILE *f = fmemopen(result, sizeof(result), "w");

        cr_assert_not_null(f);
        if (r <= 0)
                (void) fprintf(f, "%s", r == 0 ? "0" : "bad");
        else {
                (void) fprintf(f, "%s", kinds[line.kind]);
                if (line.name[0] != '\0')
                        (void) fprintf(f, " name=[%s]", line.name);
                if (line.text[0] != '\0')
                        (void) fprintf(f, " text=[%s]", line.text);
                if (line.by[0] != '\0')
                        (void) fprintf(f, " by=[%s]", line.by);
                if (line.map[0] != '\0')
                        (void) fprintf(f, " map=[%s]", line.map);
                if (line.address[0] != '\0')
                        (void) fprintf(f, " address=[%s]", line.address);
                if (line.steam_id64 > 0)
                        (void) fprintf(f, " id=%" PRIu64, line.steam_id64 - 76561197960265728);
                if (line.user_id > 0)
                        (void) fprintf(f, " #%" PRIu32, line.user_id);
                (void) fprintf(
                        f, "%s%s", line.is_bot ? " bot" : "", line.is_console ? " console" : "");
        }
        cr_assert_eq(fclose(f), 0);
        return result;
}

typedef struct Sample {
        const char *line, *expected;
} Sample;

static void check(const Sample *samples, size_t n) {
        for (size_t i = 0; i < n; i++) {
                const char *found = describe(samples[i].line);

                cr_expect_str_eq(found, samples[i].expected, "%s\n%s", samples[i].line, found);
        }
}

Test(game_log, players) {
        static const Sample samples[] = {
                { L "\"amour plastique<273><STEAM_1:1:527064265><>\" connected, address "
                    "\"1.2.3.4:27005\"",
                  "connect name=[amour plastique] address=[1.2.3.4:27005] id=1054128531 #273" },
                { L "\"Moe<3><BOT><>\" connected, address \"none\"",
                  "connect name=[Moe] address=[none] #3 bot" },
                { L "\"x<2><STEAM_1:0:1000><>\" entered the game", "enter name=[x] id=2000 #2" },
                { L "\"x<2><STEAM_ID_PENDING><>\" entered the game", "enter name=[x] #2" },
                { L "\"foobar<20><STEAM_1:1:12345678><CT>\" disconnected (reason \"Disconnect\")",
                  "leave name=[foobar] text=[Disconnect] id=24691357 #20" },
                { L "\"Wayne<4><BOT><CT>\" disconnected (reason \"Kicked by Console\")",
                  "leave name=[Wayne] text=[Kicked by Console] #4 bot" },
                { L "\"x<2><STEAM_1:0:1000><Survivor>\" disconnected",
                  "leave name=[x] id=2000 #2" },
                /* The reason ends with a line feed. */
                { L "\"x<2><STEAM_1:0:1000><Survivor>\" disconnected (reason \"No Steam logon",
                  "leave name=[x] text=[No Steam logon] id=2000 #2" },
                { "\")", "0" },
                { L "\"amour plastique<273><STEAM_1:1:527064265><Infected>\" say \"gl\"",
                  "say name=[amour plastique] text=[gl] id=1054128531 #273" },
                { L "\"x<2><[U:1:28500804]><Survivor>\" say_team \"\"",
                  "say-team name=[x] id=28500804 #2" },
                { L "\"x<2><STEAM_1:0:1000><Survivor>\" say \"\"hi\" \xc3\xbc\" (dead)",
                  "say name=[x] text=[\"hi\" \xc3\xbc] id=2000 #2" },
                { L "\"Console<0><Console><Console>\" say \"hi\"",
                  "say name=[Console] text=[hi] console" },
                /* The placeholder of a LAN. */
                { L "\"Mal<2><STEAM_1:0:0><Survivor>\" say \"hi\"", "say name=[Mal] text=[hi] #2" },
                { L "\"x<2><STEAM_1:0:1000><Survivor><Biker><ALIVE><100+0><setpos_exact 1 -2 3; "
                    "setang 0 9 0><Area 17>\" say \"hi\"",
                  "say name=[x] text=[hi] id=2000 #2" },
                { L "\"x<2><STEAM_1:0:1000><Spectator>\" changed name to \"y \"z\"\"",
                  "rename name=[x] text=[y \"z\"] id=2000 #2" },
                { L "\"<2><STEAM_1:0:1000><>\" entered the game", "enter id=2000 #2" },
                { L "\"x<2><STEAM_1:0:1000><>\" STEAM USERID validated", "0" },
                { L "\"x<2><STEAM_1:0:1000><Survivor>\" joined team \"Infected\"", "0" },
                { L "\"x<2><STEAM_1:0:1000><Survivor>\" killed \"y<3><BOT><Infected>\" with \"z\"",
                  "0" },
        };

        check(samples, ELEMENTSOF(samples));
}

Test(game_log, admins_and_maps) {
        static const Sample samples[] = {
                { L "Kick: \"PlayerName<15><STEAM_0:1:23456><>\" was kicked by \"Console\" "
                    "(message \"\")",
                  "kick name=[PlayerName] by=[Console] id=46913 #15" },
                { L
                  "Kick: \"x<2><STEAM_1:0:1000><>\" was kicked by \"Console\" (message \"b\"ye\")",
                  "kick name=[x] text=[b\"ye] by=[Console] id=2000 #2" },
                { L "Banid: \"<><[U:1:203049126]><>\" was banned \"permanently\" by \"Console\"",
                  "ban text=[permanently] by=[Console] id=203049126" },
                { L "Banid: \"x<2><STEAM_1:0:1000><>\" was kicked and banned \"for 30.00 minutes\" "
                    "by \"Console\"",
                  "ban name=[x] text=[for 30.00 minutes] by=[Console] id=2000 #2" },
                { L "Addip: \"<><><>\" was banned by IP \"for 60.00 minutes\" by \"Console\" "
                    "(IP \"192.168.0.100\")",
                  "ban text=[for 60.00 minutes] by=[Console] address=[192.168.0.100]" },
                { L "Removeid: \"<><STEAM_1:0:1000><>\" was unbanned by \"Console\"",
                  "unban by=[Console] id=2000" },
                { L "Removeip: \"<><><>\" was unbanned by \"Console\" (IP \"192.0.2.7\")",
                  "unban by=[Console] address=[192.0.2.7]" },
                { L "rcon from \"73.51.200.225:59394\": command \"status\"",
                  "rcon text=[status] address=[73.51.200.225:59394]" },
                { L "rcon from \"127.0.0.1:4711\": command \"say \"a\" b\"",
                  "rcon text=[say \"a\" b] address=[127.0.0.1:4711]" },
                { L "rcon from \"78.207.134.100:15073\": Bad Password",
                  "rcon-bad address=[78.207.134.100:15073]" },
                { L "Loading map \"c1m1_hotel\"", "map-loading map=[c1m1_hotel]" },
                { L "Started map \"c1m1_hotel\" (CRC \"0a1b2c3d\")",
                  "map-started map=[c1m1_hotel]" },
                { L "Log file started (file \"logs/L1129000.log\") (game \"left4dead2\") "
                    "(version \"9387\")",
                  "0" },
                { L "Log file closed.", "0" },
                { L "server_cvar: \"sv_tags\" \"x\"", "0" },
                { L "World triggered \"Round_Start\"", "0" },
                { L "Team \"Survivor\" triggered \"x\"", "0" },
                { L, "0" },
        };

        check(samples, ELEMENTSOF(samples));
}

Test(game_log, questions_of_the_watcher) {
        static const struct {
                const char *line, *own;
                bool is_poll;
        } lines[] = {
                { L "rcon from \"127.0.0.1:4711\": command \"status\"", NULL, true },
                { L "rcon from \"127.0.0.1:4711\": command \"stats\"", NULL, true },
                { L "rcon from \"127.0.0.1:4711\": command \"mp_gamemode\"", NULL, true },
                { L "rcon from \"127.0.0.1:4711\": command \"stats\" ", NULL, true },
                { L "rcon from \"127.0.0.1:4711\": command \"status; quit\"", NULL, false },
                { L "rcon from \"127.0.0.1:4711\": command \"status\"\"", NULL, false },
                { L "rcon from \"127.0.0.1:4711\": command \"statu\"", NULL, false },
                { L "rcon from \"127.0.0.1:4711\": command \"\"", NULL, false },
                { L "rcon from \"127.0.0.1:4711\": Bad Password", NULL, false },
                { L "rcon from \"192.0.2.7:4711\": command \"status\"", NULL, false },
                { L "rcon from \"192.0.2.7:4711\": command \"status\"", "192.0.2.7", true },
                { L "rcon from \"192.0.2.71:4711\": command \"status\"", "192.0.2.7", false },
                { L "\"127.0.0.1:4711\": command \"status\"", NULL, false },
                { "rcon from \"127.0.0.1:4711\": command \"status\"", NULL, false },
                { "", NULL, false },
        };

        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                const char *text = lines[i].line;
                GameLogLine line;

                cr_expect_eq(
                        game_log_parse(text, strlen(text), &line) > 0 &&
                                game_log_is_poll(&line, lines[i].own),
                        lines[i].is_poll, "%s", text);
                if (!lines[i].own)
                        cr_expect_eq(
                                game_log_line_is_poll(text, strlen(text)), lines[i].is_poll, "%s",
                                text);
        }
}

Test(game_log, console) {
        static const Sample samples[] = {
                { "Your server needs to be restarted in order to receive the latest update.",
                  "outdated" },
                { "LAN servers are restricted to local clients (class C).", "lan" },
                { "RejectConnection: 192.0.2.7:27005 - LAN servers are restricted to local clients "
                  "(class C).",
                  "lan address=[192.0.2.7:27005]" },
                { "RejectConnection: 192.0.2.7:27005 - Server is full.", "0" },
                { "This server will operate in LAN mode only.", "lan-mode" },
                { "*\tThis server will operate in LAN mode only.*", "lan-mode" },
                { "*  This server will operate in LAN mode only.  *", "lan-mode" },
                { "*********", "0" },
                { "Zoey: *\tThis server will operate in LAN mode only.*", "0" },
                { "[S_API FAIL] SteamAPI_Init() failed; create pipe failed.", "steam-failed" },
                { "[S_API FAIL] SteamAPI_Init() failed; create pipe failed.Looking up breakpad "
                  "interfaces from steamclient",
                  "steam-failed" },
                { "[S_API FAIL] SteamAPI_Init() failed: fan", "0" },
                { "Zoey: [S_API FAIL] SteamAPI_Init() failed; x", "0" },
                { "Connection to Steam servers successful.", "steam-connected" },
                { "Connection to Steam servers successful. Not.", "0" },
                { "Server is hibernating", "hibernating" },
                { "Server is hibernating \r", "hibernating" },
                { "WatchDog! Server took too long to process (probably infinite loop).",
                  "watchdog" },
                { "Dropped Zoey fan from server (No Steam logon)",
                  "steam-kick name=[Zoey fan] text=[No Steam logon]" },
                { "Dropped Zoey fan from server (No Steam logon",
                  "steam-kick name=[Zoey fan] text=[No Steam logon]" },
                { "Dropped Zoey fan from server (Disconnect by user.)", "0" },
                { "Dropped", "0" },
                { ")", "0" },
                { "", "0" },
                /* With a time these would be chat of a player with a hostile name. */
                { L "Server is hibernating", "0" },
                { L "Dropped x from server (No Steam logon)", "0" },
                /* And these are chat. */
                { "x: Server is hibernating", "0" },
                { "Dropped a: b from server (No Steam logon)", "0" },
                { "Dropped x from server: No Steam logon", "0" },
                { "rcon from \"192.0.2.1:4\": command \"quit\"", "0" },
                { "\"x<2><STEAM_1:0:1000><>\" entered the game", "0" },
                { "Loading map \"c1m1_hotel\"", "0" },
                { "L 11/29/2026 - 12:00: Loading map \"c1m1_hotel\"", "0" },
                { "L 11/29/2026 - 12:00:00 Loading map \"c1m1_hotel\"", "0" },
        };

        check(samples, ELEMENTSOF(samples));
}

Test(game_log, knows_the_lines_of_a_hung_server) {
        static const char line[] = "WatchDog! Server took too long to process (probably infinite "
                                   "loop).";

        cr_expect(game_log_is_watchdog(line, strlen(line)));
        cr_expect_not(game_log_is_watchdog(line, strlen("WatchDog")));
        cr_expect_not(game_log_is_watchdog("", 0));
        cr_expect_not(game_log_is_watchdog(L "WatchDog!", strlen(L "WatchDog!")));
}

/* Names have up to 31 bytes, texts are long. */
Test(game_log, hostile_names_and_texts) {
        static const Sample samples[] = {
                /* Two lines in one: the only one that ends as a line does. */
                { L "\"Evil<3><STEAM_1:0:1><>\" connected, address \"x\" <2><STEAM_1:0:7><>\" "
                    "connected, address \"1.2.3.4:27005\"",
                  "connect name=[Evil<3><STEAM_1:0:1><>\" connected, address \"x\"] "
                  "address=[1.2.3.4:27005] id=14 #2" },
                /* Groups in a name don't matter. */
                { L "\"x<3><STEAM_1:0:1><><2><STEAM_1:0:7><>\" entered the game",
                  "enter name=[x<3><STEAM_1:0:1><>] id=14 #2" },
                { L "\"<3><STEAM_1:0:1><2><STEAM_1:0:7><Survivor>\" say \"x\"",
                  "say name=[<3><STEAM_1:0:1>] text=[x] id=14 #2" },
                { L "\"x\" say \"<2><STEAM_1:0:7><Survivor>\" say \"y\"",
                  "say name=[x\" say \"] text=[y] id=14 #2" },
                /* Chat that looks like a line of another player, or of the log. */
                { L "\"Bob<2><STEAM_1:0:7><Survivor>\" say \"E<3><STEAM_1:0:1><>\" connected, "
                    "address \"1.2.3.4:27005\"",
                  "say name=[Bob] text=[E<3><STEAM_1:0:1><>\" connected, address "
                  "\"1.2.3.4:27005] id=14 #2" },
                { L "\"Bob<2><STEAM_1:0:7><Survivor>\" say \"" L
                    "rcon from \"192.0.2.1:4\": command \"quit\"\"",
                  "say name=[Bob] text=[" L
                  "rcon from \"192.0.2.1:4\": command \"quit\"] id=14 #2" },
                /* A reason, too. */
                { L "\"Bob<2><STEAM_1:0:7><Survivor>\" disconnected (reason \"<3><STEAM_1:0:1><>\" "
                    "disconnected (reason \"x\")",
                  "leave name=[Bob] text=[<3><STEAM_1:0:1><>\" disconnected (reason \"x] id=14 "
                  "#2" },
                /* A name that looks like another player's chat: no way to tell. */
                { L "\"A<2><STEAM_1:0:7><>\" say \"E<5><STEAM_1:0:9><>\" connected, address "
                    "\"1.2.3.4:5\"",
                  "0" },
                { L "\"A<2><STEAM_1:0:7><>\" say \"E<5><STEAM_1:0:9><>\" say \"x\"", "0" },
                /* A line of an unknown form is a way to read it, too. */
                { L "\"A<2><STEAM_1:0:7><>\" z \"E<5><STEAM_1:0:9><>\" say \"x\"", "0" },
                { L "\"A<2><STEAM_1:0:1234567><Survivor>\" changed name to \"E<5><STEAM_1:0:9><>\" "
                    "say \"x\"",
                  "rename name=[A] text=[E<5><STEAM_1:0:9><>\" say \"x] id=2469134 #2" },
                /* The id in front of an unknown one does not become the player's. */
                { L "\"x<3><STEAM_1:0:1><2><other><>\" entered the game", "0" },
                /* The engine forgot a line feed. */
                { L "\"Francis<37><BOT><Survivor><Biker>\" used pills on \"FrancisL 09/21/2026 - "
                    "02:37:21: \"(S)Mal<3><STEAM_1:1:527064265><>\" say \"x\"",
                  "0" },
                /* Nothing of a player without a time, a quote or an id. */
                { L "x<2><STEAM_1:0:7><>\" entered the game", "0" },
                { L "\"x<2><>\" entered the game", "0" },
                { L "\"x<2>\" entered the game", "0" },
                { L "\"x<STEAM_1:0:7><>\" entered the game", "0" },
                { L "\"x<-2><STEAM_1:0:7><>\" entered the game", "0" },
                { L "\"x<2><STEAM_1:0:7><>\"entered the game", "0" },
                { L "\"x<2><STEAM_1:0:7><>\" entered the game now", "0" },
                { L "\"x<2><STEAM_1:0:7><>\" connected, address \"1.2.3.4:5\" \"", "0" },
                { L "\"x<2><STEAM_1:0:7><>\" connected, address \"1.2.3.4", "0" },
                { L "\"x<2><STEAM_1:0:7><>\" say \"", "0" },
                { L "rcon from \"192.0.2.1:4", "0" },
                { L "rcon from \"192.0.2.1:4\": command \"", "0" },
                { L "Loading map \"a\" \"b\"", "0" },
        };

        check(samples, ELEMENTSOF(samples));
}

Test(game_log, limits) {
        static char line[GAME_LOG_SIZE_MAX + 2];
        GameLogLine found;
        int n;

        n = snprintf(line, sizeof(line), L "\"%0200d<2><STEAM_1:0:7><>\" say \"%02000d\"", 1, 2);
        cr_assert_eq(game_log_parse(line, (size_t) n, &found), 1);
        cr_assert_eq(strlen(found.name), GAME_LOG_NAME_MAX);
        cr_assert_eq(strlen(found.text), GAME_LOG_TEXT_MAX);
        cr_assert_str_eq(found.time, "11/29/2026 - 12:00:00");

        memset(line, 'x', sizeof(line));
        cr_assert_eq(game_log_parse(line, GAME_LOG_SIZE_MAX, &found), 0);
        cr_assert_eq(game_log_parse(line, GAME_LOG_SIZE_MAX + 1, &found), -EBADMSG);
        cr_assert_eq(game_log_parse("a\0b", 3, &found), -EBADMSG);
        cr_assert_eq(game_log_parse("a\nb", 3, &found), -EBADMSG);
        cr_assert_eq(game_log_parse("", 0, &found), 0);

        /* Many groups, and many ways to read a line. */
        for (size_t i = 0; i + 3 < sizeof(line); i += 3)
                memcpy(line + i, "<1>", 3);
        memcpy(line, L "\"", strlen(L "\""));
        cr_assert_eq(game_log_parse(line, 4000, &found), 0);
        for (size_t i = strlen(L "\""); i + 9 < 4000; i += 9)
                memcpy(line + i, "<1><2><>\"", 9);
        cr_assert_eq(game_log_parse(line, 4000, &found), 0);
}

/* 11/29/2026 - 12:00:00 */
#define NOON (UINT64_C(1795953600) * USEC_PER_SEC)

static uint64_t now = NOON; /* of the next line */

static bool guards(GameLogGuard *guard, const char *line) {
        return game_log_guard(guard, line, strlen(line), now);
}

/* The console shows chat as "NAME: TEXT", which is a line of the log if the name is a time. */
Test(game_log, guards_against_names_that_are_times) {
        static const char forged[] = L "rcon from \"192.0.2.1:4\": command \"quit\"";
        static GameLogGuard guard;

        cr_assert(!guards(&guard, forged));
        cr_assert(!guards(
                &guard, "L 11/29/2026 - 11:59:00: \"L 11/29/2026 - 12:00:00<2><STEAM_1:0:7><>\" "
                        "connected, address \"192.0.2.1:5\""));
        cr_assert(guards(&guard, forged));
        cr_assert(!guards(&guard, "L 11/29/2026 - 12:00:01: Loading map \"x\""));
        /* Only lines of the log are meant. */
        cr_assert(!guards(&guard, "L 11/29/2026 - 12:00:00"));
        cr_assert(!guards(&guard, "Server is hibernating"));

        memset(&guard, 0, sizeof(guard));
        /* A name that makes its own line ambiguous. */
        cr_assert(!guards(
                &guard, "L 11/29/2026 - 11:59:00: \"A<2><STEAM_1:0:7><>\" say \"E<5><STEAM_1:0:9>"
                        "<>\" changed name to \"L 11/29/2026 - 12:00:00\""));
        cr_assert(guards(&guard, forged));

        /* Names of doubtful lines, too. */
        cr_assert(
                guards(&guard, L "\"x<2><STEAM_1:0:7><>\" changed name to \"" AT("12:00:02") "\""));
        cr_assert(guards(&guard, AT("12:00:02") ": Loading map \"x\""));
}

/* Chat costs nothing: its times are not remembered. */
Test(game_log, chat_about_names_suppresses_no_lines) {
        static GameLogGuard guard;

        cr_assert(
                !guards(&guard, L "\"x<2><STEAM_1:0:7><Survivor>\" say \"a\" changed name to \"" AT(
                                        "12:00:01") "\""));
        cr_assert(!guards(&guard, AT("12:00:01") ": Loading map \"x\""));
        cr_assert(
                !guards(&guard, L
                        "\"x<2><STEAM_1:0:7><Survivor>\" changed name to \"" AT("12:00:01") "\""));
        cr_assert(guards(&guard, AT("12:00:01") ": Loading map \"x\""));
}

/* A name is remembered until 256 others came. */
Test(game_log, the_same_names_again_push_out_none) {
        static GameLogGuard guard;

        cr_assert(
                !guards(&guard, L
                        "\"x<2><STEAM_1:0:7><Survivor>\" changed name to \"" AT("12:00:01") "\""));
        for (unsigned i = 0; i < 1000; i++) {
                char line[128];

                (void) snprintf(
                        line, sizeof(line),
                        L "\"y<3><STEAM_1:0:8><>\" changed name to \"L 11/29/2026 - 13:%02u:%02u\"",
                        i % 255 / 60, i % 255 % 60);
                (void) !guards(&guard, line);
        }
        cr_assert(guards(&guard, AT("12:00:01") ": Loading map \"x\""));
        cr_assert_leq(guard.n_times, 256);
}

Test(game_log, guards_against_other_times_than_the_present) {
        static const struct {
                const char *line;
                bool is_good;
        } samples[] = {
                { AT("12:00:00"), true },
                /* The journal got it late, or the clock was set back. */
                { AT("11:59:00"), true },
                { AT("12:00:05"), true },
                { AT("11:58:59"), false },
                { AT("12:00:06"), false },
                /* Other zones. */
                { AT("13:00:00"), true },
                { AT("06:29:50"), true },
                { AT("17:45:00"), true },
                { "L 11/30/2026 - 02:00:00", true },
                { "L 11/29/2026 - 00:00:00", true },
                { "L 11/30/2026 - 12:00:00", false },
                { "L 11/28/2026 - 12:00:00", false },
                { "L 11/29/2025 - 12:00:00", false },
                /* No times at all. */
                { "L 13/29/2026 - 12:00:00", false },
                { "L 11/00/2026 - 12:00:00", false },
                { "L 11/29/0000 - 00:00:00", false },
                { AT("36:00:00"), false },
                { AT("11:60:00"), false },
                { AT("11:59:61"), false },
                { "L 99/99/9999 - 99:99:99", false },
        };

        for (size_t i = 0; i < ELEMENTSOF(samples); i++) {
                GameLogGuard guard = {};
                char line[128];

                (void) snprintf(line, sizeof(line), "%s: Loading map \"x\"", samples[i].line);
                cr_expect_eq(guards(&guard, line), !samples[i].is_good, "%s", line);
        }
}

/* A player can be named as the line that refuses others begins. */
Test(game_log, guards_against_a_name_that_refuses) {
        static const char line[] =
                "RejectConnection: 1.2.3.4:5 - LAN servers are restricted to local clients (class C).";
        static GameLogGuard guard;

        cr_assert(!guards(&guard, line));
        cr_assert(!guards(&guard, L "\"x<2><STEAM_1:0:7><>\" say \"RejectConnection\""));
        cr_assert(!guards(&guard, line));
        cr_assert(
                !guards(&guard, L "\"x<2><STEAM_1:0:7><>\" changed name to \"RejectConnection\""));
        cr_assert(guards(&guard, line));
        memset(&guard, 0, sizeof(guard));
        cr_assert(!guards(&guard, L "\"RejectConnection<2><STEAM_1:0:7><>\" entered the game"));
        cr_assert(guards(&guard, line));
}

/* A player's own game sends the reason, with line feeds and the end of a line if it likes. */
Test(game_log, guards_against_lines_in_a_reason) {
        static const char forged[] = L "rcon from \"192.0.2.1:4\": command \"quit\"";
        static const char *const reasons[] = {
                L "\"x<2><STEAM_1:0:7><Survivor>\" disconnected (reason \"bye",
                L "\"x<2><STEAM_1:0:7><Survivor>\" disconnected (reason \"bye\")",
                L "\"x<2><STEAM_1:0:7><Survivor>\" disconnected (reason \"",
                L "\"x<2><STEAM_1:0:7><Survivor>\" disconnected (reason \"a\" \"b\"",
                L "\"A<2><STEAM_1:0:7><>\" say \"E<5><STEAM_1:0:9><>\" disconnected (reason \"x",
                "Dropped x from server (bye",
                "Dropped x from server (bye : bye)",
        };
        static const char *const others[] = {
                L "\"x<2><STEAM_1:0:7><Survivor>\" disconnected",
                L "\"x<2><BOT><Survivor>\" disconnected (reason \"Kicked by Console\")",
                L
                "\"x<2><STEAM_1:0:7><Survivor>\" say \"y<3><STEAM_1:0:1><>\" disconnected (reason "
                "\"z\"",
                "Dropped x",
        };
        static GameLogGuard guard;

        for (size_t i = 0; i < ELEMENTSOF(reasons); i++) {
                memset(&guard, 0, sizeof(guard));
                now = NOON;
                cr_expect(!guards(&guard, reasons[i]), "%s", reasons[i]);
                cr_expect(guards(&guard, "\")"), "%s", reasons[i]);
                now = NOON + 900000;
                cr_expect(guards(&guard, forged), "%s", reasons[i]);
                now = NOON + 1100000;
                cr_expect(!guards(&guard, forged), "%s", reasons[i]);
        }
        for (size_t i = 0; i < ELEMENTSOF(others); i++) {
                memset(&guard, 0, sizeof(guard));
                cr_expect(!guards(&guard, others[i]), "%s", others[i]);
                cr_expect(!guards(&guard, forged), "%s", others[i]);
        }

        /* Nor behind as many bytes as the engine writes at once. */
        memset(&guard, 0, sizeof(guard));
        cr_assert(!guards(&guard, reasons[0]));
        for (size_t size = 0; size < 1024; size += strlen(forged) + 1)
                cr_assert(guards(&guard, forged));
        cr_assert(!guards(&guard, forged));

        /* All players leave, and the map changes. */
        memset(&guard, 0, sizeof(guard));
        for (unsigned i = 0; i < 3; i++) {
                cr_assert(!guards(
                        &guard, L "\"x<2><STEAM_1:0:7><>\" disconnected (reason \"No Steam logon"));
                cr_assert(guards(&guard, "\")"));
                cr_assert(!guards(&guard, "Dropped x from server (No Steam logon"));
                cr_assert(guards(&guard, ")"));
        }
        cr_assert(!guards(&guard, L "Loading map \"c1m1_hotel\""));
        cr_assert(!guards(&guard, "Server is hibernating"));
        cr_assert(guards(&guard, L "\"y<3><STEAM_1:0:8><Survivor>\" say \"bye\""));
}
