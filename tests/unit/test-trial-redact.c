/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "trial/redact.h"

static const char *const secrets[] = { "hunter2!", "abc", NULL };

static void expect(const char *text, const char *expected) {
        char *result;

        cr_assert_eq(trial_redact(text, secrets, &result), 0);
        cr_expect_str_eq(result, expected);
        free(result);
}

Test(trial_redact, leaves_what_is_nobodys) {
        expect("", "");
        expect("/etc/some.conf", "/etc/some.conf");
        expect("/usr/lib/libfoo.so.1.2", "/usr/lib/libfoo.so.1.2");
        expect("SocketBindAllow=udp:27005\nSystemCallFilter=ptrace\n",
               "SocketBindAllow=udp:27005\nSystemCallFilter=ptrace\n");
        expect("BindReadOnlyPaths=/etc/a.conf:/etc/a.conf",
               "BindReadOnlyPaths=/etc/a.conf:/etc/a.conf");
        expect("/homework/x", "/homework/x");
}

Test(trial_redact, addresses) {
        expect("/var/log/192.0.2.17.log", "/var/log/<address>.log");
        expect("/x/192-0-2-17_27015", "/x/<address>_27015");
        expect("/x/2001:db8::17/y", "/x/<address>/y");
        expect("::ffff:10.0.0.1", "<address>");
        expect("/x/::ffff:192.0.2.17.log", "/x/<address>.log");
        expect("/x/2001:db8::17.log", "/x/<address>.log");
}

Test(trial_redact, steam_identities) {
        expect("/x/STEAM_1:0:12345.txt", "/x/<steamid>.txt");
        expect("/x/steam_1_0_12345.txt", "/x/<steamid>.txt");
        expect("/x/[U:1:12345]", "/x/[<steamid>]");
        expect("/x/76561197960265729.dat", "/x/<steamid>.dat");
}

Test(trial_redact, users_of_the_host) {
        expect("/home/alice/x BindPaths=/home/alice/x:/home/bob",
               "/home/<user>/x BindPaths=/home/<user>/x:/home/<user>");
}

Test(trial_redact, secrets_of_the_spec) {
        expect("/x/hunter2!/y", "/x/<secret>/y");
        expect("/x/abc", "/x/abc"); /* too short to be told from anything else */
}

Test(trial_redact, names_of_written_files) {
        static const char *const cases[][2] = {
                { "left4dead2/players/Bob the Builder.txt", "left4dead2/players/*.txt" },
                { "left4dead2/STEAM_1:0:1/x", "left4dead2/<steamid>/*" },
                { "left4dead2/a.b/Bob", "left4dead2/a.b/*" },
                { "Bob.has a dot", "*" },
                { "/srv/data/Bob.log", "/srv/data/*.log" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char *result;

                cr_assert_eq(trial_redact_written_path(cases[i][0], NULL, &result), 0);
                cr_expect_str_eq(result, cases[i][1]);
                free(result);
        }
}

#define TREE "/var/lib/left4me/runtime/1/merged"

/* What settings are made of holds no names either. */
Test(trial_redact, findings_and_the_settings_made_of_them) {
        static const TrialDenial denials[] = {
                { .kind = TRIAL_WRITE,
                  .directive = "InaccessiblePaths=",
                  .cover = "/srv",
                  .subject = "/srv/Bob.txt" },
                { .kind = TRIAL_WRITE,
                  .directive = "writable_directories=",
                  .makes_directory = true,
                  .subject = TREE "/left4dead2/players/Bob" },
                { .kind = TRIAL_READ,
                  .directive = "TemporaryFileSystem=",
                  .cover = "/etc",
                  .subject = "/etc/hunter2!.conf" },
        };
        static const char *const subjects[] = { "/srv/*.txt", TREE "/left4dead2/players/*",
                                                "/etc/<secret>.conf" };
        TrialFindings findings = {}, clean;
        char *text;

        for (size_t i = 0; i < ELEMENTSOF(denials); i++)
                cr_assert_eq(trial_findings_add(&findings, &denials[i]), 0);
        cr_assert_eq(trial_redact_findings(&findings, TREE, secrets, &clean), 0);
        cr_assert_eq(clean.n_items, ELEMENTSOF(denials));
        for (size_t i = 0; i < ELEMENTSOF(denials); i++) {
                cr_expect_str_eq(clean.items[i].denial.subject, subjects[i]);
                cr_expect_eq(clean.items[i].count, 1);
        }
        cr_assert_eq(trial_drop_in(&clean, &(UnitProperties) {}, &text), 0);
        cr_expect_null(strstr(text, "Bob"));
        cr_expect_null(strstr(text, "hunter2!"));
        free(text);
        cr_assert_eq(trial_writable_directories(&clean, TREE, &text), 0);
        cr_expect_str_eq(text, "left4dead2/players");
        free(text);
        trial_findings_clear(&clean);
        trial_findings_clear(&findings);
}
