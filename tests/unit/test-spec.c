/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec-tree.h"

#include "spec/spec.h"

static HostConfig host = { .port_min = 27015, .port_max = 27114 };

static int parse(const char *text, SpecErrors *errors, Spec **ret) {
        return spec_parse("1", "spec.yaml", text, strlen(text), &host, errors, ret);
}

static Spec *parse_good(const char *text) {
        _cleanup_free_ char *printed = NULL;
        SpecErrors errors = {};
        Spec *spec = NULL;
        int r = parse(text, &errors, &spec);

        printed = errors_text(&errors);
        cr_assert_eq(r, 0, "%s", printed);
        cr_assert_str_eq(printed, "");
        return spec;
}

/* The errors of a text, one "line:column: message" a line. */
static void assert_errors(const char *text, const char *expected) {
        _cleanup_free_ char *actual = NULL;
        SpecErrors errors = {};
        Spec *spec = NULL;
        size_t size;
        FILE *f = open_memstream(&actual, &size);

        cr_assert_eq(parse(text, &errors, &spec), -EINVAL, "%s", text);
        cr_assert_null(spec);
        for (size_t i = 0; i < errors.n_items; i++)
                (void) fprintf(
                        f, "%u:%u: %s\n", errors.items[i].line, errors.items[i].column,
                        errors.items[i].message);
        cr_assert_eq(fclose(f), 0);
        spec_errors_clear(&errors);
        cr_assert_str_eq(actual, expected, "%s\n%s", text, actual);
}

/* "port: 27015" and one more line; the error stands in line 2 and contains the words. */
static void assert_line_error(const char *line, unsigned column, const char *words) {
        _cleanup_free_ char *text = NULL;
        SpecErrors errors = {};
        Spec *spec = NULL;

        cr_assert_gt(asprintf(&text, "port: 27015\n%s\n", line), 0);
        cr_assert_eq(parse(text, &errors, &spec), -EINVAL, "%s", line);
        cr_assert_eq(errors.n_items, 1, "%s: %zu errors", line, errors.n_items);
        cr_assert_eq(errors.items[0].line, 2, "%s", line);
        cr_assert_eq(errors.items[0].column, column, "%s: %u", line, errors.items[0].column);
        cr_assert(strstr(errors.items[0].message, words), "%s: %s", line, errors.items[0].message);
        spec_errors_clear(&errors);
}

static void assert_good_line(const char *line) {
        _cleanup_free_ char *text = NULL;

        cr_assert_gt(asprintf(&text, "port: 27015\n%s\n", line), 0);
        spec_free(parse_good(text));
}

Test(spec, every_key) {
        _cleanup_(spec_freep) Spec *spec = parse_good(
                "# ü\n"
                "port: 27016\n"
                "overlays: [competitive/base, standard]\n"
                "arguments: [\"-tickrate\", 100, \"+map\", \"c1m1_hotel versus\", '%n $HOME \\ ;']\n"
                "config: ['hostname \"Versus 1\"', \"sv_gametypes versus\", \"a\\tb\", '']\n"
                "rcon_password: 1234'abcd\n"
                "autostart: true\n"
                "game_log: false\n"
                "on_hang: restart\n"
                "resources: {memory_max: 2G, memory_high: \"1536M\", tasks_max: 256, "
                "cpus: \"2-3\", nice: -5}\n"
                "hardening: strict\n");
        _cleanup_free_ char *cpus = NULL;
        const InstanceSettings *s = &spec->settings;

        cr_assert_str_eq(s->name, "1");
        cr_assert_eq(s->port, 27016);
        cr_assert(
                spec->port_places.items[PORT_GAME].line == 2 &&
                spec->port_places.items[PORT_GAME].column == 7);
        cr_assert_str_eq(spec->overlays[0], "competitive/base");
        cr_assert_str_eq(spec->overlays[1], "standard");
        cr_assert_null(spec->overlays[2]);
        cr_assert_str_eq(spec->arguments[1], "100");
        cr_assert_str_eq(spec->arguments[3], "c1m1_hotel versus");
        cr_assert_str_eq(spec->arguments[4], "%n $HOME \\ ;");
        cr_assert_null(spec->arguments[5]);
        cr_assert_str_eq(spec->config[2], "a\tb");
        cr_assert_str_eq(spec->config[3], "");
        cr_assert_str_eq(spec->rcon_password, "1234'abcd");
        cr_assert(s->autostart);
        cr_assert_not(spec->game_log);
        cr_assert_eq(spec->on_hang, HANG_RESTART);
        cr_assert_null(spec->blueprint);
        cr_assert_eq(s->resources.memory_max, UINT64_C(2) << 30);
        cr_assert_eq(s->resources.memory_high, UINT64_C(1536) << 20);
        cr_assert_eq(s->resources.tasks_max, 256);
        cr_assert_eq(s->resources.nice, -5);
        cr_assert_eq(cpu_set_format(&s->resources.cpus, &cpus), 0);
        cr_assert_str_eq(cpus, "2-3");
        cr_assert_eq(s->hardening, HARDENING_STRICT);
}

Test(spec, only_port_is_needed) {
        _cleanup_(spec_freep) Spec *spec = parse_good("port: 27015");
        const Resources *resources = &spec->settings.resources;

        cr_assert(spec->overlays && !spec->overlays[0]);
        cr_assert(spec->arguments && !spec->arguments[0]);
        cr_assert(spec->config && !spec->config[0]);
        cr_assert_null(spec->rcon_password);
        cr_assert_null(spec->blueprint);
        cr_assert_not(spec->settings.autostart);
        cr_assert(spec->game_log);
        cr_assert_eq(spec->on_hang, HANG_NONE);
        cr_assert_eq(spec->settings.hardening, HARDENING_PROVEN);
        cr_assert_eq(resources->memory_max, 0);
        cr_assert_eq(resources->memory_high, 0);
        cr_assert_eq(resources->tasks_max, 0);
        cr_assert_eq(resources->nice, RESOURCE_NICE_UNSET);
        cr_assert(cpu_set_is_empty(&resources->cpus));
}

Test(spec, all_errors_at_once_from_top_to_bottom) {
        assert_errors(
                "overlay: []\n"
                "port: 70000\n"
                "overlays: [a, ../b, a, *x]\n"
                "autostart: yes\n"
                "port: 1\n"
                "hardening: none\n",
                "1:1: unknown key 'overlay', did you mean 'overlays'?\n"
                "2:7: port must be a number from 1 to 65535, not '70000'\n"
                "3:15: '../b' is not the name of an overlay: one to three parts joined by '/', each "
                "of a-z 0-9 . _ - and beginning with a letter or digit\n"
                "3:21: overlay 'a' is listed twice\n"
                "3:24: aliases (*) are not supported\n"
                "4:12: autostart must be true or false, not 'yes'\n"
                "5:1: duplicate key 'port', first set in line 2\n"
                "6:12: hardening must be 'proven' or 'strict', not 'none'\n");
}

Test(spec, files_that_are_no_mapping) {
        assert_errors("", "0:0: the file has no values, at least 'port' must be set\n");
        assert_errors("# x\n", "0:0: the file has no values, at least 'port' must be set\n");
        assert_errors("~\n", "0:0: the file has no values, at least 'port' must be set\n");
        assert_errors("[1]\n", "1:1: a spec must be a mapping, like {key: value}\n");
        assert_errors("text\n", "1:1: a spec must be a mapping, like {key: value}\n");
        assert_errors("autostart: true\n", "0:0: 'port' is missing\n");
}

Test(spec, errors_of_earlier_files_do_not_count) {
        SpecErrors errors = {};
        Spec *spec = NULL;

        cr_assert_eq(parse("port: x", &errors, &spec), -EINVAL);
        cr_assert_eq(parse("port: 27015", &errors, &spec), 0);
        cr_assert_eq(errors.n_items, 1);
        spec_free(spec);
        spec_errors_clear(&errors);
}

/* Also when so many errors were kept before that new ones are only counted. */
Test(spec, an_error_that_is_not_kept_is_still_one) {
        SpecErrors errors = {};
        Spec *spec = NULL;

        for (size_t i = 0; i < SPEC_ERRORS_MAX + 2; i++)
                cr_assert_eq(parse("port: x", &errors, &spec), -EINVAL);
        cr_assert_null(spec);
        cr_assert_eq(errors.n_dropped, 2);
        spec_errors_clear(&errors);
}

Test(spec, unknown_keys_say_what_was_meant) {
        assert_line_error("over_lays: []", 1, "did you mean 'overlays'?");
        assert_line_error("argumnets: []", 1, "did you mean 'arguments'?");
        assert_line_error("Port: 1", 1, "did you mean 'port'?");
        assert_line_error("memory_max: 2G", 1, "it belongs below 'resources'");
        assert_line_error("resources: {memory: 2G}", 13, "(known: memory_max, memory_high, ");
        assert_line_error("resources: {hardening: strict}", 13, "it belongs at the top level");
        assert_line_error("zzz: x", 1, "(known: port, client_port, ");
        assert_line_error("? >\n  port\n: 1", 3, "unknown key 'port\n'");
}

Test(spec, more_ports) {
        _cleanup_(spec_freep) Spec *derived = parse_good("port: 27016");
        _cleanup_(spec_freep) Spec *named =
                parse_good("port: 27016\nclient_port: 1024\nsteam_port: 65535\nsourcetv: true\n"
                           "sourcetv_port: 27020\n");
        const InstanceSettings *s = &derived->settings;

        cr_assert(s->more_ports[PORT_CLIENT] == 27216 && s->more_ports[PORT_STEAM] == 27416);
        cr_assert_eq(s->more_ports[PORT_SOURCETV], 0);
        cr_assert_eq(derived->port_places.items[PORT_STEAM].column, 7);

        s = &named->settings;
        cr_assert(s->more_ports[PORT_CLIENT] == 1024 && s->more_ports[PORT_STEAM] == 65535);
        cr_assert_eq(s->more_ports[PORT_SOURCETV], 27020);
        cr_assert_eq(named->port_places.items[PORT_STEAM].line, 3);

        assert_line_error("client_port: 1023", 14, "client_port must be a number from 1024 to");
        assert_line_error("steam_port: '27001'", 13, "without quotes");
        assert_line_error("sourcetv: 1", 11, "sourcetv must be true or false");
        assert_line_error("sourcetv_port: 27020", 16, "sourcetv_port needs 'sourcetv: true'");
        assert_line_error("client_port: 27015", 14, "port and client_port must differ, both are");
        assert_line_error("client_port: 27415", 14, "client_port and steam_port must differ");
}

Test(spec, ports) {
        static const char *const bad[] = {
                "0",      "65536",   "-1",     "027015", "0x6987",
                "27_015", "27015.0", "+27015", "1e4",    "99999999999999999999",
                "true",   "x",       "27014",  "27115",
        };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_free_ char *text = NULL;
                SpecErrors errors = {};
                Spec *spec = NULL;

                cr_assert_gt(asprintf(&text, "port: %s", bad[i]), 0);
                cr_assert_eq(parse(text, &errors, &spec), -EINVAL, "%s", bad[i]);
                cr_assert_eq(errors.n_items, 1);
                cr_assert_eq(errors.items[0].column, 7);
                spec_errors_clear(&errors);
        }
        assert_errors("port: '27015'", "1:7: port must be a number, without quotes\n");
        assert_errors("port:", "1:6: port has no value\n");
        assert_errors("port: null", "1:7: port has no value\n");
        assert_errors("port: [1]", "1:7: port must be a single value, not a list\n");
        assert_errors(
                "port: 80", "1:7: port 80 is outside the host's range 27015-27114 (port_range= in "
                            "left4me.conf)\n");
}

Test(spec, booleans) {
        static const char *const bad[] = { "yes", "on",     "True", "TRUE", "1",
                                           "y",   "'true'", "~",    "[]" };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                char line[64];

                (void) snprintf(line, sizeof(line), "autostart: %s", bad[i]);
                assert_line_error(line, 12, "autostart");
        }
        assert_good_line("autostart: false");
}

Test(spec, lists_are_lists) {
        assert_line_error("overlays: standard", 11, "must be a list, like [a, b]");
        assert_line_error("overlays:", 10, "has no value, write [] for none");
        assert_line_error("arguments: {a: b}", 12, "must be a list");
        assert_line_error("config: [[a]]", 10, "must be a single value, not a list");
        assert_line_error("config: [sv_x: 1]", 10, "a text with ': ' in it needs quotes");
        assert_line_error("arguments: [~]", 13, "an argument has no value");
        assert_good_line("overlays: []");
        assert_good_line("overlays:\n- a\n- b");
}

static char *long_list(const char *key, size_t n) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        (void) fprintf(f, "port: 27015\n%s:\n", key);
        for (size_t i = 0; i < n; i++)
                (void) fprintf(f, "- x%zu\n", i);
        cr_assert_eq(fclose(f), 0);
        return text;
}

Test(spec, lengths_of_lists) {
        static const struct {
                const char *key;
                size_t max;
        } lists[] = {
                { "overlays", SPEC_OVERLAYS_MAX },
                { "arguments", SPEC_ARGUMENTS_MAX },
                { "config", SPEC_CONFIG_LINES_MAX },
        };

        for (size_t i = 0; i < ELEMENTSOF(lists); i++) {
                _cleanup_free_ char *fits = long_list(lists[i].key, lists[i].max);
                _cleanup_free_ char *more = long_list(lists[i].key, lists[i].max + 3);
                _cleanup_free_ char *expected = NULL;

                spec_free(parse_good(fits));
                cr_assert_gt(
                        asprintf(
                                &expected, "%zu:3: more than %zu %s\n", lists[i].max + 3,
                                lists[i].max, lists[i].key),
                        0);
                assert_errors(more, expected);
        }
}

Test(spec, refs) {
        static const char *const bad[] = {
                "/etc",     "a/../b", "..",        "a//b", "a/",  ".a",    "a/b/c/d", "A",
                "\xc3\xbc", "'a b'",  "\"a\\nb\"", "''",   "a:b", "'a,b'", "-a",
        };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                char line[64];

                (void) snprintf(line, sizeof(line), "overlays: [%s]", bad[i]);
                assert_line_error(line, 12, "is not the name of an overlay");
                (void) snprintf(line, sizeof(line), "blueprint: %s", bad[i]);
                assert_line_error(line, 12, "is not the name of a blueprint");
        }
}

Test(spec, a_blueprint_has_an_owner_and_a_name) {
        static const char *const bad[] = { "a",  "a/b/c", "a/b.c", "a_b/c",
                                           "a/", "/b",    "a/-b",  "-a/b" };
        _cleanup_(spec_freep) Spec *spec =
                parse_good("port: 27015\nautostart: true\nblueprint: alice/2on2-b\n");

        cr_assert_str_eq(spec->blueprint, "alice/2on2-b");
        cr_assert(spec->blueprint_line == 3 && spec->blueprint_column == 12);
        cr_assert(!spec->overlays[0] && !spec->arguments[0] && !spec->config[0]);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                char line[64];

                (void) snprintf(line, sizeof(line), "blueprint: %s", bad[i]);
                assert_line_error(line, 12, "is not the name of a blueprint: OWNER/NAME");
        }
}

Test(spec, a_blueprint_and_lists_exclude_each_other) {
        assert_errors(
                "port: 27015\nconfig: []\nblueprint: a/b\noverlays: [x]\narguments: [-x]\n",
                "2:1: config can't be set here, the blueprint 'a/b' decides this\n"
                "4:1: overlays can't be set here, the blueprint 'a/b' decides this\n"
                "5:1: arguments can't be set here, the blueprint 'a/b' decides this\n");
        /* The error about the name is enough. */
        assert_errors(
                "port: 27015\nblueprint: a\noverlays: [x]\n",
                "2:12: 'a' is not the name of a blueprint: OWNER/NAME, each of a-z 0-9 - and "
                "beginning with a letter or digit\n");
}

Test(spec, reserved_arguments) {
        static const char *const reserved[] = {
                "-game",    "-port",          "+hostport",      "-ip",
                "+ip",      "-norestart",     "-autoupdate",    "-fork",
                "-pidfile", "-binary",        "-debug",         "-condebug",
                "-console", "+rcon_password", "+servercfgfile", "-PORT",
                "-Port",    "-port=27099",    "+map x -port 1", "x\\\" \\\"-ip\\\" \\\"1.2.3.4",
                " -game",   "\\\"+ip\\\"",    "+clientport",    "-clientport",
                "+tv_port", "-steamport",     "+tv_enable",     "+TV_PORT",
        };

        for (size_t i = 0; i < ELEMENTSOF(reserved); i++) {
                char line[128];

                (void) snprintf(line, sizeof(line), "arguments: [a, \"%s\"]", reserved[i]);
                assert_line_error(line, 16, "is reserved: ");
        }
        assert_line_error("arguments: [-port]", 13, "it is set by 'port'");
        assert_good_line("arguments: [-ports, port, --port, -strictportbind, +ipx, '', 'a-port']");
        assert_good_line("arguments: [\"quo\\\"te\", 'back\\slash', \"\xc3\xbc\", \"%n;$HOME\"]");
}

Test(spec, option_and_value_are_two_arguments) {
        assert_line_error(
                "arguments: ['+map c2m1_highway']", 13,
                "an option and its value are two elements: write '+map', 'c2m1_highway' for");
        assert_line_error("arguments: [-tickrate 100]", 13, "write '-tickrate', '100' for");
        assert_line_error("arguments: [-x, +exec  a b.cfg]", 17, "write '+exec', 'a b.cfg' for");
        assert_good_line("arguments: [+map, c1m1_hotel versus, '-', '- x', '-1 2', '+map ', a -b]");
}

Test(spec, arguments) {
        char line[2000];

        assert_line_error("arguments: [\"a\\nb\"]", 13, "control characters");
        assert_line_error("arguments: [\"a\\x7f\"]", 13, "control characters");
        assert_line_error("arguments: [\"\\u0085\"]", 13, "control characters");

        (void) snprintf(line, sizeof(line), "arguments: [%0*d]", SPEC_ARGUMENT_LENGTH_MAX, 1);
        assert_good_line(line);
        (void) snprintf(line, sizeof(line), "arguments: [%0*d]", SPEC_ARGUMENT_LENGTH_MAX + 1, 1);
        assert_line_error(line, 13, "must not be longer than 1024 bytes");
}

Test(spec, config_lines) {
        char line[1000];

        assert_line_error("config: [\"a\\nb\"]", 10, "must be one line");
        assert_errors(
                "port: 27015\nconfig:\n- |\n  a\n- b\n",
                "3:3: a config line must be one line: give each line an entry of its own\n");
        assert_line_error("config: ['hostname \"\xc3\xbc\"']", 10, "must be printable ASCII");
        assert_line_error("config: [\"a\\x07\"]", 10, "must be printable ASCII");
        assert_line_error("config: [\"a\\x7f\"]", 10, "must be printable ASCII");

        (void) snprintf(line, sizeof(line), "config: [%0*d]", SPEC_CONFIG_LINE_LENGTH_MAX, 1);
        assert_good_line(line);
        (void) snprintf(line, sizeof(line), "config: [%0*d]", SPEC_CONFIG_LINE_LENGTH_MAX + 1, 1);
        assert_line_error(line, 10, "must not be longer than 510 characters");
}

Test(spec, the_password_has_its_own_key) {
        static const char *const bad[] = {
                "rcon_password x",     "RCON_Password x",         " \t rcon_password x",
                "\"rcon_password\" x", "sv_x 1; rcon_password x", "say \"a;b\";rcon_password x",
                "rcon_password\"x\"",
        };
        static const char *const good[] = {
                "rcon_passwords x",        "// rcon_password x",
                "say \"; rcon_password\"", "sv_x 1 // ; rcon_password x",
                "say rcon_password",
        };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                char line[128];

                (void) snprintf(line, sizeof(line), "config: ['%s']", bad[i]);
                assert_line_error(line, 10, "rcon_password has a key of its own");
        }
        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                char line[128];

                (void) snprintf(line, sizeof(line), "config: ['%s']", good[i]);
                assert_good_line(line);
        }
}

Test(spec, passwords) {
        char line[128];

        assert_line_error("rcon_password: '1234567'", 16, "8 to 64 characters");
        assert_line_error("rcon_password: 'abcd efgh'", 16, "without blanks");
        assert_line_error("rcon_password: 'abcd\"efgh'", 16, "without blanks");
        assert_line_error("rcon_password: 'abcd;efgh'", 16, "without blanks");
        assert_line_error("rcon_password: 'abcd\\efgh'", 16, "without blanks");
        assert_line_error(
                "rcon_password: abcd\xc3\xbc"
                "efgh",
                16, "ASCII");
        assert_line_error("rcon_password: \"abcd\\x01efgh\"", 16, "ASCII");
        assert_good_line("rcon_password: 12345678");

        (void) snprintf(line, sizeof(line), "rcon_password: %064d", 0);
        assert_good_line(line);
        (void) snprintf(line, sizeof(line), "rcon_password: %065d", 0);
        assert_line_error(line, 16, "8 to 64 characters");
}

Test(spec, resources) {
        static const char *const good[] = {
                "memory_max: 64M",
                "memory_max: 67108864",
                "memory_max: 65536K",
                "memory_max: 16T",
                "memory_high: 1G",
                "memory_high: 1G, memory_max: 1G",
                "tasks_max: 16",
                "tasks_max: 32768",
                "cpus: 1",
                "cpus: '0-3,8'",
                "cpus: 2-3",
                "nice: -20",
                "nice: 19",
                "nice: 0",
                "",
        };
        static const char *const bad[] = {
                "memory_max: 63M",
                "memory_max: 2048",
                "memory_max: 17T",
                "memory_max: 2GB",
                "memory_max: 2g",
                "memory_max: 1.5G",
                "memory_max: -1",
                "memory_max: 0",
                "memory_max: infinity",
                "memory_max: 50%",
                "memory_max: 02G",
                "memory_max: G",
                "memory_max: 18446744073709551616",
                "memory_max: 99999999999999999999T",
                "memory_max: 16777217T",
                "tasks_max: 15",
                "tasks_max: 32769",
                "tasks_max: '256'",
                "cpus: 2-",
                "cpus: 5-2",
                "cpus: '1, 2'",
                "cpus: 1024",
                "cpus: ''",
                "cpus: all",
                "nice: -21",
                "nice: 20",
                "nice: +5",
                "nice: --5",
                "nice: -",
                "nice: '5'",

                "nice: -0005",
                "nice: 4294967296",
        };
        char line[128];

        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                (void) snprintf(line, sizeof(line), "resources: {%s}", good[i]);
                assert_good_line(line);
        }
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                (void) snprintf(line, sizeof(line), "resources: {%s}", bad[i]);
                assert_line_error(line, (unsigned) strcspn(bad[i], ":") + 15, " must be ");
        }
        assert_line_error("resources: 2G", 12, "must be a mapping");
        assert_line_error("resources: {memory_max: 2048}", 25, "is a unit (M, G) missing?");
        assert_line_error(
                "resources: {memory_high: 2G, memory_max: 1G}", 26,
                "memory_high must not be above memory_max");
}

Test(spec, hostile_values_are_clipped_in_messages) {
        _cleanup_free_ char *text = NULL;
        SpecErrors errors = {};
        Spec *spec = NULL;

        cr_assert_gt(asprintf(&text, "port: 27015\nhardening: %060000d\n", 0), 0);
        cr_assert_eq(parse(text, &errors, &spec), -EINVAL);
        cr_assert_lt(strlen(errors.items[0].message), 200);
        spec_errors_clear(&errors);
}

Test(spec, sizes_of_files) {
        _cleanup_free_ char *text = malloc(SPEC_SIZE_MAX + 2);
        SpecErrors errors = {};
        Spec *spec = NULL;

        memset(text, '\n', SPEC_SIZE_MAX + 1);
        memcpy(text, "port: 27015", 11);
        text[SPEC_SIZE_MAX] = '\0';
        spec_free(parse_good(text));

        text[SPEC_SIZE_MAX] = '\n';
        text[SPEC_SIZE_MAX + 1] = '\0';
        cr_assert_eq(parse(text, &errors, &spec), -EINVAL);
        cr_assert_str_eq(errors.items[0].message, "larger than 64 KiB");
        spec_errors_clear(&errors);
}

Test(spec, names_of_profiles) {
        cr_assert_str_eq(hardening_profile_to_string(HARDENING_PROVEN), "proven");
        cr_assert_str_eq(hardening_profile_to_string(HARDENING_STRICT), "strict");
        cr_assert_null(hardening_profile_to_string(_HARDENING_PROFILE_MAX));
}

/* --- files --------------------------------------------------------------------------------- */

TestSuite(spec_load, .init = tree_setup, .fini = tree_teardown, .timeout = 20);

static int load(const char *name, SpecErrors *errors, Spec **ret) {
        SpecContext context;
        int r;

        cr_assert_eq(spec_context_open(tree_paths, &host, &context), 0);
        r = spec_load(&context, name, errors, ret);
        spec_context_close(&context);
        return r;
}

static void assert_load_error(const char *name, const char *words) {
        SpecErrors errors = {};
        Spec *spec = NULL;

        cr_assert_eq(load(name, &errors, &spec), -EINVAL);
        cr_assert_eq(errors.n_items, 1);
        cr_assert(strstr(errors.items[0].message, words), "%s", errors.items[0].message);
        spec_errors_clear(&errors);
}

static const char *instance_path(const char *tail) {
        static char path[512];

        (void) snprintf(path, sizeof(path), "%s/%s", tree_paths->instances_dir, tail);
        return path;
}

Test(spec_load, a_good_one_and_a_missing_one) {
        SpecErrors errors = {};
        Spec *spec = NULL;

        tree_spec("versus-1", "port: 27020\n");
        cr_assert_eq(load("versus-1", &errors, &spec), 0);
        cr_assert_eq(spec->settings.port, 27020);
        cr_assert_str_eq(spec->settings.name, "versus-1");
        spec_free(spec);

        cr_assert_eq(load("versus-2", &errors, &spec), -ENOENT);
        cr_assert_not(spec_errors_any(&errors));
}

Test(spec_load, errors_name_the_file) {
        _cleanup_free_ char *printed = NULL, *expected = NULL;
        SpecErrors errors = {};
        Spec *spec = NULL;

        tree_spec("1", "port: x\n");
        cr_assert_eq(load("1", &errors, &spec), -EINVAL);
        printed = errors_text(&errors);
        cr_assert_gt(
                asprintf(
                        &expected,
                        "%s: error: port must be a number from 1 to 65535, not 'x'\n"
                        "    1 | port: x\n"
                        "      |       ^\n",
                        instance_path("1/spec.yaml:1:7")),
                0);
        cr_assert_str_eq(printed, expected);
}

Test(spec_load, files_that_are_refused) {
        tree_spec("link", "port: 27020\n");
        cr_assert_eq(rename(instance_path("link/spec.yaml"), "/tmp/left4me-moved"), 0);
        cr_assert_eq(symlink("/tmp/left4me-moved", instance_path("link/spec.yaml")), 0);
        assert_load_error("link", "symbolic link");
        cr_assert_eq(unlink("/tmp/left4me-moved"), 0);

        tree_spec("hard", "port: 27020\n");
        cr_assert_eq(mkdir(instance_path("hard2"), 0755), 0);
        _cleanup_free_ char *from = strdup(instance_path("hard/spec.yaml"));
        cr_assert_eq(link(from, instance_path("hard2/spec.yaml")), 0);
        assert_load_error("hard", "hard link");

        cr_assert_eq(mkdir(instance_path("fifo"), 0755), 0);
        cr_assert_eq(mkfifo(instance_path("fifo/spec.yaml"), 0644), 0);
        assert_load_error("fifo", "regular file");

        cr_assert_eq(mkdir(instance_path("dir"), 0755), 0);
        cr_assert_eq(mkdir(instance_path("dir/spec.yaml"), 0755), 0);
        assert_load_error("dir", "regular file");

        cr_assert_eq(mkdir(instance_path("empty"), 0755), 0);
        assert_load_error("empty", "the file is missing");

        tree_spec("large", "port: 27020\n");
        cr_assert_eq(truncate(instance_path("large/spec.yaml"), SPEC_SIZE_MAX + 1), 0);
        assert_load_error("large", "too large");

        assert_load_error("../instances/large", "not the name of an instance");
        assert_load_error("", "not the name of an instance");
}

Test(spec_load, a_foreign_owner_is_refused) {
        if (geteuid() != 0)
                cr_skip("only root can give files away");
        tree_spec("1", "port: 27020\n");
        cr_assert_eq(chown(instance_path("1/spec.yaml"), 12345, 12345), 0);
        assert_load_error("1", "belongs to another user");
}

Test(spec_load, a_missing_directory) {
        SpecContext context;

        cr_assert_eq(rmdir(tree_paths->instances_dir), 0);
        cr_assert_eq(spec_context_open(tree_paths, &host, &context), -ENOENT);
}

static void assert_names(const char *line, const char *hostname, const char *label) {
        _cleanup_(spec_freep) Spec *spec = NULL;
        _cleanup_free_ char *text = NULL;

        cr_assert_gt(asprintf(&text, "port: 27015\n%s\n", line), 0);
        spec = parse_good(text);
        cr_assert_eq(!spec->hostname, !hostname, "%s", line);
        cr_assert_eq(!spec->label, !label, "%s", line);
        if (hostname)
                cr_assert_str_eq(spec->hostname, hostname);
        if (label)
                cr_assert_str_eq(spec->label, label);
}

Test(spec, names_for_players_and_for_people) {
        assert_names("autostart: true", NULL, NULL);
        assert_names("hostname: 'Versus; #1 // it''s fun'", "Versus; #1 // it's fun", NULL);
        assert_names("label: Größe 大 🎮 س", NULL, "Größe 大 🎮 س");
        assert_names("label: می\u200cخواهم", NULL, "می\u200cخواهم");
        assert_names("hostname: 100", "100", NULL);
        /* Beside a blueprint: they are the server's own. */
        assert_names("blueprint: a/b\nhostname: x\nlabel: y", "x", "y");
}

Test(spec, schedule) {
        static const char *const good[] = { "daily", "04:00", "Mon..Fri 04:00",
                                            "'*-*-1 4:00 Europe/Berlin'", "\"*:0/30\"" };

        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                _cleanup_(spec_freep) Spec *spec = NULL;
                char line[64];

                (void) snprintf(line, sizeof(line), "port: 27015\nschedule: %s", good[i]);
                spec = parse_good(line);
                cr_assert(spec->settings.schedule.is_set);
                cr_assert_not_null(spec->schedule);
        }
        assert_line_error("schedule: often", 11, "calendar expression");
        assert_line_error("schedule: 24:00", 11, "out of range");
        assert_line_error("schedule: Mon 04:99", 18, "out of range");
        assert_line_error("schedule: '*-*-32 04:00'", 16, "out of range");
        assert_line_error("schedule: 04:00 Mars", 17, "unknown time zone");
        assert_line_error("schedule: \"Mon 04:00\\n\"", 11, "calendar expression");
        assert_line_error("schedule: [daily]", 11, "single value");
        assert_line_error("schedule:", 10, "no value");
}

Test(spec, names_that_a_cfg_or_a_page_cannot_carry_are_refused) {
        char line[256];

        assert_line_error("hostname: Größe", 11, "printable ASCII");
        assert_line_error("hostname: 'a\"b'", 11, "printable ASCII");
        assert_line_error("hostname: \"a\\nquit\"", 11, "printable ASCII");
        assert_line_error("hostname: \"a\\e[m\"", 11, "printable ASCII");
        assert_line_error("hostname: 'a\\b'", 11, "printable ASCII");
        assert_line_error("hostname: ''", 11, "1 to 128 characters");
        assert_line_error("hostname: '  '", 11, "1 to 128 characters");
        assert_line_error("label: ' '", 8, "1 to 128 characters");
        assert_line_error("label: \"a\\nb\"", 8, "one line");
        assert_line_error("label: \"\\u202egnp\"", 8, "invisible");
        assert_line_error("label: \"a\\u200b\"", 8, "invisible");

        (void) snprintf(line, sizeof(line), "hostname: %0129d", 1);
        assert_line_error(line, 11, "1 to 128 characters");
        (void) snprintf(line, sizeof(line), "hostname: %0128d", 1);
        assert_good_line(line);
        (void) snprintf(line, sizeof(line), "label: %0127dü", 1);
        assert_good_line(line);
        (void) snprintf(line, sizeof(line), "label: %0128dü", 1);
        assert_line_error(line, 8, "1 to 128 characters");
}

/* --- overlays that are executed, texts for players -------------------------------------------- */

Test(spec, an_overlay_may_be_executed) {
        _cleanup_(spec_freep) Spec *spec = parse_good("port: 27015\n"
                                                      "overlays:\n"
                                                      "  - ref: a\n"
                                                      "    exec: true\n"
                                                      "  - b/c\n"
                                                      "  - {ref: d, exec: false}\n"
                                                      "  - {exec: true, ref: e}\n"
                                                      "  - {ref: f}\n");

        cr_assert_str_eq(spec->overlays[0], "a");
        cr_assert_str_eq(spec->overlays[1], "b/c");
        cr_assert_str_eq(spec->overlays[3], "e");
        cr_assert_str_eq(spec->overlays[4], "f");
        cr_assert_null(spec->overlays[5]);
        cr_assert_eq(spec->executed, 1 << 0 | 1 << 3);
}

Test(spec, entries_of_overlays_that_are_refused) {
        assert_line_error(
                "overlays: [{ref: ../a, exec: true}]", 18, "is not the name of an overlay");
        assert_line_error("overlays: [{exec: true}]", 12, "needs 'ref'");
        assert_line_error("overlays: [{}]", 12, "needs 'ref'");
        assert_line_error("overlays: [{ref: a, exec: yes}]", 27, "must be true or false");
        assert_line_error("overlays: [{ref: [a]}]", 18, "must be a single value");
        assert_line_error("overlays: [{ref: a, exce: true}]", 21, "use ref and exec");
        assert_line_error("overlays: [{path: a, alias: b}]", 13, "'l4d2ctl initialize' does");
        assert_line_error("overlays: [a, {ref: a}]", 21, "listed twice");
        assert_line_error("overlays: [{ref: a, exec: true}, a]", 34, "listed twice");
        assert_line_error("overlays: [[a]]", 12, "must be a single value");
        assert_line_error("overlays: ['a:exec']", 12, "is not the name of an overlay");
}

Test(spec, a_rotation_has_names_of_maps) {
        _cleanup_(spec_freep) Spec *spec =
                parse_good("port: 27015\nrotation: [c1m1_hotel, DeadCity01]\nrotate_when: empty\n");
        _cleanup_(spec_freep) Spec *bare = parse_good("port: 27015\nrotation: []\n");
        _cleanup_free_ char *line = NULL;
        size_t size;

        cr_assert_str_eq(spec->rotation[0], "c1m1_hotel");
        cr_assert_str_eq(spec->rotation[1], "DeadCity01");
        cr_assert_null(spec->rotation[2]);
        cr_assert_eq(spec->rotate_when, ROTATE_WHEN_EMPTY);
        cr_assert_null(bare->rotation);
        cr_assert_eq(bare->rotate_when, ROTATE_UNSET);
        cr_assert_str_eq(rotate_when_to_string(bare->rotate_when), "campaign-end");

        assert_line_error("rotation: ['a;quit']", 12, "is not the name of a map");
        assert_line_error("rotation: [a b]", 12, "is not the name of a map");
        assert_line_error("rotation: ['']", 12, "is not the name of a map");
        assert_line_error("rotation: [a, A]", 15, "listed twice in rotation");
        assert_line_error("rotation: [[a]]", 12, "must be a single value");
        assert_line_error("rotation: a", 11, "must be a list");
        assert_line_error("rotate_when: full", 14, "must be");

        FILE *f = open_memstream(&line, &size);

        (void) fputs("rotation: [m", f);
        for (int i = 0; i < SPEC_ROTATION_MAX; i++)
                (void) fprintf(f, ", m%d", i);
        (void) fputs("]", f);
        (void) fclose(f);
        assert_line_error(line, 320, "more than 64 rotation");
}

Test(spec, texts_for_players_may_have_lines) {
        _cleanup_(spec_freep) Spec *spec =
                parse_good("port: 27015\nblueprint: a/b\nmotd: |\n  Größe\n  \t大\nbanner: x\n");
        _cleanup_free_ char *line = NULL;

        cr_assert_str_eq(spec->motd, "Größe\n\t大\n");
        cr_assert_str_eq(spec->banner, "x");
        assert_line_error("motd: \"a\\e[m\"", 7, "control characters");
        assert_line_error("banner: \"a\\0\"", 9, "NUL");
        cr_assert_gt(asprintf(&line, "motd: %0*d", SPEC_MOTD_SIZE_MAX + 1, 0), 0);
        assert_line_error(line, 7, "longer than 8192 bytes");
        assert_good_line("motd: ''");
}
