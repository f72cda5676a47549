/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <string.h>

#include "spec/edit.h"
#include "spec/spec.h"

static const HostConfig host = { .port_min = 1, .port_max = 65535 };

/* --- examples ------------------------------------------------------------------------------ */

#define VALUES(...) ((const char *const[]) { __VA_ARGS__, NULL })
#define NO_VALUES   ((const char *const[]) { NULL })

static void assert_set(
        const char *text, const char *key, const char *const *values, const char *expected) {
        _cleanup_free_ char *result = NULL;
        SpecErrors errors = {};
        size_t size;

        cr_assert_eq(
                spec_edit_set(
                        &(YamlSource) { "f", text, strlen(text), &errors }, &spec_keys, key, values,
                        &result, &size),
                0, "%s", errors.n_items > 0 ? errors.items[0].message : "");
        cr_assert_str_eq(result, expected, "\n--- got\n%s--- expected\n%s", result, expected);
        cr_assert_eq(size, strlen(expected));
}

static void assert_unset(const char *text, const char *key, const char *expected) {
        _cleanup_free_ char *result = NULL;
        SpecErrors errors = {};
        size_t size;

        cr_assert_eq(
                spec_edit_unset(
                        &(YamlSource) { "f", text, strlen(text), &errors }, &spec_keys, key,
                        &result, &size),
                0);
        cr_assert_str_eq(result, expected, "\n--- got\n%s--- expected\n%s", result, expected);
        cr_assert_eq(size, strlen(expected));
}

static void assert_fails(
        const char *text, const char *key, const char *const *values, int error,
        const char *words) {
        _cleanup_free_ char *result = NULL;
        SpecErrors errors = {};
        size_t size;

        cr_assert_eq(
                spec_edit_set(
                        &(YamlSource) { "f", text, strlen(text), &errors }, &spec_keys, key, values,
                        &result, &size),
                error);
        cr_assert_null(result);
        cr_assert_geq(errors.n_items, 1);
        cr_assert(strstr(errors.items[0].message, words), "%s", errors.items[0].message);
        spec_errors_clear(&errors);
}

Test(spec_edit, scalars_keep_their_surroundings) {
        assert_set(
                "port: 1 # ü\nautostart: true\n", "port", VALUES("2"),
                "port: 2 # ü\nautostart: true\n");
        assert_set("# ü\nport:   1", "port", VALUES("2"), "# ü\nport:   2");
        assert_set("port: # none yet\n", "port", VALUES("2"), "port: 2 # none yet\n");
        assert_set("port:\n", "port", VALUES("2"), "port: 2\n");
        assert_set("{port: 1, autostart: true}", "port", VALUES("2"), "{port: 2, autostart: true}");
        assert_set("? port\n: 1\n", "port", VALUES("2"), "? port\n: 2\n");
        assert_set("---\nport: 1\n...\n", "port", VALUES("2"), "---\nport: 2\n...\n");
}

Test(spec_edit, scalars_keep_their_quotes) {
        assert_set("hardening: 'strict'\n", "hardening", VALUES("proven"), "hardening: 'proven'\n");
        assert_set(
                "hardening: \"strict\"\n", "hardening", VALUES("proven"),
                "hardening: \"proven\"\n");
        assert_set(
                "rcon_password: 'x'\n", "rcon_password", VALUES("it's"),
                "rcon_password: 'it''s'\n");
        assert_set(
                "rcon_password: \"x\"\n", "rcon_password", VALUES("a\"b\\"),
                "rcon_password: \"a\\\"b\\\\\"\n");
        assert_set("port: '1'\n", "port", VALUES("2"), "port: 2\n");
}

Test(spec_edit, scalars_of_many_lines) {
        assert_set(
                "hardening: >-\n  strict\n\n# c\nport: 1\n", "hardening", VALUES("proven"),
                "hardening: proven\n\n# c\nport: 1\n");
        assert_set(
                "hardening: |\n    strict\nport: 1\n", "hardening", VALUES("proven"),
                "hardening: proven\nport: 1\n");
        assert_set(
                "hardening:\n  stri\n  ct # c\nport: 1\n", "hardening", VALUES("proven"),
                "hardening:\n  proven # c\nport: 1\n");
        assert_set(
                "hardening: \"stri\n  ct\" # c\n", "hardening", VALUES("proven"),
                "hardening: \"proven\" # c\n");
}

Test(spec_edit, values_get_quotes_when_they_need_them) {
        static const struct {
                const char *value, *block, *flow;
        } cases[] = {
                { "plain", "plain", "plain" },
                { "+map", "+map", "+map" },
                { "-tickrate", "-tickrate", "-tickrate" },
                { "c1m1_hotel versus", "c1m1_hotel versus", "c1m1_hotel versus" },
                { "100", "\"100\"", "\"100\"" },
                { "1_000", "\"1_000\"", "\"1_000\"" },
                { "0x10", "\"0x10\"", "\"0x10\"" },
                { "2024-01-01", "\"2024-01-01\"", "\"2024-01-01\"" },
                { "true", "\"true\"", "\"true\"" },
                { "No", "\"No\"", "\"No\"" },
                { "~", "\"~\"", "\"~\"" },
                { "null", "\"null\"", "\"null\"" },
                { "", "\"\"", "\"\"" },
                { " a", "\" a\"", "\" a\"" },
                { "a ", "\"a \"", "\"a \"" },
                { "a: b", "\"a: b\"", "\"a: b\"" },
                { "a:", "\"a:\"", "\"a:\"" },
                { "a:b", "a:b", "\"a:b\"" },
                { "a #b", "\"a #b\"", "\"a #b\"" },
                { "a#b", "a#b", "a#b" },
                { "- a", "\"- a\"", "\"- a\"" },
                { "-", "\"-\"", "\"-\"" },
                { "---", "\"---\"", "\"---\"" },
                { "a, b", "a, b", "\"a, b\"" },
                { "[a]", "\"[a]\"", "\"[a]\"" },
                { "a]", "a]", "\"a]\"" },
                { "&a", "\"&a\"", "\"&a\"" },
                { "*", "\"*\"", "\"*\"" },
                { "!x", "\"!x\"", "\"!x\"" },
                { "%n", "\"%n\"", "\"%n\"" },
                { "@x", "\"@x\"", "\"@x\"" },
                { "<<", "\"<<\"", "\"<<\"" },
                { "it's", "it's", "it's" },
                { "'x", "\"'x\"", "\"'x\"" },
                { "\"x\"", "'\"x\"'", "'\"x\"'" },
                { "hostname \"x\"", "hostname \"x\"", "hostname \"x\"" },
                { "a\tb", "\"a\\tb\"", "\"a\\tb\"" },
                { "a\nb", "\"a\\nb\"", "\"a\\nb\"" },
                { "\x1b", "\"\\x1B\"", "\"\\x1B\"" },
                { "\xc3\xbc", "\xc3\xbc", "\xc3\xbc" },
                { "\xc2\x85", "\"\\x85\"", "\"\\x85\"" },
                { "\xe2\x80\xa8", "\"\\u2028\"", "\"\\u2028\"" },
                { "\xef\xbb\xbf", "\"\\uFEFF\"", "\"\\uFEFF\"" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char block[128], flow[128];

                (void) snprintf(block, sizeof(block), "config:\n- %s\n", cases[i].block);
                (void) snprintf(flow, sizeof(flow), "config: [%s]\n", cases[i].flow);
                assert_set("config:\n- x\n", "config", VALUES(cases[i].value), block);
                assert_set("config: [x]\n", "config", VALUES(cases[i].value), flow);
        }
}

Test(spec_edit, block_lists_change_by_lines) {
        static const char text[] = "overlays: # layers\n"
                                   "  # base\n"
                                   "  - base   # b\n"
                                   "  # std\n"
                                   "  - \"standard\"\n"
                                   "# end\n"
                                   "port: 1\n";

        assert_set(text, "overlays", VALUES("base", "standard"), text);
        assert_set(
                text, "overlays", VALUES("base", "other"),
                "overlays: # layers\n  # base\n  - base   # b\n  # std\n  - \"other\"\n# end\n"
                "port: 1\n");
        assert_set(
                text, "overlays", VALUES("top", "base", "standard"),
                "overlays: # layers\n  - top\n  # base\n  - base   # b\n  # std\n"
                "  - \"standard\"\n# end\nport: 1\n");
        assert_set(
                text, "overlays", VALUES("base", "a", "b", "standard"),
                "overlays: # layers\n  # base\n  - base   # b\n  - a\n  - b\n  # std\n"
                "  - \"standard\"\n# end\nport: 1\n");
        assert_set(
                text, "overlays", VALUES("standard"),
                "overlays: # layers\n  # base\n  # std\n  - \"standard\"\n# end\nport: 1\n");
        assert_set(
                text, "overlays", NO_VALUES,
                "overlays: [] # layers\n  # base\n  # std\n# end\nport: 1\n");
        assert_set(
                "overlays:\n- a\n- b", "overlays", VALUES("a", "b", "c"),
                "overlays:\n- a\n- b\n- c");
}

/* A comment is about what it stands beside, or above. */
Test(spec_edit, comments_stay_with_their_line) {
        static const char text[] = "config:\n"
                                   "- a 1 # one\n"
                                   "# two\n"
                                   "- b 2 # two\n"
                                   "- c 3 # three\n"
                                   "\n"
                                   "- d 4\n"
                                   "port: 1\n";

        /* one more first, in the middle, last */
        assert_set(
                text, "config", VALUES("x", "a 1", "b 2", "c 3", "d 4"),
                "config:\n- x\n- a 1 # one\n# two\n- b 2 # two\n- c 3 # three\n\n- d 4\nport: 1\n");
        assert_set(
                text, "config", VALUES("a 1", "x", "b 2", "c 3", "w", "d 4", "z"),
                "config:\n- a 1 # one\n- x\n# two\n- b 2 # two\n- c 3 # three\n- w\n\n- d 4\n- z\n"
                "port: 1\n");
        /* one less first, in the middle */
        assert_set(
                text, "config", VALUES("b 2", "c 3", "d 4"),
                "config:\n# two\n- b 2 # two\n- c 3 # three\n\n- d 4\nport: 1\n");
        assert_set(
                text, "config", VALUES("a 1", "c 3", "d 4"),
                "config:\n- a 1 # one\n# two\n- c 3 # three\n\n- d 4\nport: 1\n");
        /* one more first and one less behind, which is not a change of all between */
        assert_set(
                text, "config", VALUES("x", "a 1", "b 2", "c 3"),
                "config:\n- x\n- a 1 # one\n# two\n- b 2 # two\n- c 3 # three\n\nport: 1\n");
        /* moved down, up, and turned around */
        assert_set(
                text, "config", VALUES("b 2", "c 3", "d 4", "a 1"),
                "config:\n# two\n- b 2 # two\n- c 3 # three\n\n- d 4\n- a 1 # one\nport: 1\n");
        assert_set(
                text, "config", VALUES("a 1", "c 3", "b 2", "d 4"),
                "config:\n- a 1 # one\n- c 3 # three\n# two\n- b 2 # two\n\n- d 4\nport: 1\n");
        assert_set(
                text, "config", VALUES("d 4", "c 3", "b 2", "a 1"),
                "config:\n\n- d 4\n- c 3 # three\n# two\n- b 2 # two\n- a 1 # one\nport: 1\n");
        /* another value is the same line, also with others that come and go around it */
        assert_set(
                text, "config", VALUES("x", "y1", "b 9", "c 3", "d 4"),
                "config:\n- x\n- y1\n# two\n- b 9 # two\n- c 3 # three\n\n- d 4\nport: 1\n");
        assert_set(
                text, "config", VALUES("b 2", "a 5", "c 3", "d 4"),
                "config:\n# two\n- b 2 # two\n- a 5\n- c 3 # three\n\n- d 4\nport: 1\n");
}

Test(spec_edit, comments_of_lines_that_are_twice) {
        static const char text[] = "config:\n- a # 1\n- b # 2\n- a # 3\n- a # 4\n- c # 5";

        assert_set(
                text, "config", VALUES("a", "b", "a", "c"),
                "config:\n- a # 1\n- b # 2\n- a # 3\n- c # 5");
        assert_set(
                text, "config", VALUES("a", "a", "a", "b", "c"),
                "config:\n- a # 1\n- a # 3\n- a # 4\n- b # 2\n- c # 5");
        assert_set(
                text, "config", VALUES("c", "a", "a", "a", "a"),
                "config:\n- c # 5\n- a # 1\n- a # 3\n- a # 4\n- a\n");
}

Test(spec_edit, flow_lists_keep_comments) {
        static const char text[] = "config: [a, # 1\n  b, # 2\n  c] # 3\n";

        assert_set(
                text, "config", VALUES("x", "a", "b", "c"),
                "config: [x, a, # 1\n  b, # 2\n  c] # 3\n");
        assert_set(text, "config", VALUES("b", "c"), "config: [b, # 2\n  c] # 3\n");
        assert_set(text, "config", VALUES("a", "b"), "config: [a, # 1\n  b, # 2\n  ] # 3\n");
        assert_set(text, "config", VALUES("x"), "config: [x, # 1\n  ] # 3\n");
        assert_set(
                text, "config", VALUES("c", "a", "b"), "config: [c, a, # 1\n  b, # 2\n  ] # 3\n");
}

Test(spec_edit, flow_lists_change_in_place) {
        static const char text[] = "arguments: [ '-x',  # c\n  y, z ] # end\nport: 1\n";

        assert_set(text, "arguments", VALUES("-x", "y", "z"), text);
        assert_set(
                text, "arguments", VALUES("-w", "y", "z"),
                "arguments: [ '-w',  # c\n  y, z ] # end\nport: 1\n");
        assert_set(
                text, "arguments", VALUES("-x", "y", "z", "m"),
                "arguments: [ '-x',  # c\n  y, z, m ] # end\nport: 1\n");
        assert_set(
                text, "arguments", VALUES("m", "-x", "y", "z"),
                "arguments: [ m, '-x',  # c\n  y, z ] # end\nport: 1\n");
        assert_set(
                text, "arguments", VALUES("-x", "z"),
                "arguments: [ '-x',  # c\n  z ] # end\nport: 1\n");
        assert_set(
                text, "arguments", VALUES("-x", "y"),
                "arguments: [ '-x',  # c\n  y ] # end\nport: 1\n");
        assert_set(text, "arguments", NO_VALUES, "arguments: [] # end\nport: 1\n");
        assert_set(
                "arguments: [] # none\n", "arguments", VALUES("a", "b, c"),
                "arguments: [a, \"b, c\"] # none\n");
        assert_set("arguments: [a,]\n", "arguments", VALUES("a", "b"), "arguments: [a, b,]\n");
        assert_set("overlays: standard\n", "overlays", VALUES("a"), "overlays: [a]\n");
        assert_set("overlays:\n", "overlays", VALUES("a"), "overlays: [a]\n");
}

Test(spec_edit, a_value_of_the_wrong_kind_is_replaced) {
        assert_set(
                "port:\n- 1\n# c\nautostart: true\n", "port", VALUES("2"),
                "port: 2\n# c\nautostart: true\n");
        assert_set(
                "port:\n  a: 1\n  b: 2\nautostart: true\n", "port", VALUES("2"),
                "port: 2\nautostart: true\n");
        assert_set(
                "overlays:\n  a: 1\nport: 1\n", "overlays", VALUES("x"),
                "overlays: [x]\nport: 1\n");
}

Test(spec_edit, missing_keys_are_added) {
        assert_set(
                "port: 1\n# end\n", "hardening", VALUES("strict"),
                "port: 1\nhardening: strict\n# end\n");
        assert_set("port: 1", "hardening", VALUES("strict"), "port: 1\nhardening: strict");
        assert_set(
                "  port: 1\n", "hardening", VALUES("strict"), "  port: 1\n  hardening: strict\n");
        assert_set(
                "port: 1\nconfig:\n- a # c\n", "hardening", VALUES("strict"),
                "port: 1\nconfig:\n- a # c\nhardening: strict\n");
        assert_set("{port: 1}\n", "hardening", VALUES("strict"), "{port: 1, hardening: strict}\n");
        assert_set("{}\n", "port", VALUES("1"), "{port: 1}\n");
        assert_set("", "port", VALUES("1"), "port: 1\n");
        assert_set("# ü", "port", VALUES("1"), "# ü\nport: 1\n");
        assert_set("---\n", "port", VALUES("1"), "---\nport: 1\n");
        assert_set("port: 1\n", "overlays", VALUES("a", "b"), "port: 1\noverlays: [a, b]\n");
        assert_set("port: 1\n", "overlays", NO_VALUES, "port: 1\noverlays: []\n");
        assert_set(
                " port: 1\n", "config",
                VALUES("hostname \"a long name, longer than all of the others\"",
                       "sv_downloadurl \"http://a.long.address/\""),
                " port: 1\n config:\n"
                "   - hostname \"a long name, longer than all of the others\"\n"
                "   - sv_downloadurl \"http://a.long.address/\"\n");
}

Test(spec_edit, overlays_that_are_executed_are_mappings) {
        assert_set(
                "overlays: [{ref: x, exec: true}, y] # c\n", "overlays", VALUES("x:exec", "y"),
                "overlays: [{ref: x, exec: true}, y] # c\n");
        assert_set(
                "overlays: [{ref: x, exec: true}, z]\n", "overlays", VALUES("x", "z:exec"),
                "overlays: [x, {ref: z, exec: true}]\n");
        assert_set(
                "overlays:\n  - ref: a # one\n    exec: true\n  # two\n  - b\n", "overlays",
                VALUES("a:exec", "b", "c:exec"),
                "overlays:\n  - ref: a # one\n    exec: true\n  # two\n  - b\n"
                "  - {ref: c, exec: true}\n");
        assert_set(
                "port: 1\n", "overlays", VALUES("a:exec"),
                "port: 1\noverlays: [{ref: a, exec: true}]\n");
        /* In no other list. */
        assert_set(
                "port: 1\n", "arguments", VALUES("a:exec"), "port: 1\narguments: [\"a:exec\"]\n");
}

static void assert_converted(const char *text, const char *expected) {
        _cleanup_free_ char *result = NULL;
        SpecErrors errors = {};
        size_t size = 0;

        cr_assert_eq(
                spec_edit_convert(
                        &(YamlSource) { "f", text, strlen(text), &errors }, "/overlays", &result,
                        &size),
                0);
        cr_assert_eq(errors.n_items, 0);
        if (!expected) {
                cr_assert_null(result);
                return;
        }
        cr_assert_str_eq(result, expected);
        cr_assert_eq(size, strlen(expected));
}

Test(spec_edit, older_overlays_are_converted) {
        assert_converted(
                "port: 1\noverlays:\n  - path: base # one\n    alias: b\n  # two\n"
                "  - {path: /overlays/std}\n  - {ref: q, exec: true}\n  - plain\nautostart: true\n",
                "port: 1\noverlays:\n  - {ref: base, exec: true}\n  # two\n"
                "  - std\n  - {ref: q, exec: true}\n  - plain\nautostart: true\n");
        assert_converted(
                "overlays: [{path: a, alias: b}, {path: c, alias: d}]\n",
                "overlays: [{ref: a, exec: true}, {ref: c, exec: true}]\n");
        /* Left to who checks the text. */
        assert_converted("overlays: [a, {ref: b}]\n", NULL);
        assert_converted("overlays: [{path: [a]}]\n", NULL);
        assert_converted("overlays: [{path: a}, {x: y}]\n", NULL);
        assert_converted("not a mapping", NULL);
        assert_converted("overlays: [", NULL);
        assert_converted("", NULL);
}

Test(spec_edit, resources) {
        assert_set(
                "resources: {memory_max: 2G} # r\n", "resources.memory_max", VALUES("3G"),
                "resources: {memory_max: 3G} # r\n");
        assert_set(
                "resources: {memory_max: 2G}\n", "resources.cpus", VALUES("2-3"),
                "resources: {memory_max: 2G, cpus: \"2-3\"}\n");
        assert_set("resources: {}\n", "resources.nice", VALUES("-5"), "resources: {nice: -5}\n");
        assert_set("port: 1\n", "resources.nice", VALUES("-5"), "port: 1\nresources: {nice: -5}\n");
        assert_set("{port: 1}", "resources.nice", VALUES("-5"), "{port: 1, resources: {nice: -5}}");
        assert_set("", "resources.nice", VALUES("-5"), "resources: {nice: -5}\n");
        assert_set(
                "resources:\n    memory_max: 2G # m\n\n    nice: 1\n# end\nport: 1\n",
                "resources.tasks_max", VALUES("99"),
                "resources:\n    memory_max: 2G # m\n\n    nice: 1\n    tasks_max: 99\n# end\n"
                "port: 1\n");
        assert_unset(
                "resources:\n    memory_max: 2G # m\n    nice: 1\n", "resources.nice",
                "resources:\n    memory_max: 2G # m\n");
        assert_unset(
                "port: 1\nresources:\n  nice: 1\n# end\n", "resources.nice", "port: 1\n# end\n");
        assert_unset(
                "resources: {memory_max: 2G, nice: 1}\n", "resources.memory_max",
                "resources: {nice: 1}\n");
        assert_unset(
                "resources: {memory_max: 2G, nice: 1}\n", "resources.nice",
                "resources: {memory_max: 2G}\n");
        assert_unset("resources: {nice: 1}\nport: 1\n", "resources", "port: 1\n");
}

Test(spec_edit, unset) {
        assert_unset(
                "# a\nport: 1 # p\n# b\nautostart: true\n", "port", "# a\n# b\nautostart: true\n");
        assert_unset(
                "port: 1\nconfig:\n- a # c\n\n- |-\n  b\n# end\n", "config", "port: 1\n# end\n");
        assert_unset("autostart: true\nport: 1", "port", "autostart: true\n");
        assert_unset("port: 1\n", "port", "");
        assert_unset("{port: 1}\n", "port", "{}\n");
        assert_unset("{port: 1, autostart: true,}\n", "autostart", "{port: 1,}\n");
        assert_unset("port: 1\n", "autostart", "port: 1\n");
        assert_unset("", "resources.nice", "");
        assert_unset("resources: 1\n", "resources.nice", "resources: 1\n");
}

Test(spec_edit, what_fails) {
        assert_fails("port: 1\n", "prot", VALUES("2"), -ENOENT, "did you mean 'port'?");
        assert_fails("port: 1\n", "x", VALUES("2"), -ENOENT, "(known: port, client_port, ");
        assert_fails("port: 1\n", "resources.x", VALUES("2"), -ENOENT, "(known: memory_max");
        assert_fails("port: 1\n", "port.x", VALUES("2"), -ENOENT, "unknown key 'port.x'");
        assert_fails("port: 1\n", "memory_max", VALUES("2"), -ENOENT, "below 'resources'");
        assert_fails("port: 1\n", "resources", VALUES("2"), -EINVAL, "like 'resources.memory_max'");
        assert_fails("port: 1\n", "port", VALUES("2", "3"), -EINVAL, "exactly one value");
        assert_fails("port: 1\n", "port", NO_VALUES, -EINVAL, "exactly one value");
        assert_fails("port: 1\n", "config", VALUES("a", "\xff"), -EINVAL, "not valid UTF-8");
        assert_fails("[1]\n", "port", VALUES("2"), -EINVAL, "must be a mapping");
        assert_fails("port: [\n", "port", VALUES("2"), -EINVAL, "not valid YAML");
        assert_fails("port: 1\r\n", "port", VALUES("2"), -EINVAL, "Windows line ends");
        assert_fails("port: 1\nport: 2\n", "port", VALUES("2"), -EINVAL, "duplicate key");
        assert_fails("port: &x 1\n", "port", VALUES("2"), -EINVAL, "anchors");
}

/* The form is refused, not the file damaged. */
Test(spec_edit, forms_that_are_left_to_a_person) {
        static const char words[] = "can't be changed in place, use 'l4d2ctl edit'";

        assert_fails("resources: 1\n", "resources.nice", VALUES("2"), -EINVAL, words);
        assert_fails("? port\n: - 1\n", "port", VALUES("2"), -EINVAL, words);
        assert_fails(
                "? port\n: 1\n? overlays\n: - a\n", "autostart", VALUES("true"), -EINVAL, words);
        assert_fails("config:\n-\n  a\n", "config", VALUES("a", "b"), -EINVAL, words);
        assert_fails("~\n", "port", VALUES("1"), -EINVAL, words);
        assert_fails(
                "port: 1\nconfig:\n- |+\n  a\n\n\n", "autostart", VALUES("true"), -EINVAL, words);
}

Test(spec_edit, get) {
        static const char text[] = "port: 1\nconfig:\n- 'a ''b'\n- |-\n  c\nresources: {nice: -5}\n"
                                   "overlays: []\nblueprint:\narguments: [[a]]\n";
        static const struct {
                const char *key, *joined;
        } cases[] = {
                { "port", "<1>" },
                { "config", "<a 'b><c>" },
                { "resources.nice", "<-5>" },
                { "overlays", "" },
        };
        SpecErrors errors = {};
        char **values = NULL;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char joined[256] = "";

                cr_assert_eq(
                        spec_edit_get(
                                &(YamlSource) { "f", text, strlen(text), &errors }, &spec_keys,
                                cases[i].key, &values),
                        0);
                for (char **v = values; *v; v++)
                        (void) snprintf(
                                joined + strlen(joined), sizeof(joined) - strlen(joined), "<%s>",
                                *v);
                cr_assert_str_eq(joined, cases[i].joined);
                values = strv_free(values);
        }

        cr_assert_eq(
                spec_edit_get(
                        &(YamlSource) { "f", text, strlen(text), &errors }, &spec_keys, "autostart",
                        &values),
                -ENODATA);
        cr_assert_eq(
                spec_edit_get(
                        &(YamlSource) { "f", text, strlen(text), &errors }, &spec_keys, "blueprint",
                        &values),
                -ENODATA);
        cr_assert_eq(
                spec_edit_get(
                        &(YamlSource) { "f", text, strlen(text), &errors }, &spec_keys,
                        "resources.cpus", &values),
                -ENODATA);
        cr_assert_not(spec_errors_any(&errors));
        cr_assert_eq(
                spec_edit_get(
                        &(YamlSource) { "f", text, strlen(text), &errors }, &spec_keys, "resources",
                        &values),
                -EINVAL);
        cr_assert_eq(
                spec_edit_get(
                        &(YamlSource) { "f", text, strlen(text), &errors }, &spec_keys, "arguments",
                        &values),
                -EINVAL);
        cr_assert_eq(
                spec_edit_get(
                        &(YamlSource) { "f", text, strlen(text), &errors }, &spec_keys, "x",
                        &values),
                -ENOENT);
        cr_assert_eq(errors.n_items, 3);
        spec_errors_clear(&errors);
}

/* --- any edit of any spec ------------------------------------------------------------------ */

static uint32_t random_state;

static uint32_t random_below(uint32_t n) {
        random_state ^= random_state << 13;
        random_state ^= random_state >> 17;
        random_state ^= random_state << 5;
        return random_state % n;
}

#define ONE_OF(...)                                          \
        ((const char *const[]) { __VA_ARGS__ }[random_below( \
                (uint32_t) (sizeof((const char *const[]) { __VA_ARGS__ }) / sizeof(char *)))])

enum { N_KEYS = 8, LIST_MAX = 6 };

/* A spec in pieces: what comes before a key, and the key with its value up to its line's end. */
typedef struct Draft {
        size_t n;
        const char *keys[N_KEYS];
        char *gaps[N_KEYS + 1], *pieces[N_KEYS];
} Draft;

static void draft_done(Draft *draft) {
        for (size_t i = 0; i < draft->n; i++) {
                free(draft->gaps[i]);
                free(draft->pieces[i]);
        }
        free(draft->gaps[draft->n]);
}

static const char *random_comment(void) {
        return ONE_OF("", "", " # c", "   # \xc3\xbc \xe2\x82\xac: [x] 'y", " #");
}

static const char *random_gap(void) {
        return ONE_OF("", "", "", "\n", "# comment: \xc3\xbc\n", "\n# - x\n\n", "# {\n# [\n");
}

static void write_element(FILE *f, const char *kind) {
        const char *quote = ONE_OF("", "'", "\"");

        if (kind[0] == 'o')
                (void) fprintf(
                        f, "%s%s%u%s", quote, ONE_OF("base", "std/x", "a.b"), random_below(1000000),
                        quote);
        else
                (void) fputs(
                        ONE_OF("plain", "'sq ''x'' \"y\"'", "\"dq \\\"x\\\" \\\\\"", "100", "-5",
                               "+map", "two words", "'# no'", "\"a, b: c\"", "x:y"),
                        f);
}

static void write_list(FILE *f, const char *key) {
        unsigned n = random_below(LIST_MAX), style = n == 0 ? 0 : random_below(4);
        const char *indent = style == 2 ? "" : "    ";

        (void) fprintf(f, "%s:%s", key, style < 2 ? ONE_OF(" [", "   [ ") : random_comment());
        for (unsigned i = 0; i < n; i++) {
                if (style < 2 && i > 0)
                        (void) fputs(style == 0 ? ONE_OF(", ", " , ", ",  ") : ", # ]\n      ", f);
                if (style >= 2)
                        (void) fprintf(
                                f, "\n%s%s-%s", ONE_OF("", "", "\n", "  # - c\n"), indent,
                                ONE_OF(" ", "   "));
                write_element(f, key);
                if (style >= 2)
                        (void) fputs(random_comment(), f);
        }
        if (style < 2)
                (void) fprintf(f, "%s]%s", n > 0 ? ONE_OF("", " ", ",") : "", random_comment());
        (void) fputc('\n', f);
}

static void write_resources(FILE *f) {
        static const char *const all[] = { "memory_max: 2G", "tasks_max: 99", "cpus: '2-3'",
                                           "nice: -5" };
        bool flow = random_below(2) == 0;
        unsigned n = 0;

        (void) fprintf(f, "resources:%s", flow ? " {" : random_comment());
        for (size_t i = 0; i < ELEMENTSOF(all); i++) {
                if (i > 0 && random_below(2) == 0)
                        continue;
                if (flow)
                        (void) fprintf(f, "%s%s", n++ > 0 ? ", " : "", all[i]);
                else
                        (void) fprintf(f, "\n   %s%s", all[i], random_comment());
        }
        (void) fprintf(f, "%s\n", flow ? "}" : "");
}

static void write_piece(FILE *f, const char *key) {
        if (strchr("oc", key[0]) || key[1] == 'r')
                write_list(f, key);
        else if (strcmp(key, "resources") == 0)
                write_resources(f);
        else if (strcmp(key, "port") == 0)
                (void) fprintf(
                        f, "port:%s%u%s\n", ONE_OF(" ", "    "), random_below(65535) + 1,
                        random_comment());
        else if (strcmp(key, "autostart") == 0)
                (void) fprintf(f, "autostart: %s%s\n", ONE_OF("true", "false"), random_comment());
        else if (strcmp(key, "hardening") == 0)
                (void) fprintf(
                        f, "hardening: %s\n",
                        ONE_OF("strict", "'proven' # c", "\"strict\"", ">-\n  proven",
                               "|-\n    strict", "\n  proven # x"));
        else
                (void) fprintf(
                        f, "%s: %s%s\n", key,
                        ONE_OF("abcdefgh", "'12345678'", "\"it's:fine\"", "x#y{}[],z"),
                        random_comment());
}

static void make_draft(Draft *draft) {
        static const char *const keys[N_KEYS] = {
                "port",          "overlays",  "arguments", "config",
                "rcon_password", "autostart", "resources", "hardening",
        };
        unsigned start = random_below(N_KEYS);

        for (unsigned i = 0; i < N_KEYS; i++) {
                const char *key = keys[(start + i * 3) % N_KEYS];
                size_t size;

                if (strcmp(key, "port") != 0 && random_below(3) == 0)
                        continue;
                draft->keys[draft->n] = key;
                draft->gaps[draft->n] = strdup(random_gap());

                FILE *f = open_memstream(&draft->pieces[draft->n++], &size);

                write_piece(f, key);
                cr_assert_eq(fclose(f), 0);
        }
        draft->gaps[draft->n] = strdup(random_gap());
}

/* The pieces from..to, with the gaps before them. */
static char *join(const Draft *draft, size_t from, size_t to, const char *tail) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        for (size_t i = from; i < to; i++)
                (void) fprintf(f, "%s%s", draft->gaps[i], draft->pieces[i]);
        (void) fputs(tail, f);
        cr_assert_eq(fclose(f), 0);
        return text;
}

static Spec *parse(const char *text) {
        SpecErrors errors = {};
        Spec *spec = NULL;
        int r = spec_parse("1", "f", text, strlen(text), &host, &errors, &spec);

        cr_assert_eq(
                r, 0, "%s\n%u:%u %s", text, errors.items[0].line, errors.items[0].column,
                errors.items[0].message);
        return spec;
}

static bool strv_equal(char *const *a, const char *const *b) {
        for (; *a && *b; a++, b++)
                if (strcmp(*a, *b) != 0)
                        return false;
        return !*a && !*b;
}

/* Every value but the one of key is the same in both. */
static void assert_same_but(const Spec *a, const Spec *b, const char *key, const char *text) {
        InstanceSettings x = a->settings, y = b->settings;

        if (strcmp(key, "port") == 0)
                x.port = y.port = 0;
        if (strcmp(key, "autostart") == 0)
                x.autostart = y.autostart = false;
        if (strcmp(key, "hardening") == 0)
                x.hardening = y.hardening = HARDENING_PROVEN;
        if (strncmp(key, "resources", 9) == 0)
                x.resources = y.resources = (Resources) {};
        cr_assert(
                x.port == y.port && x.autostart == y.autostart && x.hardening == y.hardening, "%s",
                text);
        cr_assert(
                x.resources.memory_max == y.resources.memory_max &&
                        x.resources.tasks_max == y.resources.tasks_max &&
                        x.resources.nice == y.resources.nice &&
                        memcmp(&x.resources.cpus, &y.resources.cpus, sizeof(CpuSet)) == 0,
                "%s", text);

        if (strcmp(key, "overlays") != 0)
                cr_assert(strv_equal(a->overlays, (const char *const *) b->overlays), "%s", text);
        if (strcmp(key, "arguments") != 0)
                cr_assert(strv_equal(a->arguments, (const char *const *) b->arguments), "%s", text);
        if (strcmp(key, "config") != 0)
                cr_assert(strv_equal(a->config, (const char *const *) b->config), "%s", text);
        if (strcmp(key, "rcon_password") != 0)
                cr_assert(
                        !a->rcon_password == !b->rcon_password &&
                                (!a->rcon_password ||
                                 strcmp(a->rcon_password, b->rcon_password) == 0),
                        "%s", text);
}

/* New values for a key: some of the old ones and some that need quotes. */
static void make_values(const char *key, char *const *old, const char **values) {
        size_t n = 0;
        bool overlays = key[0] == 'o';
        static const char *const names[] = { "new/a", "new/b", "c", "d" };
        unsigned name = 0;

        if (!old) {
                values[n++] = strcmp(key, "port") == 0             ? ONE_OF("1", "27015", "65535")
                              : strcmp(key, "autostart") == 0      ? ONE_OF("true", "false")
                              : strcmp(key, "hardening") == 0      ? ONE_OF("strict", "proven")
                              : strcmp(key, "resources.nice") == 0 ? ONE_OF("-20", "19")
                              : strcmp(key, "resources.cpus") == 0 ? ONE_OF("1", "0-3,8")
                              : strcmp(key, "resources.memory_max") == 0
                                      ? ONE_OF("1G", "67108864")
                                      : ONE_OF("abcdefgh", "12345678", "a'b:c#d{e}", "-[x]-,-y",
                                               "nullnull");
        } else
                for (;;) {
                        while (n < LIST_MAX && random_below(4) == 0 && name < 4)
                                values[n++] =
                                        overlays ? names[name++]
                                                 : ONE_OF("plain", "a: b", " # x", "- y", "100",
                                                          "true", "'", "\"", "[x]", "a, b", "%n",
                                                          "x:", "~", "", "a\\b", "{");
                        if (!*old)
                                break;
                        if (random_below(4) > 0)
                                values[n++] = *old;
                        old++;
                }
        values[n] = NULL;
        if (old && n > 1 && random_below(3) == 0) {
                size_t i = random_below((uint32_t) n), j = random_below((uint32_t) n);
                const char *other = values[i];

                values[i] = values[j];
                values[j] = other;
        }
}

static char *const *list_of(const Spec *spec, const char *key) {
        return key[0] == 'o'                   ? spec->overlays
               : key[0] == 'c'                 ? spec->config
               : strcmp(key, "arguments") == 0 ? spec->arguments
                                               : NULL;
}

static void assert_value(const char *text, const char *key, const char *const *values) {
        SpecErrors errors = {};
        _cleanup_(strv_freep) char **found = NULL;

        cr_assert_eq(
                spec_edit_get(
                        &(YamlSource) { "f", text, strlen(text), &errors }, &spec_keys, key,
                        &found),
                0, "%s", text);
        cr_assert(strv_equal(found, values), "%s", text);
}

/* The bytes before and after the key's own lines are the same. */
static void assert_surroundings(
        const Draft *draft, size_t i, const char *result, const char *text) {
        _cleanup_free_ char *before = join(draft, 0, i, draft->gaps[i]);
        _cleanup_free_ char *after = join(draft, i + 1, draft->n, draft->gaps[draft->n]);
        size_t size = strlen(result);

        cr_assert_geq(size, strlen(before) + strlen(after), "%s\n->\n%s", text, result);
        cr_assert_eq(strncmp(result, before, strlen(before)), 0, "%s\n->\n%s", text, result);
        cr_assert_str_eq(result + size - strlen(after), after, "%s\n->\n%s", text, result);
}

/* The result has all bytes of the text in their order, and one more run of them. */
static void assert_insertion(const char *result, const char *text) {
        size_t before = 0, after = 0, n = strlen(text), m = strlen(result);

        while (before < n && result[before] == text[before])
                before++;
        while (after < n && result[m - 1 - after] == text[n - 1 - after])
                after++;
        cr_assert_geq(before + after, n, "%s\n->\n%s", text, result);
}

static size_t find_piece(const Draft *draft, const char *key) {
        size_t i = 0, length = strcspn(key, ".");

        while (i < draft->n && strncmp(draft->keys[i], key, length) != 0)
                i++;
        return i;
}

static void try_one(uint32_t seed) {
        _cleanup_(draft_done) Draft draft = {};
        _cleanup_free_ char *text = NULL, *result = NULL, *shorter = NULL;
        _cleanup_(spec_freep) Spec *old = NULL, *new = NULL, *without = NULL;
        const char *values[2 * LIST_MAX + 2], *key;
        SpecErrors errors = {};
        size_t size, i;

        random_state = seed;
        make_draft(&draft);
        text = join(&draft, 0, draft.n, draft.gaps[draft.n]);
        old = parse(text);
        key =
                ONE_OF("port", "overlays", "arguments", "config", "rcon_password", "autostart",
                       "resources.nice", "resources.cpus", "resources.memory_max", "hardening");
        make_values(key, list_of(old, key), values);
        i = find_piece(&draft, key);

        cr_assert_eq(
                spec_edit_set(
                        &(YamlSource) { "f", text, strlen(text), &errors }, &spec_keys, key, values,
                        &result, &size),
                0, "%s: %s\n%s", key, errors.items[0].message, text);
        new = parse(result);
        assert_value(result, key, values);
        assert_same_but(old, new, key, result);
        if (i < draft.n)
                assert_surroundings(&draft, i, result, text);
        else
                assert_insertion(result, text);

        if (strcmp(key, "port") == 0 || i == draft.n)
                return;
        cr_assert_eq(
                spec_edit_unset(
                        &(YamlSource) { "f", text, strlen(text), &errors }, &spec_keys, key,
                        &shorter, &size),
                0, "%s: %s\n%s", key, errors.items[0].message, text);
        without = parse(shorter);
        assert_same_but(old, without, key, shorter);
        assert_surroundings(&draft, i, shorter, text);
}

Test(spec_edit, any_edit_of_any_spec, .timeout = 120) {
        for (uint32_t seed = 1; seed <= 20000; seed++)
                try_one(seed * 2654435761U);
}
