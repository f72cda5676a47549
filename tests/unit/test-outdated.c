/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec-tree.h"

#include "layer/outdated.h"

TestSuite(outdated, .init = tree_setup, .fini = tree_teardown);

static void expect_layer(const char *below, bool is_game, const char *ref, const char *version) {
        MountedLayer layer;
        char path[PATH_MAX];

        (void) snprintf(path, sizeof(path), "%s%s", tree_paths->state_dir, below);
        cr_assert_eq(mounted_layer_parse(tree_paths, path, &layer), 0);
        cr_expect_eq(layer.is_game, is_game, "%s", below);
        cr_expect(ref ? layer.ref && strcmp(layer.ref, ref) == 0 : !layer.ref, "%s", below);
        cr_expect(
                version ? layer.version && strcmp(layer.version, version) == 0 : !layer.version,
                "%s", below);
        mounted_layer_done(&layer);
}

Test(outdated, a_layer_is_known_by_its_path) {
        expect_layer("/installation/versions/12", true, NULL, "versions/12");
        expect_layer("/overlays/a/versions/3", false, "a", "versions/3");
        expect_layer("/overlays/a/b/c/versions/by-hand", false, "a/b/c", "versions/by-hand");
        expect_layer("/overlays/plain", false, "plain", NULL);
        expect_layer("/overlays/a/versions/b/versions/3", false, "a/versions/b", "versions/3");
        expect_layer("/overlays/subversions/3", false, "subversions/3", NULL);
        expect_layer("/elsewhere/versions/3", false, NULL, NULL);
        expect_layer("/overlaysx/versions/3", false, NULL, NULL);
}

static void expect_outdated(const char *expected) {
        OutdatedLayers layers;
        char actual[512] = "";

        cr_assert_eq(outdated_layers_find(tree_paths, "1", &layers), 0);
        for (size_t i = 0; i < layers.n_items; i++) {
                const OutdatedLayer *layer = &layers.items[i];
                size_t n = strlen(actual);

                (void) snprintf(
                        actual + n, sizeof(actual) - n, "[%s %s %s]",
                        layer->mounted.is_game ? "game" : layer->mounted.ref,
                        layer->mounted.version ?: "-", layer->current ?: "-");
        }
        outdated_layers_clear(&layers);
        cr_expect_str_eq(actual, expected);
}

static void make_version(const char *store, const char *current) {
        char path[PATH_MAX];

        (void) snprintf(path, sizeof(path), "var/lib/left4me/%s/versions/1/x", store);
        tree_write(path, "");
        (void) snprintf(path, sizeof(path), "var/lib/left4me/%s/versions/2/x", store);
        tree_write(path, "");
        (void) snprintf(path, sizeof(path), "%s/var/lib/left4me/%s/current", tree_root, store);
        cr_assert_eq(symlink(current, path), 0);
}

/* Only root's records count, as for the launcher. */
Test(outdated, layers_with_another_current_version_are_found) {
        char text[2048];

        if (geteuid() != 0)
                cr_skip("not root");
        expect_outdated("");
        make_version("installation", "versions/1");
        make_version("overlays/same", "versions/2");
        make_version("overlays/newer", "versions/2");
        make_version("overlays/adopted", "versions/1");
        make_version("overlays/broken", "versions/3");
        tree_write("var/lib/left4me/overlays/plain/x", "");
        (void) snprintf(
                text, sizeof(text),
                "%1$s/overlays/same/versions/2\n%1$s/overlays/newer/versions/1\n"
                "%1$s/overlays/adopted\n%1$s/overlays/plain\n%1$s/overlays/broken/versions/2\n"
                "%1$s/overlays/gone/versions/1\n%1$s/installation/versions/2\n",
                tree_paths->state_dir);
        tree_write("run/left4me/trees/1.layers", text);
        expect_outdated("[newer versions/1 versions/2][adopted - versions/1][broken versions/2 -]"
                        "[gone versions/1 -][game versions/2 versions/1]");
}
