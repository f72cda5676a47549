/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec-tree.h"

#include "spec/blueprint.h"

static Blueprint *parse_good(const char *text) {
        SpecErrors errors = {};
        Blueprint *blueprint = NULL;
        int r = blueprint_parse("alice/versus", "f", text, strlen(text), &errors, &blueprint);
        _cleanup_free_ char *printed = errors_text(&errors);

        cr_assert_eq(r, 0, "%s", printed);
        cr_assert_str_eq(printed, "");
        return blueprint;
}

/* One error, at this place, with these words. */
static void assert_error(const char *text, unsigned line, unsigned column, const char *words) {
        SpecErrors errors = {};
        Blueprint *blueprint = NULL;

        cr_assert_eq(
                blueprint_parse("alice/versus", "f", text, strlen(text), &errors, &blueprint),
                -EINVAL, "%s", text);
        cr_assert_null(blueprint);
        cr_assert_eq(errors.n_items, 1, "%s: %zu errors", text, errors.n_items);
        cr_assert_eq(errors.items[0].line, line, "%s", text);
        cr_assert_eq(errors.items[0].column, column, "%s", text);
        cr_assert(strstr(errors.items[0].message, words), "%s", errors.items[0].message);
        spec_errors_clear(&errors);
}

Test(blueprint, every_key) {
        _cleanup_(blueprint_freep) Blueprint *b =
                parse_good("description: 'Größe: L'\noverlays: [competitive/base, standard]\n"
                           "arguments: [-tickrate, 100]\nconfig: [sv_gametypes versus, '']\n");

        cr_assert_str_eq(b->ref, "alice/versus");
        cr_assert_str_eq(b->overlays[0], "competitive/base");
        cr_assert_str_eq(b->overlays[1], "standard");
        cr_assert_null(b->overlays[2]);
        cr_assert_str_eq(b->arguments[1], "100");
        cr_assert_str_eq(b->config[0], "sv_gametypes versus");
        cr_assert_str_eq(b->config[1], "");
        cr_assert_null(b->config[2]);
}

Test(blueprint, no_key_is_needed) {
        static const char *const texts[] = { "", "# nothing yet\n", "{}", "description: x\n" };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                _cleanup_(blueprint_freep) Blueprint *b = parse_good(texts[i]);

                cr_assert(b->overlays && !b->overlays[0]);
                cr_assert(b->arguments && !b->arguments[0]);
                cr_assert(b->config && !b->config[0]);
        }
}

/* The rules are the spec's, by the same code: one of each kind is enough. */
Test(blueprint, bad_ones) {
        assert_error("overlays: [../x]\n", 1, 12, "is not the name of an overlay");
        assert_error("overlays: [a, a]\n", 1, 15, "is listed twice");
        assert_error("overlays: x\n", 1, 11, "must be a list");
        assert_error("arguments: [-port]\n", 1, 13, "is reserved");
        assert_error("config: ['rcon_password x']\n", 1, 10, "has a key of its own");
        assert_error("config: [ö]\n", 1, 10, "printable ASCII");
        assert_error("config:\n", 1, 8, "has no value");
        assert_error(
                "port: 27015\n", 1, 1, "unknown key 'port', it belongs in the specs of servers");
        assert_error(
                "xyz: 1\n", 1, 1,
                "(known: description, overlays, arguments, config, motd, banner, "
                "rotation, rotate_when)");
        assert_error("rcon_password: abcdefgh\n", 1, 1, "unknown key");
        assert_error("descripton: x\n", 1, 1, "did you mean 'description'");
        assert_error("description: \"a\\nb\"\n", 1, 14, "one line without control characters");
        assert_error("description: \"a\\x9bb\"\n", 1, 14, "one line without control characters");
        assert_error("description: [a]\n", 1, 14, "must be a single value");
        assert_error("[a]\n", 1, 1, "a blueprint must be a mapping");
}

Test(blueprint, a_description_has_an_end) {
        _cleanup_free_ char *text = NULL;

        cr_assert_gt(asprintf(&text, "description: x%01023d\n", 0), 0);
        blueprint_free(parse_good(text));
        free(text);
        cr_assert_gt(asprintf(&text, "description: x%01024d\n", 0), 0);
        assert_error(text, 1, 14, "longer than 1024 bytes");
}

Test(blueprint, names) {
        cr_assert(blueprint_ref_is_valid("a/b"));
        cr_assert(blueprint_ref_is_valid("a-1/2-b"));
        cr_assert(blueprint_ref_is_valid("abcdefghijklmnopqrstuvwxyz012345/"
                                         "abcdefghijklmnopqrstuvwxyz012345"));
        static const char *const bad[] = {
                "",
                "a",
                "a/",
                "/a",
                "a/b/c",
                "a//b",
                "../a",
                "a/..",
                "A/b",
                "a/B",
                "a/b ",
                "a_b/c",
                "a/b.c",
                "-a/b",
                "abcdefghijklmnopqrstuvwxyz0123456/a",
                "a/abcdefghijklmnopqrstuvwxyz0123456",
        };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                cr_assert_not(blueprint_ref_is_valid(bad[i]), "%s", bad[i]);
        cr_assert_not(blueprint_ref_is_valid(NULL));
}

/* --- files --------------------------------------------------------------------------------- */

TestSuite(blueprint_files, .init = tree_setup, .fini = tree_teardown, .timeout = 20);

static const HostConfig host = { .port_min = 27015, .port_max = 27114 };

static void write_blueprint(const char *ref, const char *text) {
        char path[256];

        (void) snprintf(path, sizeof(path), "var/lib/left4me/blueprints/%s.yaml", ref);
        tree_write(path, text);
}

static Spec *load_spec(const char *name) {
        SpecErrors errors = {};
        SpecContext context;
        Spec *spec = NULL;

        cr_assert_eq(spec_context_open(tree_paths, &host, &context), 0);
        cr_assert_eq(spec_load(&context, name, &errors, &spec), 0);
        spec_context_close(&context);
        return spec;
}

/* Compares the errors from resolving the spec "1", with the tree's root cut off. */
static void assert_unresolved(const char *expected) {
        _cleanup_(spec_freep) Spec *spec = load_spec("1");
        SpecErrors errors = {};

        cr_assert_eq(blueprint_resolve(tree_paths, spec, NULL, &errors), -EINVAL);
        cr_assert_null(spec->overlays[0]);
        _cleanup_free_ char *printed = errors_text(&errors);
        cr_assert_eq(strncmp(printed, tree_root, strlen(tree_root)), 0);
        cr_assert(
                strncmp(printed + strlen(tree_root), expected, strlen(expected)) == 0, "%s",
                printed);
}

Test(blueprint_files, a_spec_gets_its_lists) {
        SpecErrors errors = {};

        write_blueprint("alice/versus", "overlays: [a]\narguments: [-b]\nconfig: [c]\n");
        tree_spec("1", "port: 27015\nblueprint: alice/versus\n");

        Spec *spec = load_spec("1");
        cr_assert_eq(blueprint_resolve(tree_paths, spec, NULL, &errors), 0);
        cr_assert_str_eq(spec->overlays[0], "a");
        cr_assert_str_eq(spec->arguments[0], "-b");
        cr_assert_str_eq(spec->config[0], "c");
        /* Once is enough. */
        cr_assert_eq(blueprint_resolve(tree_paths, spec, NULL, &errors), 0);
        cr_assert_str_eq(spec->overlays[0], "a");
        spec_free(spec);

        tree_spec("2", "port: 27016\noverlays: [own]\n");
        spec = load_spec("2");
        cr_assert_eq(blueprint_resolve(tree_paths, spec, NULL, &errors), 0);
        cr_assert_str_eq(spec->overlays[0], "own");
        spec_free(spec);
        cr_assert_not(spec_errors_any(&errors));
}

Test(blueprint_files, one_that_is_missing_or_bad) {
        char path[512];

        tree_spec("1", "port: 27015\nblueprint: alice/versus\n");
        assert_unresolved("/var/lib/left4me/instances/1/spec.yaml:2:12: error: "
                          "no blueprint named 'alice/versus'\n");

        write_blueprint("alice/versus", "overlay: [a]\n");
        assert_unresolved("/var/lib/left4me/blueprints/alice/versus.yaml:1:1: error: "
                          "unknown key 'overlay', did you mean 'overlays'?\n");

        (void) snprintf(path, sizeof(path), "%s/alice/versus.yaml", tree_paths->blueprints_dir);
        cr_assert_eq(unlink(path), 0);
        write_blueprint("bob/versus", "{}");
        cr_assert_eq(symlink("../bob/versus.yaml", path), 0);
        assert_unresolved("/var/lib/left4me/blueprints/alice/versus.yaml: error: "
                          "a symbolic link is not accepted here\n");

        /* An owner's directory that is a symlink is refused as well. */
        cr_assert_eq(unlink(path), 0);
        (void) snprintf(path, sizeof(path), "%s/alice", tree_paths->blueprints_dir);
        cr_assert_eq(rmdir(path), 0);
        cr_assert_eq(symlink("bob", path), 0);
        assert_unresolved("/var/lib/left4me/blueprints/alice/versus.yaml: error: "
                          "a symbolic link is not accepted here\n");
}

Test(blueprint_files, the_list_has_all_and_nothing_else) {
        static const char *const expected[] = { "alice/1", "alice/versus", "bob/a", NULL };
        _cleanup_(state_dir_close) StateDir blueprints = STATE_DIR_INIT;
        _cleanup_(strv_freep) char **refs = NULL;
        char path[512];

        write_blueprint("bob/a", "");
        write_blueprint("alice/versus", "");
        write_blueprint("alice/1", "[");
        write_blueprint("alice/B", "");
        write_blueprint("alice/.#1.x", "");
        write_blueprint("alice/deeper/x", "");
        write_blueprint("Carl/a", "");
        write_blueprint("at-the-top", "");
        (void) snprintf(path, sizeof(path), "%s/dave", tree_paths->blueprints_dir);
        cr_assert_eq(symlink("bob", path), 0);

        cr_assert_eq(state_dir_open(tree_paths, tree_paths->blueprints_dir, &blueprints), 0);
        cr_assert_eq(blueprint_list(&blueprints, &refs), 0);
        for (size_t i = 0; i < ELEMENTSOF(expected); i++)
                if (expected[i])
                        cr_assert_str_eq(refs[i], expected[i]);
                else
                        cr_assert_null(refs[i]);
}

Test(blueprint_files, a_foreign_owner_is_refused) {
        char path[512];

        if (geteuid() != 0)
                cr_skip("only root can give files away");
        tree_spec("1", "port: 27015\nblueprint: alice/versus\n");
        write_blueprint("alice/versus", "overlays: [a]\n");
        (void) snprintf(path, sizeof(path), "%s/alice/versus.yaml", tree_paths->blueprints_dir);
        cr_assert_eq(chown(path, 12345, 12345), 0);
        assert_unresolved("/var/lib/left4me/blueprints/alice/versus.yaml: error: ");
}
