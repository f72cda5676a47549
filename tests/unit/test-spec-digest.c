/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/digest.h"
#include "spec-tree.h"
#include "spec/blueprint.h"

static HostConfig *config;

static void load_config(void) {
        SpecErrors errors = {};

        config = host_config_free(config);
        cr_assert_eq(host_config_load(tree_paths, &errors, &config), 0);
        cr_assert_eq(errors.n_items, 0);
}

static void setup(void) {
        tree_setup();
        load_config();
}

static void teardown(void) {
        config = host_config_free(config);
        tree_teardown();
}

TestSuite(spec_digest, .init = setup, .fini = teardown, .timeout = 60);

static const char *digest_of(const char *text) {
        static char digests[4][SHA256_TEXT_MAX];
        static size_t n;
        _cleanup_(spec_freep) Spec *spec = NULL;
        char *digest = digests[n++ % 4];
        SpecErrors errors = {};

        cr_assert_eq(
                spec_parse("1", "f", text, strlen(text), config, &errors, &spec), 0, "%s", text);
        cr_assert_eq(blueprint_resolve(tree_paths, spec, NULL, &errors), 0);
        cr_assert_eq(spec_digest(spec, config, tree_paths, digest), 0);
        cr_assert_eq(strlen(digest), 64);
        return digest;
}

#define BASE                                                       \
        "port: 27015\nhostname: One\nlabel: a\noverlays: [x, y]\n" \
        "arguments: [+a, +b]\nconfig: [c]\nrcon_password: secret123\n"

Test(spec_digest, what_a_restart_does_not_apply_is_not_in_it) {
        static const char *const same[] = {
                "# a comment\n" BASE,
                BASE "autostart: true\n",
                BASE "schedule: daily\n",
                BASE "public: true\n",
                BASE "on_hang: restart\n",
                BASE "game_log: true\n",
                BASE "hardening: proven\n",
                "hostname: 'One'\nport: 27015\nlabel: another\nrcon_password: \"secret123\"\n"
                "config:\n  - c\narguments:\n  - +a\n  - +b\noverlays:\n- x\n- y\n",
        };

        for (size_t i = 0; i < ELEMENTSOF(same); i++)
                cr_expect_str_eq(digest_of(same[i]), digest_of(BASE), "%s", same[i]);
}

Test(spec_digest, what_a_restart_applies_is_in_it) {
        static const char *const others[] = {
                BASE "hardening: strict\n",
                BASE "resources: {memory_max: 2G}\n",
                BASE "resources: {nice: 3}\n",
                BASE "client_port: 30000\n",
                BASE "sourcetv: true\n",
                BASE "motd: hello\n",
                BASE "game_log: false\n",
                BASE "banner: hello\n",
                "port: 27016\nhostname: One\nlabel: a\noverlays: [x, y]\n"
                "arguments: [+a, +b]\nconfig: [c]\nrcon_password: secret123\n",
                "port: 27015\nhostname: Two\nlabel: a\noverlays: [x, y]\n"
                "arguments: [+a, +b]\nconfig: [c]\nrcon_password: secret123\n",
                "port: 27015\nhostname: One\nlabel: a\noverlays: [y, x]\n"
                "arguments: [+a, +b]\nconfig: [c]\nrcon_password: secret123\n",
                "port: 27015\nhostname: One\nlabel: a\noverlays: [x, y]\n"
                "arguments: [+b, +a]\nconfig: [c]\nrcon_password: secret123\n",
                "port: 27015\nhostname: One\nlabel: a\noverlays: [x, y]\n"
                "arguments: [+a, +b]\nconfig: [d]\nrcon_password: secret123\n",
                "port: 27015\nhostname: One\nlabel: a\noverlays: [x, y]\n"
                "arguments: [+a, +b]\nconfig: [c]\nrcon_password: secret124\n",
                /* The server.cfg of y is executed. */
                "port: 27015\nhostname: One\nlabel: a\noverlays: [x, {ref: y, exec: true}]\n"
                "arguments: [+a, +b]\nconfig: [c]\nrcon_password: secret123\n",
        };

        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                cr_expect_str_neq(digest_of(others[i]), digest_of(BASE), "%s", others[i]);
}

/* Players see the label when the spec has no hostname. */
Test(spec_digest, a_label_counts_where_it_makes_the_host_name) {
        cr_assert_str_neq(
                digest_of("port: 27015\nlabel: a\n"), digest_of("port: 27015\nlabel: b\n"));
}

Test(spec_digest, the_blueprint_counts_but_its_description_does_not) {
        static const char spec[] = "port: 27015\nblueprint: alice/v\n";
        static const char file[] = "var/lib/left4me/blueprints/alice/v.yaml";
        char first[SHA256_TEXT_MAX];

        tree_write(file, "description: one\nconfig: [a]\n");
        (void) snprintf(first, sizeof(first), "%s", digest_of(spec));
        tree_write(file, "# two\nconfig: [a]\ndescription: two\n");
        cr_assert_str_eq(digest_of(spec), first);
        tree_write(file, "description: one\nconfig: [b]\n");
        cr_assert_str_neq(digest_of(spec), first);
}

Test(spec_digest, directories_of_the_host_configuration_count) {
        char before[SHA256_TEXT_MAX];

        (void) snprintf(before, sizeof(before), "%s", digest_of(BASE));
        tree_write("etc/left4me/left4me.conf", "[server]\nwritable_directories=left4dead2/cfg\n");
        load_config();
        cr_assert_str_neq(digest_of(BASE), before);
        tree_write("etc/left4me/left4me.conf", "[web]\nbehind_https=yes\n");
        load_config();
        cr_assert_str_eq(digest_of(BASE), before);
}
