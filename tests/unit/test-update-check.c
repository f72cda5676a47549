/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The check for an update of the game: requests, answers, and what they mean. */

#include <criterion/criterion.h>
#include <stdlib.h>

#include "content/update-check.h"

static char root[] = "/tmp/update-check-XXXXXX";
static Paths *paths;

/* A command of the shell, in which $RUN is the run-time directory, $CHECK the one of answers and
 * $GAME the installation. */
static void run(const char *command) {
        cr_assert_eq(setenv("RUN", paths->run_dir, 1), 0);
        cr_assert_eq(setenv("CHECK", paths->update_check_dir, 1), 0);
        cr_assert_eq(setenv("GAME", paths->installation_dir, 1), 0);
        cr_assert_eq(system(command), 0, "%s", command);
}

static void make(void) {
        cr_assert(mkdtemp(root));
        cr_assert_eq(paths_new(root, &paths), 0);
        run("mkdir -p $RUN/requests $CHECK $GAME");
}

static void take_away(void) {
        char command[128];

        (void) snprintf(command, sizeof(command), "rm -rf %s", root);
        run(command);
        paths_free(paths);
}

TestSuite(update_check, .init = make, .fini = take_away);

Test(update_check, a_request_is_for_one_check) {
        cr_expect_not(update_check_request_take(paths));
        cr_expect_eq(update_check_request_write(paths), 0);
        cr_expect_eq(update_check_request_write(paths), 0);
        cr_expect(update_check_request_take(paths));
        cr_expect_not(update_check_request_take(paths));
        run("rmdir $RUN/requests");
        cr_expect_eq(update_check_request_write(paths), -ENOENT);
        cr_expect_not(update_check_request_take(paths));
}

static void answer(const char *installed, const char *available, bool is_news) {
        UpdateCheck check = { .checked = 3, .is_news = is_news };
        int fd = update_check_open_dir(paths);

        (void) snprintf(check.installed, sizeof(check.installed), "%s", installed);
        (void) snprintf(check.available, sizeof(check.available), "%s", available);
        cr_assert_geq(fd, 0);
        cr_assert_eq(update_check_write(fd, &check), 0);
        (void) close(fd);
}

Test(update_check, answers) {
        UpdateCheck check = {};

        cr_expect_eq(update_check_read(paths, &check), -ENOENT);
        answer("1", "2", true);
        cr_assert_eq(update_check_read(paths, &check), 0);
        cr_expect_str_eq(check.installed, "1");
        cr_expect_str_eq(check.available, "2");
        cr_expect_eq(check.checked, 3);
        cr_expect(check.is_news);
        answer("", "2", false);
        cr_assert_eq(update_check_read(paths, &check), 0);
        cr_expect_str_eq(check.installed, "");
        cr_expect_not(check.is_news);
}

static void expect_check(const char *text, int result) {
        UpdateCheck check = {};

        cr_assert_eq(setenv("TEXT", text, 1), 0);
        run("printf '%s' \"$TEXT\" >$CHECK/check.json");
        cr_expect_eq(update_check_read(paths, &check), result, "%s", text);
        cr_expect_not(check.is_news);
}

/* The directory belongs to steamcmd's user. */
Test(update_check, hostile_answers) {
        static const char *const bad[] = {
                "",
                "{}",
                "[1,2]",
                "{\"installed\":\"1\"}",
                "{\"installed\":1,\"available\":2}",
                "{\"installed\":\"1\",\"available\":\"\"}",
                "{\"installed\":\"\\u001b[2J\",\"available\":\"2\"}",
                "{\"installed\":\"123456789012345678901\",\"available\":\"2\"}",
        };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                expect_check(bad[i], -EBADMSG);
        expect_check("{\"installed\":\"\",\"available\":\"2\",\"checked_usec\":\"x\"}", 0);
        expect_check("{\"installed\":\"1\",\"available\":\"2\",\"is_news\":\"true\"}", 0);
        run("rm $CHECK/check.json && ln -s /etc/passwd $CHECK/check.json");
        cr_expect_eq(update_check_read(paths, &(UpdateCheck) {}), -ELOOP);
        run("rm -r $CHECK && ln -s $RUN $CHECK");
        cr_expect_lt(update_check_open_dir(paths), 0);
}

/* version: of the game that is installed; build: steamcmd's note about it, or "" without one. */
static void install(const char *version, const char *build) {
        cr_assert_eq(setenv("VERSION", version, 1), 0);
        cr_assert_eq(setenv("BUILD", build, 1), 0);
        run("mkdir -p $GAME/versions/$VERSION/steamapps && ln -sfn versions/$VERSION $GAME/current &&"
            " { [ -z \"$BUILD\" ] || printf '\"AppState\" { \"buildid\" \"%s\" }' $BUILD"
            " >$GAME/versions/$VERSION/steamapps/appmanifest_222860.acf; }");
}

static void expect_update(const char *version, const char *build, int has_update) {
        _cleanup_(game_update_clear) GameUpdate update = {};

        game_update_load(paths, &update);
        if (version)
                cr_expect_str_eq(update.version, version);
        else
                cr_expect_null(update.version);
        cr_expect_str_eq(update.build, build);
        cr_expect_eq(update.has_update, has_update == 1);
        cr_expect_eq(update.is_newest, has_update == 0);
}

enum { NOT_KNOWN = -1 };

/* The version that servers get now counts, not the one at the check. */
Test(update_check, what_it_means) {
        expect_update(NULL, "", NOT_KNOWN);
        answer("1000", "1001", true);
        expect_update(NULL, "", NOT_KNOWN);
        install("1", "");
        expect_update("versions/1", "", NOT_KNOWN);
        install("2", "1000");
        expect_update("versions/2", "1000", 1);
        install("3", "1001");
        expect_update("versions/3", "1001", 0);
        run("rm $CHECK/check.json");
        expect_update("versions/3", "1001", NOT_KNOWN);
}
