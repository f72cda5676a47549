/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec-tree.h"

#include "spec/set.h"

static HostConfig host = { .port_min = 27015, .port_max = 50000 };
static SpecContext context;
static SpecErrors reported;

static void setup(void) {
        tree_setup();
        cr_assert_eq(spec_context_open(tree_paths, &host, &context), 0);
}

static void teardown(void) {
        spec_errors_clear(&reported);
        spec_context_close(&context);
        tree_teardown();
}

TestSuite(spec_set, .init = setup, .fini = teardown, .timeout = 60);

/* Keeps a copy of everything that is reported. */
static void report(const SpecErrors *errors, void *userdata) {
        unsigned *n_calls = userdata;

        (*n_calls)++;
        for (size_t i = 0; i < errors->n_items; i++) {
                const SpecError *e = &errors->items[i];
                const SpecPlace place = {
                        .file = e->file + strlen(tree_paths->instances_dir) + 1,
                        .line = e->line,
                        .column = e->column,
                };

                spec_errors_add(
                        &reported, &place, "%s%s%s", e->message, e->source ? " | " : "",
                        e->source ? e->source : "");
        }
}

static SpecSet *load(unsigned n_expected) {
        SpecSet *set = NULL;
        unsigned n_calls = 0;

        cr_assert_eq(spec_set_load(&context, report, &n_calls, &set), 0);
        cr_assert_eq(n_calls, n_expected, "%u reports", n_calls);
        return set;
}

static void assert_reported(const char *expected) {
        _cleanup_free_ char *printed = errors_text(&reported);

        cr_assert_str_eq(printed, expected);
}

Test(spec_set, none) {
        _cleanup_(spec_set_freep) SpecSet *set = load(0);

        cr_assert_eq(set->n_items, 0);
        cr_assert_null(spec_set_find(set, "1"));
}

Test(spec_set, sorted_by_name_and_found) {
        tree_spec("b", "port: 27015\n");
        tree_spec("a-1", "port: 27016\nautostart: true\n");
        tree_spec("10", "port: 27017\n");
        tree_write("var/lib/left4me/instances/.new/spec.yaml", "port: 27015\n");
        tree_write("var/lib/left4me/instances/lost+found/spec.yaml", "port: 27015\n");

        _cleanup_(spec_set_freep) SpecSet *set = load(0);

        cr_assert_eq(set->n_items, 3);
        cr_assert_str_eq(set->items[0].settings.name, "10");
        cr_assert_str_eq(set->items[1].settings.name, "a-1");
        cr_assert_str_eq(set->items[2].settings.name, "b");
        cr_assert(set->items[1].settings.autostart);
        cr_assert_not(set->items[1].refused);
        cr_assert_eq(spec_set_find(set, "b")->settings.port, 27015);
        cr_assert_null(spec_set_find(set, "c"));
        cr_assert_null(spec_set_find(set, "an-illegal-name-that-is-longer-than-thirty-two"));
}

Test(spec_set, both_sides_of_a_port_are_refused) {
        tree_spec("a", "# the first\nport: 27015\n");
        tree_spec("b", "port: 27016\n");
        tree_spec("c", "autostart: true\nport:   27015 # same\n");

        _cleanup_(spec_set_freep) SpecSet *set = load(2);

        cr_assert(spec_set_find(set, "a")->refused);
        cr_assert_not(spec_set_find(set, "b")->refused);
        cr_assert(spec_set_find(set, "c")->refused);
        cr_assert_eq(spec_set_find(set, "c")->settings.port, 27015);
        assert_reported(
                "a/spec.yaml:2:7: error: port 27015 is also used by instance 'c' | port: 27015\n"
                "c/spec.yaml:2:9: error: port 27015 is also used by instance 'a' | port:   27015 # "
                "same\n");
}

Test(spec_set, every_port_of_a_spec_is_its_own) {
        host.port_max = 27114;
        tree_spec("a", "port: 27015\n");
        tree_spec("b", "port: 27016\nclient_port: 27415\n");
        tree_spec("c", "port: 27017\nsourcetv: true\n");
        tree_spec("d", "port: 27018\nclient_port: 27617\n");
        tree_spec("e", "port: 27019\n");

        _cleanup_(spec_set_freep) SpecSet *set = load(4);

        cr_assert_not(spec_set_find(set, "e")->refused);
        cr_assert(spec_set_find(set, "a")->refused && spec_set_find(set, "d")->refused);
        assert_reported(
                "a/spec.yaml:1:7: error: steam_port 27415 (derived from 'port'; 'steam_port' names "
                "another) is also used by instance 'b' as its client_port | port: 27015\n"
                "b/spec.yaml:2:14: error: client_port 27415 is also used by instance 'a' as its "
                "steam_port | client_port: 27415\n"
                "c/spec.yaml:1:7: error: sourcetv_port 27617 (derived from 'port'; 'sourcetv_port' "
                "names another) is also used by instance 'd' as its client_port | port: 27017\n"
                "d/spec.yaml:2:14: error: client_port 27617 is also used by instance 'c' as its "
                "sourcetv_port | client_port: 27617\n");

        /* 27015's Steam port is taken too, and 27020's client port. */
        tree_spec("e", "port: 27019\nclient_port: 27220\n");
        _cleanup_(spec_set_freep) SpecSet *more = load(4);
        cr_assert_eq(spec_set_find_free_port(more, &host), 27021);
}

Test(spec_set, three_with_one_port) {
        tree_spec("a", "port: 27015\n");
        tree_spec("b", "port: 27015\n");
        tree_spec("c", "port: 27015\n");

        _cleanup_(spec_set_freep) SpecSet *set = load(3);

        for (size_t i = 0; i < 3; i++)
                cr_assert(set->items[i].refused);
        assert_reported(
                "a/spec.yaml:1:7: error: port 27015 is also used by instance 'c' | port: 27015\n"
                "b/spec.yaml:1:7: error: port 27015 is also used by instance 'a' | port: 27015\n"
                "c/spec.yaml:1:7: error: port 27015 is also used by instance 'a' | port: 27015\n");
}

Test(spec_set, a_bad_spec_does_not_take_others_down) {
        tree_spec("a", "port: 27015\nhardening: none\n");
        tree_spec("b", "port: 27015\n");
        tree_write("var/lib/left4me/instances/Bad Name/spec.yaml", "port: 27017\n");
        tree_write("var/lib/left4me/instances/file", "port: 27018\n");

        _cleanup_(spec_set_freep) SpecSet *set = load(3);

        cr_assert_eq(set->n_items, 3);
        cr_assert(spec_set_find(set, "a")->refused);
        cr_assert_eq(spec_set_find(set, "a")->settings.port, 0);
        cr_assert_not(spec_set_find(set, "b")->refused);
        cr_assert(spec_set_find(set, "file")->refused);
        assert_reported(
                "Bad Name: error: not the name of an instance: a-z 0-9 and '-', at most 32, "
                "beginning with a letter or digit\n"
                "a/spec.yaml:2:12: error: hardening must be 'proven' or 'strict', not 'none' | "
                "hardening: none\n"
                "file/spec.yaml: error: Not a directory\n");
}

static int check(const char *name, const char *text) {
        SpecErrors errors = {};
        _cleanup_(spec_freep) Spec *spec = NULL;
        int r;

        cr_assert_eq(spec_parse(name, "new.yaml", text, strlen(text), &host, &errors, &spec), 0);
        r = spec_check_against_others(&context, spec, "new.yaml", text, strlen(text), &reported);
        return r;
}

Test(spec_set, a_new_spec_against_the_others) {
        tree_spec("a", "port: 27015\n");
        tree_spec("b", "port: 27016\n");
        tree_spec("broken", "port: x\n");

        cr_assert_eq(check("c", "port: 27017\n"), 0);
        cr_assert_eq(check("a", "port: 27015\n"), 0);
        cr_assert_eq(check("a", "port: 27017\n"), 0);
        cr_assert_not(spec_errors_any(&reported));
        cr_assert_eq(check("a", "# x\nport: 27016\n"), -EINVAL);
        assert_reported("new.yaml:2:7: error: port 27016 is already used by instance 'b'\n"
                        "    2 | port: 27016\n"
                        "      |       ^\n");
}

Test(spec_set, many) {
        enum { N = 2000 };

        for (unsigned i = 0; i < N; i++) {
                char name[16], text[64];

                (void) snprintf(name, sizeof(name), "s%u", i);
                (void) snprintf(text, sizeof(text), "port: %u\n", 28000 + i - (i == N - 1));
                tree_spec(name, text);
        }

        _cleanup_(spec_set_freep) SpecSet *set = load(2);

        cr_assert_eq(set->n_items, N);
        cr_assert(spec_set_find(set, "s1999")->refused);
        cr_assert(spec_set_find(set, "s1998")->refused);
        cr_assert_not(spec_set_find(set, "s1997")->refused);
}
