/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * steamclient.so, which a server uses to log in to Steam. The server looks for it in its home;
 * without it, it accepts only players of its own network. steamcmd has the newest one, and `l4d2ctl
 * install` keeps a copy of it; most installations of the game have one in bin/.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/paths.h"

typedef struct SteamClient {
        const char *home_dir; /* where a server looks, below its home */
        const char *file;     /* below steamcmd's directory, and below Paths.steamclient_dir */
        uint8_t elf_class;
        uint16_t machine;
} SteamClient;

/* The one for an i386 server, and the one for x86-64. */
enum { STEAM_CLIENT_I386, STEAM_CLIENT_X86_64, _STEAM_CLIENT_MAX };
extern const SteamClient steam_clients[_STEAM_CLIENT_MAX];

#define STEAM_CLIENT_NAME "steamclient.so"
#define STEAM_CLIENT_GAME "bin/" STEAM_CLIENT_NAME /* below the game */

/*
 * Whether dir_fd/path is this library: a file, reached by no link, and a shared object for the
 * right machine. 0, -ENOENT, -ENOEXEC not such a library, or another error of base/file.h.
 */
int steam_client_check(const SteamClient *client, int dir_fd, const char *path) _must_check_;

/* The same for the kept copy. */
int steam_client_check_kept(const SteamClient *client, const Paths *paths) _must_check_;

/*
 * Replaces kept_fd's copy by dir_fd/path, in one rename. Checked as above, and at most one hard
 * link and 256 MiB. 0 or -errno, which leaves the copy as it was; *ret_kept_failed says whether
 * kept_fd's side failed rather than dir_fd's. A copy that is there survives a power cut.
 */
int steam_client_keep(
        const SteamClient *client, int dir_fd, const char *path, int kept_fd, bool *ret_kept_failed)
        _must_check_;

/*
 * Makes the link in a server's home to the kept copy, else to the game's own; game_dir is open as
 * game_fd. An existing file that is not a link stays. 1 when a library exists, 0 when none does,
 * -errno when it can't make the link.
 */
int steam_client_link(
        const SteamClient *client, const Paths *paths, int game_fd, const char *game_dir,
        const char *home) _must_check_;
