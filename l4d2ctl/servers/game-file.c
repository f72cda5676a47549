/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "servers/game-file.h"

#include <fcntl.h>

#include "base/file.h"
#include "base/i386.h"
#include "base/log.h"
#include "content/update-check.h"
#include "layer/steam-client.h"
#include "spec/overlay-dir.h"

/* The directory of the game, or -errno. */
static int open_game(const Paths *paths) {
        _cleanup_close_ int root_fd =
                open(paths->installation_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_free_ char *version = NULL;
        int fd, r;

        if (root_fd < 0)
                return -errno;
        r = overlay_dir_open_current(root_fd, &fd, &version);
        if (r < 0)
                return r == -ENODATA ? -ENOENT : r;
        return fd;
}

int game_check_program(const Paths *paths) {
        _cleanup_close_ int game_fd = open_game(paths), fd = -EBADF;
        int r;

        if (game_fd < 0)
                return game_fd;
        fd = open_beneath(game_fd, "srcds_linux", O_RDONLY | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return fd;
        r = i386_is_program(fd);
        return r < 0 ? r : r > 0 ? 0 : -ENOEXEC;
}

int game_find_steamclient(const Paths *paths, bool *ret_kept) {
        const SteamClient *client = &steam_clients[STEAM_CLIENT_I386];
        _cleanup_close_ int game_fd = -EBADF;

        *ret_kept = steam_client_check_kept(client, paths) >= 0;
        if (*ret_kept)
                return 0;
        game_fd = open_game(paths);
        return game_fd < 0 ? game_fd : steam_client_check(client, game_fd, STEAM_CLIENT_GAME);
}

void game_warn_steamclient(const Paths *paths) {
        bool kept;
        int r;

        r = game_check_program(paths);
        if (r < 0 && r != -ENOEXEC)
                return;
        if (game_find_steamclient(paths, &kept) == -ENOENT)
                log_warning(
                        "%s is missing, both steamcmd's and the game's: servers can't log in to "
                        "Steam, and only players of their own network can join; 'l4d2ctl doctor' "
                        "says how to get it",
                        STEAM_CLIENT_NAME);
}

void game_warn_update(const Paths *paths) {
        _cleanup_(game_update_clear) GameUpdate update = {};

        game_update_load(paths, &update);
        if (update.has_update)
                log_warning(
                        "Steam has build %s of the game, and build %s is installed: 'l4d2ctl "
                        "install' installs the update",
                        update.check.available, update.build);
}
