/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec-tree.h"

#include "spec/blueprint.h"
#include "spec/keys.h"

static HostConfig host = { .port_min = 27015, .port_max = 50000 };

/* Two values of each key that mean something else. A key without a row here fails the tests. */
static const struct {
        const char *name, *one, *other;
} examples[] = {
        { "port", "27015", "27016" },
        { "client_port", "27005", "27006" },
        { "steam_port", "26900", "26901" },
        { "sourcetv", "true", "false" },
        { "sourcetv_port", "27020", "27021" },
        { "hostname", "one", "other" },
        { "label", "one", "other" },
        { "overlays", "[a, b]", "[b, a]" },
        { "arguments", "[-tickrate, 100]", "[-tickrate]" },
        { "config", "['sv_cheats 0']", "['sv_cheats 1']" },
        { "rcon_password", "hunter22", "hunter23" },
        { "autostart", "true", "false" },
        { "public", "true", "false" },
        { "schedule", "daily", "weekly" },
        { "game_log", "true", "false" },
        { "on_hang", "restart", "none" },
        { "blueprint", "alice/one", "alice/two" },
        { "hardening", "strict", "proven" },
        { "resources.memory_max", "1G", "2G" },
        { "resources.memory_high", "1G", "2G" },
        { "resources.tasks_max", "100", "200" },
        { "resources.cpus", "'0'", "0-1" },
        { "resources.nice", "-5", "0" },
        { "description", "one", "other" },
        { "motd", "one", "other" },
        { "banner", "one", "other" },
        { "rotation", "[a]", "[a, b]" },
        { "rotate_when", "empty", "campaign-end" },
};

static Spec *parse_spec(const char *text) {
        SpecErrors errors = {};
        Spec *spec = NULL;
        int r = spec_parse("1", "f", text, strlen(text), &host, &errors, &spec);
        _cleanup_free_ char *printed = errors_text(&errors);

        cr_assert_eq(r, 0, "%s", printed);
        return spec;
}

static Blueprint *parse_blueprint(const char *text) {
        SpecErrors errors = {};
        Blueprint *blueprint = NULL;
        int r = blueprint_parse("alice/one", "f", text, strlen(text), &errors, &blueprint);
        _cleanup_free_ char *printed = errors_text(&errors);

        cr_assert_eq(r, 0, "%s", printed);
        return blueprint;
}

/* A whole spec in which only this key, which may be inside a mapping, has been given a value. */
static Spec *spec_with(const char *name, const char *value) {
        const char *dot = strchr(name, '.');
        char text[256];

        if (dot)
                (void) snprintf(
                        text, sizeof(text), "port: 27015\n%.*s: {%s: %s}\n", (int) (dot - name),
                        name, dot + 1, value);
        else
                (void) snprintf(
                        text, sizeof(text), "%s%s%s: %s\n",
                        strcmp(name, "port") == 0 ? "" : "port: 27015\n",
                        strcmp(name, "sourcetv_port") == 0 ? "sourcetv: true\n" : "", name, value);
        return parse_spec(text);
}

static Blueprint *blueprint_with(const char *name, const char *value) {
        char text[256];

        (void) snprintf(text, sizeof(text), "%s: %s\n", name, value);
        return parse_blueprint(text);
}

/* The same file with one value, with the same once more, with another one, and without any. */
typedef struct Versions {
        const void *one, *same, *other, *none;
} Versions;

/* Only the flagged keys of the table, by their own flag or by the flag of the mapping they are in,
 * are found to be changed; and those always. */
static void check_key(
        const SpecKeys *keys, const SpecKey *top, const char *name, const Versions *v) {
        const SpecKey *expected = top->flags & SPEC_KEY_ADMIN ? top : NULL;
        const struct {
                const void *old, *new;
                const SpecKey *expected;
        } cases[] = {
                { v->one, v->other, expected }, { v->other, v->one, expected },
                { v->one, v->same, NULL },      { v->none, v->one, expected },
                { v->one, v->none, expected },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                cr_assert_eq(
                        spec_keys_find_change(keys, SPEC_KEY_ADMIN, cases[i].old, cases[i].new),
                        cases[i].expected, "%s, case %zu", name, i);
}

static size_t example_of(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(examples); i++)
                if (strcmp(examples[i].name, name) == 0)
                        return i;
        cr_assert_fail("'%s' has no examples in this test", name);
        return 0;
}

static void check_spec_key(const SpecKey *top, const char *name) {
        size_t i = example_of(name);
        _cleanup_(spec_freep) Spec *one = spec_with(name, examples[i].one);
        _cleanup_(spec_freep) Spec *same = spec_with(name, examples[i].one);
        _cleanup_(spec_freep) Spec *other = spec_with(name, examples[i].other);

        check_key(&spec_keys, top, name, &(Versions) { one, same, other, &spec_defaults });
}

Test(spec_change, every_key_of_a_spec) {
        for (size_t i = 0; i < spec_keys.n_items; i++) {
                const SpecKey *top = &spec_keys.items[i];

                if (!top->keys)
                        check_spec_key(top, top->name);
                for (size_t k = 0; top->keys && k < top->keys->n_items; k++) {
                        char name[64];

                        cr_assert_null(top->keys->items[k].keys, "mappings in mappings");
                        cr_assert_eq(top->keys->items[k].flags, 0, "the mapping has the flag");
                        (void) snprintf(
                                name, sizeof(name), "%s.%s", top->name, top->keys->items[k].name);
                        check_spec_key(top, name);
                }
        }
}

Test(spec_change, every_key_of_a_blueprint) {
        for (size_t i = 0; i < blueprint_keys.n_items; i++) {
                const SpecKey *key = &blueprint_keys.items[i];
                size_t e = example_of(key->name);
                _cleanup_(blueprint_freep) Blueprint *one =
                        blueprint_with(key->name, examples[e].one);
                _cleanup_(blueprint_freep) Blueprint *same =
                        blueprint_with(key->name, examples[e].one);
                _cleanup_(blueprint_freep) Blueprint *other =
                        blueprint_with(key->name, examples[e].other);

                check_key(
                        &blueprint_keys, key, key->name,
                        &(Versions) { one, same, other, &blueprint_defaults });
        }
}

/* A key that gets the flag later has its value compared, whichever key it is. */
Test(spec_change, every_key_can_be_compared) {
        for (size_t i = 0; i < spec_keys.n_items; i++) {
                SpecKey key = spec_keys.items[i];
                SpecKeys keys = { &key, 1 };

                key.flags |= SPEC_KEY_ADMIN;
                if (key.keys)
                        continue; /* its keys are below, one by one */
                size_t e = example_of(key.name);
                _cleanup_(spec_freep) Spec *one = spec_with(key.name, examples[e].one);
                _cleanup_(spec_freep) Spec *same = spec_with(key.name, examples[e].one);
                _cleanup_(spec_freep) Spec *other = spec_with(key.name, examples[e].other);

                cr_assert_eq(spec_keys_find_change(&keys, SPEC_KEY_ADMIN, one, other), &key);
                cr_assert_null(
                        spec_keys_find_change(&keys, SPEC_KEY_ADMIN, one, same),
                        "'%s' has no place in its row, or one that is not its value's", key.name);
        }
}

static const char *changed(const char *old, const char *new) {
        _cleanup_(spec_freep) Spec *a = parse_spec(old), *b = parse_spec(new);
        const SpecKey *key = spec_keys_find_change(&spec_keys, SPEC_KEY_ADMIN, a, b);

        return key ? key->name : NULL;
}

Test(spec_change, values_count_not_texts) {
        static const char plain[] = "port: 27015\n";

        cr_assert_null(changed(plain, "port: 27015\nhardening: proven\n"));
        cr_assert_null(changed(plain, "port: 27016\nresources: {}\n"));
        cr_assert_null(
                changed("port: 27015\nresources: {memory_max: 1G, cpus: 0-2}\n",
                        "resources:\n  cpus: '0,1,2'\n  memory_max: 1024M\nport: 27015\n"));
        cr_assert_str_eq(changed(plain, "port: 27015\nhardening: strict\n"), "hardening");
        cr_assert_str_eq(changed("port: 27015\nhardening: strict\n", plain), "hardening");
        cr_assert_str_eq(changed(plain, "port: 27015\nresources: {nice: 0}\n"), "resources");
}
