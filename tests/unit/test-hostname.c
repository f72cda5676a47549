/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "layer/layer.h"
#include "spec/hostname.h"

static char *lines[4];

static Spec make_spec(const char *blueprint, const char *label) {
        memset(lines, 0, sizeof(lines));
        return (Spec) {
                .settings = { .name = "versus-1", .port = 27015 },
                .arguments = lines + 3,
                .config = lines,
                .overlays = lines + 3,
                .blueprint = (char *) (uintptr_t) blueprint,
                .label = (char *) (uintptr_t) label,
        };
}

static void assert_hostname(const Spec *spec, const char *expected) {
        char name[HOSTNAME_LENGTH_MAX + 1];

        hostname_of(spec, name);
        cr_assert_str_eq(name, expected);
}

/* Compares the server's final name: the last line "hostname" of its server.cfg. */
static void assert_in_cfg(const Spec *spec, const char *expected) {
        _cleanup_free_ char *text = NULL;
        const char *found = NULL;
        size_t size;

        cr_assert_eq(layer_render_server_cfg(spec, &text, &size), 0);
        for (const char *p = text; (p = strstr(p, "\nhostname ")); p++)
                found = p + 1;
        cr_assert_not_null(found, "%s", text);
        cr_assert_eq(strncmp(found, expected, strlen(expected)), 0, "%s", text);
}

Test(hostname, is_made_of_owner_and_label_or_name) {
        Spec spec = make_spec("alice/versus", NULL);

        assert_hostname(&spec, "alice versus-1");
        assert_in_cfg(&spec, "hostname \"alice versus-1\"\n");
        spec = make_spec("alice/versus", "Friday night; hard");
        assert_in_cfg(&spec, "hostname \"alice Friday night; hard\"\n");
        spec = make_spec(NULL, "Friday");
        assert_hostname(&spec, "Friday");
        /* Nothing that the engine would stumble over. */
        spec = make_spec("alice/versus", "Freitag \xc3\xbc");
        assert_hostname(&spec, "alice versus-1");
        spec = make_spec("alice/versus", "a\" ; quit");
        assert_in_cfg(&spec, "hostname \"alice versus-1\"\n");
}

Test(hostname, the_config_goes_before_it_and_the_key_before_both) {
        Spec spec = make_spec("alice/versus", "Friday");
        _cleanup_free_ char *text = NULL;
        char first[] = "sv_cheats 0; HOSTNAME First // x", second[] = "hostname \"Second\"";
        char hostname[] = "Own";
        size_t size;

        lines[0] = first;
        assert_hostname(&spec, "First");
        lines[1] = second;
        assert_hostname(&spec, "Second");
        cr_assert_eq(layer_render_server_cfg(&spec, &text, &size), 0);
        cr_assert_null(strstr(text, "Friday"), "%s", text);

        spec.hostname = hostname;
        assert_hostname(&spec, "Own");
        assert_in_cfg(&spec, "hostname \"Own\"\n");
}

Test(hostname, is_clipped) {
        char label[4 * HOSTNAME_LENGTH_MAX], name[HOSTNAME_LENGTH_MAX + 1];
        Spec spec = make_spec("alice/versus", label);

        memset(label, 'a', sizeof(label));
        label[sizeof(label) - 1] = '\0';
        hostname_of(&spec, name);
        cr_assert_eq(strlen(name), HOSTNAME_LENGTH_MAX);
        lines[0] = label;
        memcpy(label, "hostname ", 9);
        hostname_of(&spec, name);
        cr_assert_eq(strlen(name), HOSTNAME_LENGTH_MAX);
}

Test(hostname, argument_counts_unless_the_config_sets_it) {
        char label[] = "Friday", plus[] = "+hostname", argument[] = "By argument",
             line[] = "hostname Config";
        char *arguments[] = { plus, argument, NULL }, *config[] = { line, NULL };
        Spec spec = make_spec("alice/versus", label);
        _cleanup_free_ char *text = NULL;
        size_t size;

        spec.arguments = arguments;
        assert_hostname(&spec, "By argument");
        cr_assert_eq(layer_render_server_cfg(&spec, &text, &size), 0);
        cr_assert_null(strstr(text, "hostname"), "%s", text);
        spec.config = config;
        assert_hostname(&spec, "Config");
}
