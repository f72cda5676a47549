/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A temporary root with instances and host configuration, for tests that read real files.
 */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

#include "spec/spec.h"

_unused_ static char tree_root[64];
_unused_ static Paths *tree_paths;

_unused_ static void tree_make_parents(const char *path) {
        char copy[4096];

        (void) snprintf(copy, sizeof(copy), "%s", path);
        for (char *p = copy + 1; *p; p++)
                if (*p == '/') {
                        *p = '\0';
                        cr_assert(mkdir(copy, 0755) == 0 || errno == EEXIST);
                        *p = '/';
                }
}

/* Writes root/path, making its directories. */
_unused_ static void tree_write(const char *path, const char *text) {
        char full[4096];
        FILE *f;

        (void) snprintf(full, sizeof(full), "%s/%s", tree_root, path);
        tree_make_parents(full);
        f = fopen(full, "we");
        cr_assert_not_null(f);
        cr_assert(fputs(text, f) >= 0);
        cr_assert_eq(fclose(f), 0);
}

_unused_ static void tree_spec(const char *name, const char *text) {
        char path[256];

        (void) snprintf(path, sizeof(path), "var/lib/left4me/instances/%s/spec.yaml", name);
        tree_write(path, text);
}

_unused_ static void tree_setup(void) {
        (void) snprintf(tree_root, sizeof(tree_root), "/tmp/left4me-test-XXXXXX");
        cr_assert_not_null(mkdtemp(tree_root));
        cr_assert_eq(paths_new(tree_root, &tree_paths), 0);
        tree_make_parents(tree_paths->instances_dir);
        cr_assert_eq(mkdir(tree_paths->instances_dir, 0755), 0);
}

_unused_ static int tree_remove(
        const char *path, const struct stat *st _unused_, int type _unused_,
        struct FTW *ftw _unused_) {
        return remove(path);
}

_unused_ static void tree_teardown(void) {
        (void) nftw(tree_root, tree_remove, 16, FTW_DEPTH | FTW_PHYS);
        tree_paths = paths_free(tree_paths);
}

/* All errors as they would be printed, from malloc; empties the collection. */
_unused_ static char *errors_text(SpecErrors *errors) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        cr_assert_not_null(f);
        spec_errors_print(errors, f);
        cr_assert_eq(fclose(f), 0);
        spec_errors_clear(errors);
        return text;
}
