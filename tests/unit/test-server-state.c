/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "base/text.h"
#include "server/last-end.h"
#include "server/state.h"
#include "systemd/unit-names.h"

static UnitState unit(const char *active, const char *sub) {
        return (UnitState) {
                .load_state = (char *) "loaded",
                .active_state = (char *) active,
                .sub_state = (char *) sub,
                .result = (char *) "success",
        };
}

static const char *word(const char *active, const char *sub, bool refused) {
        UnitState state = unit(active, sub);

        return server_state_to_string(server_state(&state, refused));
}

Test(server_state, words) {
        cr_assert_str_eq(word("active", "running", false), "running");
        cr_assert_str_eq(word("active", "running", true), "running");
        cr_assert_str_eq(word("reloading", "reload", false), "running");
        cr_assert_str_eq(word("activating", "start", false), "starting");
        cr_assert_str_eq(word("activating", "auto-restart", true), "restarting");
        cr_assert_str_eq(word("activating", "auto-restart-queued", false), "restarting");
        cr_assert_str_eq(word("deactivating", "stop-sigint", false), "stopping");
        cr_assert_str_eq(word("failed", "failed", false), "failed");
        cr_assert_str_eq(word("failed", "failed", true), "refused");
        cr_assert_str_eq(word("inactive", "dead", false), "stopped");
        cr_assert_str_eq(word("inactive", "dead", true), "refused");
        cr_assert_str_eq(server_state_to_string(SERVER_UNKNOWN), "unknown");
}

/* Not loaded: nothing is known, nothing is claimed. */
Test(server_state, unloaded) {
        UnitState nothing = {};
        char text[RESULT_TEXT_MAX];

        cr_assert_eq(server_state(&nothing, false), SERVER_STOPPED);
        describe_result(&nothing, text, sizeof(text));
        cr_assert_str_eq(text, "");
}

static void expect(const UnitState *state, const char *expected) {
        char text[RESULT_TEXT_MAX];

        describe_result(state, text, sizeof(text));
        cr_assert_str_eq(text, expected);
}

/* Found once, and described for people of several languages. */
Test(server_state, last_end_is_in_the_current_language) {
        const LastEnd end = {
                .usec = 1, .result = "signal", .exit_code = CLD_KILLED, .exit_status = SIGSEGV
        };
        char text[RESULT_TEXT_MAX];

        text_setup_from(TEST_LOCALES);
        text_set_language("en_XA");
        last_end_describe(&end, text, sizeof(text));
        cr_assert_eq(strncmp(text, "⟦", strlen("⟦")), 0, "%s", text);
        text_set_language("en");
        last_end_describe(&end, text, sizeof(text));
        cr_assert_str_eq(text, "killed by SIGSEGV");
}

Test(server_state, results) {
        UnitState state = unit("failed", "failed");

        state.result = (char *) "signal";
        state.exit_code = CLD_KILLED;
        state.exit_status = SIGSEGV;
        expect(&state, "killed by SIGSEGV");
        state.exit_code = CLD_DUMPED;
        expect(&state, "killed by SIGSEGV, core dumped");
        state.restarts = 5;
        expect(&state, "killed by SIGSEGV, core dumped; given up after 5 restarts");

        state.restarts = 0;
        state.exit_code = CLD_EXITED;
        state.exit_status = 2;
        expect(&state, "exited with status 2");
        state.exit_status = 78;
        expect(&state, "exited with status 78, as left4me-launch does to refuse; see its log");
        state.exit_status = 203;
        expect(&state, "its program could not be executed (status 203)");
        state.exit_status = 71;
        expect(&state, "this host cannot run 32-bit programs, see its log (status 71)");
        state.result = (char *) "timeout";
        expect(&state, "didn't stop in time and was killed");
        state.result = (char *) "oom-kill";
        expect(&state, "killed because memory ran out");
        state.overlay_result = (char *) "exit-code";
        expect(&state, "its game tree could not be mounted; see its log");
        state.tree_error = (char *) "Failed to mount it";
        expect(&state, "no game tree: Failed to mount it");

        /* The unit's assertion fails for want of the tree, and that is not to blame on the spec. */
        state.assert_checked = 1;
        state.assert_passed = 0;
        expect(&state, "no game tree: Failed to mount it");
        state.active_state = (char *) "inactive";
        cr_assert_eq(server_state(&state, false), SERVER_FAILED);
        cr_assert_eq(server_state(&state, true), SERVER_REFUSED);
        state.overlay_result = (char *) "success";
        state.tree_error = NULL;
        expect(&state, "systemd has no unit for it: its spec has errors, or systemd was not "
                       "reloaded since it was created");
}

/* The tree's spec is compared with the written one, and only while the tree is used. */
Test(server_state, changed) {
        UnitState state = unit("active", "running");
        ServerSpec spec = { .digest = "ab" }, refused = {};

        /* The tree's digest could not be read. */
        cr_assert_not(server_is_changed(SERVER_RUNNING, &state, &spec));
        state.tree_digest = (char *) "cd";
        cr_assert(server_is_changed(SERVER_RUNNING, &state, &spec));
        cr_assert(server_is_changed(SERVER_RESTARTING, &state, &spec));
        cr_assert_not(server_is_changed(SERVER_STOPPED, &state, &spec));
        cr_assert_not(server_is_changed(SERVER_RUNNING, &state, &refused));
        /* Made before there were digests, or with a unit of another spec. */
        state.tree_digest = (char *) "";
        cr_assert(server_is_changed(SERVER_RUNNING, &state, &spec));
        cr_assert_not(server_is_changed(SERVER_RUNNING, &state, &refused));
        state.tree_digest = (char *) "ab";
        cr_assert_not(server_is_changed(SERVER_RUNNING, &state, &spec));
}

Test(unit_names, there_and_back) {
        char name[INSTANCE_NAME_MAX + 1];
        UnitNames units;

        unit_names("versus-1", &units);
        cr_assert_str_eq(units.server, "left4me-server@versus-1.service");
        cr_assert_str_eq(units.overlay, "l4d2-overlay@versus-1.service");
        cr_assert_str_eq(units.reset, "l4d2-reset@versus-1.service");
        cr_assert(instance_of_server_unit(units.server, name));
        cr_assert_str_eq(name, "versus-1");
        cr_assert(instance_of_overlay_unit(units.overlay, name));
        cr_assert_str_eq(name, "versus-1");
}

Test(unit_names, foreign) {
        static const char *const units[] = {
                "",
                "left4me-server@.service",
                "left4me-server@..service",
                "left4me-server@...service",
                "left4me-server@1.servic",
                "left4me-server@1.service.d",
                "xleft4me-server@1.service",
                "left4me-server@A.service",
                "left4me-server@1.socket",
                "l4d2-overlay@1.service",
                "left4me-server@123456789012345678901234567890123.service",
        };
        char name[INSTANCE_NAME_MAX + 1];

        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
                cr_assert_not(instance_of_server_unit(units[i], name), "%s", units[i]);
}
