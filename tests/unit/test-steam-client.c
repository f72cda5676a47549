/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec-tree.h"

#include <elf.h>
#include <limits.h>

#include "layer/steam-client.h"

static const SteamClient *const i386 = &steam_clients[STEAM_CLIENT_I386];
static const SteamClient *const x86_64 = &steam_clients[STEAM_CLIENT_X86_64];

static int game_fd, home_fd;
static char game[PATH_MAX / 2], home[PATH_MAX / 2];

static void setup(void) {
        tree_setup();
        (void) snprintf(game, sizeof(game), "%s/game", tree_root);
        (void) snprintf(home, sizeof(home), "%s/home", tree_root);
        tree_write("game/bin/other.so", "");
        tree_write("home/file", "");
        tree_write("var/lib/left4me/steamclient/file", "");
        game_fd = open(game, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        home_fd = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        cr_assert(game_fd >= 0 && home_fd >= 0);
}

static void teardown(void) {
        (void) close(game_fd);
        (void) close(home_fd);
        tree_teardown();
}

TestSuite(steam_client, .init = setup, .fini = teardown);

/* A file that is nothing but the header of a library for this machine. */
static void write_library(const char *path, const SteamClient *client, uint16_t type) {
        Elf32_Ehdr header = { .e_type = type, .e_machine = client->machine };
        char full[PATH_MAX];
        FILE *f;

        memcpy(header.e_ident, ELFMAG, SELFMAG);
        header.e_ident[EI_CLASS] = client->elf_class;
        (void) snprintf(full, sizeof(full), "%s/%s", tree_root, path);
        tree_make_parents(full);
        f = fopen(full, "we");
        cr_assert_not_null(f);
        cr_assert_eq(fwrite(&header, sizeof(header), 1, f), 1);
        cr_assert_eq(fclose(f), 0);
}

static int make_link(const SteamClient *client) {
        return steam_client_link(client, tree_paths, game_fd, game, home);
}

static void assert_link(const SteamClient *client, const char *directory, const char *file) {
        char path[PATH_MAX], target[PATH_MAX] = "", expected[PATH_MAX];

        (void) snprintf(path, sizeof(path), "%s/" STEAM_CLIENT_NAME, client->home_dir);
        cr_assert_gt(readlinkat(home_fd, path, target, sizeof(target) - 1), 0);
        (void) snprintf(expected, sizeof(expected), "%s/%s", directory, file);
        cr_assert_str_eq(target, expected);
}

Test(steam_client, the_kept_copy_comes_first_and_each_kind_has_its_own) {
        cr_assert_eq(make_link(i386), 0);
        cr_assert_lt(faccessat(home_fd, ".steam", F_OK, 0), 0);

        write_library("game/" STEAM_CLIENT_GAME, i386, ET_DYN);
        cr_assert_eq(make_link(i386), 1);
        cr_assert_eq(make_link(x86_64), 0);
        assert_link(i386, game, STEAM_CLIENT_GAME);

        write_library("var/lib/left4me/steamclient/linux32/steamclient.so", i386, ET_DYN);
        write_library("var/lib/left4me/steamclient/linux64/steamclient.so", x86_64, ET_DYN);
        cr_assert_eq(make_link(i386), 1);
        cr_assert_eq(make_link(x86_64), 1);
        assert_link(i386, tree_paths->steamclient_dir, i386->file);
        assert_link(x86_64, tree_paths->steamclient_dir, x86_64->file);
}

Test(steam_client, only_a_shared_object_of_the_kind_will_do) {
        write_library("game/" STEAM_CLIENT_GAME, x86_64, ET_DYN);
        cr_assert_eq(steam_client_check(i386, game_fd, STEAM_CLIENT_GAME), -ENOEXEC);
        write_library("game/" STEAM_CLIENT_GAME, i386, ET_EXEC);
        cr_assert_eq(steam_client_check(i386, game_fd, STEAM_CLIENT_GAME), -ENOEXEC);
        tree_write("game/" STEAM_CLIENT_GAME, "\177ELF");
        cr_assert_eq(steam_client_check(i386, game_fd, STEAM_CLIENT_GAME), -ENOEXEC);
        cr_assert_eq(steam_client_check(i386, game_fd, "bin"), -EBADFD);
        cr_assert_eq(steam_client_check(i386, game_fd, "bin/none"), -ENOENT);
        cr_assert_eq(make_link(i386), 0);
}

/* For example a bind mount of the host's. */
Test(steam_client, what_is_there_and_not_a_link_is_left) {
        struct stat st;

        write_library("game/" STEAM_CLIENT_GAME, i386, ET_DYN);
        tree_write("home/.steam/sdk32/" STEAM_CLIENT_NAME, "mine");
        cr_assert_eq(make_link(i386), 1);
        cr_assert_eq(
                fstatat(home_fd, ".steam/sdk32/" STEAM_CLIENT_NAME, &st, AT_SYMLINK_NOFOLLOW), 0);
        cr_assert(S_ISREG(st.st_mode) && st.st_size == 4);
}

/* Also in place of libc's: the directory that is to be synced, and whether it was. */
static ino_t awaited_inode;
static bool is_synced;

int fsync(int fd) {
        struct stat st;

        cr_assert_eq(fstat(fd, &st), 0);
        is_synced = is_synced || st.st_ino == awaited_inode;
        return 0;
}

static int keep(const char *path) {
        bool kept_failed = true;
        int r = steam_client_keep(i386, game_fd, path, home_fd, &kept_failed);

        cr_assert_not(kept_failed);
        return r;
}

Test(steam_client, a_copy_is_replaced_or_left_as_it_was) {
        const char *path = "linux32/" STEAM_CLIENT_NAME;

        write_library("game/good.so", i386, ET_DYN);
        write_library("game/bad.so", x86_64, ET_DYN);
        cr_assert_eq(symlinkat("good.so", game_fd, "link.so"), 0);

        cr_assert_eq(keep("bad.so"), -ENOEXEC);
        cr_assert_eq(keep("link.so"), -ELOOP);
        cr_assert_lt(faccessat(home_fd, "linux32", F_OK, 0), 0);
        cr_assert_eq(keep("good.so"), 0);
        cr_assert_eq(steam_client_check(i386, home_fd, path), 0);
        cr_assert_eq(keep("bad.so"), -ENOEXEC);
        cr_assert_eq(steam_client_check(i386, home_fd, path), 0);
        cr_assert_eq(linkat(game_fd, "good.so", game_fd, "second.so", 0), 0);
        cr_assert_eq(keep("good.so"), -EMLINK);
}

Test(steam_client, a_copy_survives_a_power_cut_with_its_directory) {
        struct stat st;

        write_library("game/good.so", i386, ET_DYN);
        cr_assert_eq(fstat(home_fd, &st), 0);
        awaited_inode = st.st_ino;
        cr_assert_eq(keep("good.so"), 0);
        cr_assert(is_synced);
}

Test(steam_client, it_is_told_which_side_failed) {
        bool kept_failed = false;

        write_library("game/good.so", i386, ET_DYN);
        cr_assert_eq(symlinkat(game, home_fd, "linux32"), 0);
        cr_assert_eq(steam_client_keep(i386, game_fd, "good.so", home_fd, &kept_failed), -ELOOP);
        cr_assert(kept_failed);
        cr_assert_eq(steam_client_keep(i386, game_fd, "none.so", home_fd, &kept_failed), -ENOENT);
        cr_assert_not(kept_failed);
}
