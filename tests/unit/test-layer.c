/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "layer/layer.h"

static char *strings[8];

static Spec make_spec(void) {
        return (Spec) {
                .settings = { .name = "1", .port = 27015, .more_ports = { 0, 27215, 27415, 0 } },
                .arguments = strings,
                .config = strings,
                .overlays = strings,
        };
}

static void assert_argv_of(Spec spec, const char *const *expected, size_t n) {
        _cleanup_free_ char *data = NULL;
        size_t size;
        char *p;

        cr_assert_eq(layer_render_argv(&spec, &data, &size), 0);
        p = data;
        for (size_t i = 0; i < n; i++) {
                cr_assert_lt(p, data + size);
                cr_assert_str_eq(p, expected[i]);
                p += strlen(p) + 1;
        }
        cr_assert_eq(p, data + size);
}

static void assert_argv(const char *const *expected, size_t n) {
        assert_argv_of(make_spec(), expected, n);
}

Test(layer, sourcetv_is_enabled_with_its_port) {
        static const char *const expected[] = { "./srcds_linux",   "-game",      "left4dead2",
                                                "-strictportbind", "-ip",        "0.0.0.0",
                                                "-port",           "27015",      "+clientport",
                                                "27215",           "-steamport", "27415",
                                                "+tv_enable",      "1",          "+tv_port",
                                                "27615",           "+map",       "c1m1_hotel" };
        Spec spec = make_spec();

        spec.settings.more_ports[PORT_SOURCETV] = 27615;
        assert_argv_of(spec, expected, ELEMENTSOF(expected));
}

Test(layer, argv_is_complete_and_has_a_map) {
        static const char *const expected[] = {
                "./srcds_linux", "-game", "left4dead2", "-strictportbind", "-ip",
                "0.0.0.0",       "-port", "27015",      "+clientport",     "27215",
                "-steamport",    "27415", "+map",       "c1m1_hotel"
        };

        assert_argv(expected, ELEMENTSOF(expected));
}

Test(layer, arguments_follow_as_they_are) {
        static const char *const expected[] = { "./srcds_linux",   "-game",      "left4dead2",
                                                "-strictportbind", "-ip",        "0.0.0.0",
                                                "-port",           "27015",      "+clientport",
                                                "27215",           "-steamport", "27415",
                                                "%n $HOME \\",     "+MAP",       "c2m1_highway" };
        char first[] = "%n $HOME \\", second[] = "+MAP", third[] = "c2m1_highway";

        strings[0] = first;
        strings[1] = second;
        strings[2] = third;
        assert_argv(expected, ELEMENTSOF(expected));
}

Test(layer, the_log_is_on_before_all_other_lines_unless_the_spec_says_no) {
        char line[] = "sv_logecho 0";
        _cleanup_free_ char *text = NULL, *none = NULL;
        Spec spec = make_spec();
        const char *own;
        size_t size;

        strings[0] = line;
        spec.game_log = true;
        cr_assert_eq(layer_render_server_cfg(&spec, &text, &size), 0);
        own = strstr(text, "\nsv_logecho 0\n");
        cr_assert(own);
        cr_assert(strstr(text, "\nlog on\nsv_logecho 1\nsv_logbans 1\nsv_rcon_log 0\n"));
        cr_assert_lt(strstr(text, "\nlog on\n"), own);

        spec.game_log = false;
        cr_assert_eq(layer_render_server_cfg(&spec, &none, &size), 0);
        cr_assert_null(strstr(none, "log on"));
        cr_assert_null(strstr(none, "sv_rcon_log"));
}

Test(layer, the_password_is_the_last_word_of_server_cfg) {
        char line[] = "hostname \"Versus 1\"", password[] = "secret123", quoted[] = "a\"b";
        _cleanup_free_ char *text = NULL, *none = NULL;
        Spec spec = make_spec();
        size_t size;

        strings[0] = line;
        spec.rcon_password = password;
        cr_assert_eq(layer_render_server_cfg(&spec, &text, &size), 0);
        cr_assert_not_null(strstr(text, "\nhostname \"Versus 1\"\nrcon_password \"secret123\"\n"));
        cr_assert_eq(size, strlen(text));

        spec.rcon_password = quoted;
        cr_assert_eq(layer_render_server_cfg(&spec, &none, &size), -EINVAL);
}
