/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "elf-image.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "game/loadable.h"

/* A host with libc 2.41, libstdc++ 3.4.33 and libz for i386, and a game. */
static char directory[64], root[96];
static int game_fd = -1;

static const char *const glibc[] = { "GLIBC_2.0", "GLIBC_2.38", "GLIBC_2.41", NULL };
static const char *const glibcxx[] = { "GLIBCXX_3.4", "GLIBCXX_3.4.30", "GLIBCXX_3.4.33", NULL };

static void write_bytes(const char *path, const void *data, size_t size) {
        char full[PATH_MAX], command[2 * PATH_MAX];
        FILE *f;

        (void) snprintf(full, sizeof(full), "%s/%s", directory, path);
        (void) snprintf(command, sizeof(command), "mkdir -p \"$(dirname %s)\"", full);
        cr_assert_eq(system(command), 0);
        f = fopen(full, "we");
        cr_assert_not_null(f);
        cr_assert_eq(fwrite(data, 1, size, f), size);
        cr_assert_eq(fclose(f), 0);
}

static void write_elf(const char *path, const ElfPlan *plan) {
        ElfImage image;

        elf_image(plan, &image);
        write_bytes(path, image.data, image.size);
}

static void setup(void) {
        static const char *const libraries[] = { "libc.so.6", "libstdc++.so.6", "libz.so.1", NULL },
                                 *const wanted[] = { "libc.so.6 GLIBC_2.38",
                                                     "libstdc++.so.6 GLIBCXX_3.4.30", NULL };
        char path[PATH_MAX];

        strcpy(directory, "/tmp/loadable-XXXXXX");
        cr_assert_not_null(mkdtemp(directory));
        (void) snprintf(root, sizeof(root), "%s/host", directory);
        write_elf("host/usr/lib32/libc.so.6", &(ElfPlan) { .defined = glibc });
        write_elf("host/usr/lib32/libstdc++.so.6", &(ElfPlan) { .defined = glibcxx });
        write_elf("host/usr/lib32/libz.so.1", &(ElfPlan) {});
        write_elf("game/srcds_linux", &(ElfPlan) { .type = ET_EXEC, .libraries = libraries });
        write_elf(
                "game/bin/engine_srv.so", &(ElfPlan) { .libraries = libraries, .wanted = wanted });
        write_elf("game/left4dead2/bin/server_srv.so", &(ElfPlan) { .libraries = libraries });
        (void) snprintf(path, sizeof(path), "%s/game", directory);
        game_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        cr_assert_geq(game_fd, 0);
}

static void remove_directory(const char *path) {
        char command[PATH_MAX];

        (void) snprintf(command, sizeof(command), "rm -rf -- %s", path);
        cr_assert_eq(system(command), 0);
}

static void teardown(void) {
        (void) close(game_fd);
        remove_directory(directory);
}

TestSuite(loadable, .init = setup, .fini = teardown);

/* Checks the game, and its one problem, whose text it expects. */
static void expect(const char *path, bool stops_game, const char *text) {
        _cleanup_(load_problems_done) LoadProblems problems = {};
        _cleanup_free_ char *actual = NULL;

        cr_assert_eq(loadable_check_game(game_fd, root, &problems), 0);
        cr_assert_eq(problems.n_items, path ? 1 : 0, "%zu problems", problems.n_items);
        cr_assert_eq(problems.stops_game, stops_game);
        if (!path)
                return;
        cr_assert_eq(problems.items[0].stops_game, stops_game);
        cr_assert_str_eq(problems.items[0].path, path);
        cr_assert_eq(load_problem_text(&problems.items[0], problems.machine, &actual), 0);
        cr_assert_str_eq(actual, text);
}

Test(loadable, a_game_that_fits_its_host_has_no_problem) {
        _cleanup_(load_problems_done) LoadProblems problems = {};

        cr_assert_eq(loadable_check_game(game_fd, root, &problems), 0);
        cr_assert_eq(problems.n_items, 0);
        cr_assert_eq(problems.n_checked, 3);
        cr_assert_str_eq(problems.machine, "i386");
}

Test(loadable, a_newer_libc_is_named_with_the_hosts) {
        write_elf(
                "game/bin/engine_srv.so",
                &(ElfPlan) { .wanted = (const char *[]) { "libc.so.6 GLIBC_2.42", NULL } });
        expect("bin/engine_srv.so", true,
               "it asks for version GLIBC_2.42 of libc.so.6, which has GLIBC_2.41 at most");
        write_elf(
                "game/bin/engine_srv.so",
                &(ElfPlan) { .wanted = (const char *[]) { "libc.so.6 ?GLIBC_2.42", NULL } });
        expect(NULL, false, NULL);
}

/* The game's own libstdc++ comes first in the loader's path. */
Test(loadable, the_games_own_libstdcxx_counts_and_not_the_hosts) {
        write_elf(
                "game/bin/libstdc++.so.6",
                &(ElfPlan) { .defined =
                                     (const char *[]) { "GLIBCXX_3.4", "GLIBCXX_3.4.13", NULL } });
        expect("bin/engine_srv.so", true,
               "it asks for version GLIBCXX_3.4.30 of libstdc++.so.6, which has GLIBCXX_3.4.13 at "
               "most");
        write_elf("game/bin/libstdc++.so.6", &(ElfPlan) { .is_64 = true });
        expect("bin/libstdc++.so.6", true, "it is made for x86-64, and the game is for i386");
}

Test(loadable, a_missing_library_stops_only_the_games_own_files) {
        static const char *const libraries[] = { "libcurl.so.4", NULL };

        write_elf("game/bin/extra.so", &(ElfPlan) { .libraries = libraries });
        expect("bin/extra.so", false,
               "it asks for the library libcurl.so.4, which neither the game nor the host has for "
               "i386");
        /* One for another machine does not help, one in the game does. */
        write_elf("host/usr/lib/libcurl.so.4", &(ElfPlan) { .is_64 = true });
        expect("bin/extra.so", false,
               "it asks for the library libcurl.so.4, which neither the game nor the host has for "
               "i386");
        write_elf("game/bin/libcurl.so.4", &(ElfPlan) {});
        expect(NULL, false, NULL);

        write_elf(
                "game/left4dead2/bin/server_srv.so",
                &(ElfPlan) { .libraries = (const char *[]) { "libnew.so.1", NULL } });
        expect("left4dead2/bin/server_srv.so", true,
               "it asks for the library libnew.so.1, which neither the game nor the host has for "
               "i386");
}

Test(loadable, other_files_are_no_libraries) {
        static const char script[] = "#!/bin/sh\n";

        write_bytes("game/bin/engine_srv.so", "", 0);
        expect("bin/engine_srv.so", true, "it is neither a program nor a library for Linux");
        write_bytes("game/bin/engine_srv.so", script, strlen(script));
        expect("bin/engine_srv.so", true, "it is neither a program nor a library for Linux");
        cr_assert_eq(unlinkat(game_fd, "bin/engine_srv.so", 0), 0);
        expect(NULL, false, NULL);

        write_bytes("game/srcds_linux", script, strlen(script));
        expect(NULL, false, NULL);
        cr_assert_eq(unlinkat(game_fd, "srcds_linux", 0), 0);
        expect("srcds_linux", true, "it is missing");
        cr_assert_eq(symlinkat("bin/other", game_fd, "srcds_linux"), 0);
        expect("srcds_linux", true, "it is a link, or can't be read");
}

Test(loadable, a_library_that_was_cut_off_is_damaged) {
        ElfImage image;

        elf_image(&(ElfPlan) { .libraries = (const char *[]) { "libc.so.6", NULL } }, &image);
        write_bytes("game/bin/engine_srv.so", image.data, image.size - 1);
        expect("bin/engine_srv.so", true, "it is damaged or incomplete");
}

/* On a host that has no C library for i386 yet, a file's own faults are still found. */
Test(loadable, a_host_without_libc_is_not_the_games_fault) {
        remove_directory(root);
        expect(NULL, false, NULL);
        write_elf("game/bin/engine_srv.so", &(ElfPlan) { .is_64 = true });
        expect("bin/engine_srv.so", true, "it is made for x86-64, and the game is for i386");
}

Test(loadable, the_program_decides_about_the_machine) {
        write_elf("game/srcds_linux", &(ElfPlan) { .is_64 = true, .type = ET_EXEC });
        write_elf("game/left4dead2/bin/server_srv.so", &(ElfPlan) { .is_64 = true });
        expect("bin/engine_srv.so", true, "it is made for i386, and the game is for x86-64");
}

/* A FIFO would block a program that opens it. */
Test(loadable, nothing_blocks) {
        cr_assert_eq(unlinkat(game_fd, "bin/engine_srv.so", 0), 0);
        cr_assert_eq(mkfifoat(game_fd, "bin/engine_srv.so", 0644), 0);
        expect("bin/engine_srv.so", true, "it is a link, or can't be read");
}
