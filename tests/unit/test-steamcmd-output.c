/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The lines of steamcmd, as docs/real-game.md knows them. */

#include <criterion/criterion.h>
#include <string.h>

#include "game/steamcmd-output.h"

static bool reads(SteamcmdOutput *output, const char *line) {
        return steamcmd_output_read(output, line);
}

Test(steamcmd_output, progress) {
        SteamcmdOutput output = {};

        cr_expect(reads(&output, " Update state (0x61) downloading, progress: 12.34 (1 / 8)"));
        cr_expect_str_eq(output.stage, "downloading");
        cr_expect_eq(output.percent, 12);
        cr_expect(reads(&output, " Update state (0x5) verifying install, progress: 99.99 (7 / 7)"));
        cr_expect_str_eq(output.stage, "verifying install");
        cr_expect_eq(output.percent, 99);
        cr_expect(reads(&output, " Update state (0x101) committing, progress: 4711.0 (1 / 1)"));
        cr_expect_eq(output.percent, 100);
}

Test(steamcmd_output, not_progress) {
        static const char *const lines[] = {
                "",
                " Update state (0x",
                " Update state (0x61) downloading",
                " Update state (0x61) downloading, progress: ",
                " Update state (0x61) downloading, progress: -1 (1 / 8)",
                " Update state (0x61) , progress: 1.0",
                " Update state (0x61) a stage with a very long name that no steamcmd has, progress: 1.0",
                "Connecting anonymously to Steam Public...OK",
        };
        SteamcmdOutput output = {};

        for (size_t i = 0; i < ELEMENTSOF(lines); i++)
                cr_expect(!reads(&output, lines[i]), "%s", lines[i]);
        cr_expect_str_eq(output.stage, "");
        cr_expect(!steamcmd_output_explain(&output));
}

Test(steamcmd_output, success) {
        SteamcmdOutput output = {};

        cr_expect(!reads(&output, "Success! App '222860' fully installed."));
        cr_expect(output.installed);
        output = (SteamcmdOutput) {};
        (void) reads(&output, "Success! App '222860' already up to date.");
        cr_expect(output.installed);
        output = (SteamcmdOutput) {};
        (void) reads(&output, "Success! App '550' fully installed.");
        cr_expect(!output.installed);
}

/* Each failure has its own words, and a remedy after them. */
Test(steamcmd_output, failures) {
        static const struct {
                const char *line, *words, *remedy;
        } failures[] = {
                { "Error! App '222860' state is 0x202 after update job.", "disk space",
                  "make room" },
                { "Error! App '222860' state is 0x212 after update job.", "disk space",
                  "make room" },
                { "Error! App '222860' state is 0x402 after update job.", "can't be reached",
                  "network" },
                { "Error! App '222860' state is 0x602 after update job.", "can't be reached",
                  "network" },
                { "Error! App '222860' state is 0x606 after update job.", "can't be written",
                  "file system" },
                { "Error! App '222860' state is 0x626 after update job.", "missing at Steam",
                  "later" },
                { "Error! App '222860' state is 0x6A6 after update job.", "damaged", "--validate" },
                { "ERROR! Failed to install app '222860' (No subscription)", "does not own",
                  "steam_account=" },
                { "ERROR! Failed to install app '222860' (Invalid platform)", "Linux version",
                  "steam_account=" },
                { "ERROR! Failed to install app '222860' (Missing configuration)", "Linux version",
                  "steam_account=" },
                { "FAILED (Invalid Password)", "password", "steam-password" },
                { "FAILED (Rate Limit Exceeded)", "more logins", "hour" },
                { "Steam Guard code:", "Steam Guard", "by hand" },
                { "FAILED (Account Logon Denied)", "Steam Guard", "by hand" },
        };

        for (size_t i = 0; i < ELEMENTSOF(failures); i++) {
                SteamcmdOutput output = {};
                const char *words;

                cr_expect(!reads(&output, failures[i].line));
                words = steamcmd_output_explain(&output);
                cr_assert(words, "%s", failures[i].line);
                cr_expect(strstr(words, failures[i].words), "%s: %s", failures[i].line, words);
                cr_expect(strstr(words, failures[i].remedy), "%s: %s", failures[i].line, words);
                cr_expect(!output.installed);
        }
}

Test(steamcmd_output, unknown_failure) {
        SteamcmdOutput output = {};

        (void) reads(&output, "ERROR! Failed to install app '222860' (Something new)");
        cr_expect(!steamcmd_output_explain(&output));
        cr_expect(!steamcmd_output_blames_account(&output));
        cr_expect_str_eq(output.error, "ERROR! Failed to install app '222860' (Something new)");
        (void) reads(&output, "Error! App '222860' state is 0xdeadbeefdeadbeef after update job.");
        cr_expect(!steamcmd_output_explain(&output));
}

Test(steamcmd_output, account) {
        SteamcmdOutput output = {};

        (void) reads(&output, "ERROR! Failed to install app '222860' (Invalid platform)");
        cr_expect(steamcmd_output_blames_account(&output));
        (void) reads(&output, "Success! App '222860' fully installed.");
        cr_expect(!steamcmd_output_blames_account(&output));
}
