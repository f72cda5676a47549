/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "game-file.h"

#include <fcntl.h>

#include "file.h"
#include "i386.h"
#include "log.h"
#include "overlay-dir.h"
#include "steam-client.h"

int game_file_check(const Paths *paths, const char *name) {
        _cleanup_close_ int root_fd = -EBADF, current_fd = -EBADF, fd = -EBADF;
        _cleanup_free_ char *version = NULL;
        int r;

        root_fd = open(paths->installation_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0)
                return -errno;
        r = overlay_dir_open_current(root_fd, &current_fd, &version);
        if (r < 0)
                return r == -ENODATA ? -ENOENT : r;
        fd = open_beneath(current_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return fd;
        r = i386_is_program(fd);
        return r < 0 ? r : r > 0 ? 0 : -ENOEXEC;
}

int game_find_steamclient(const Paths *paths, bool *ret_kept) {
        int r;

        r = steam_client_check_kept(&steam_clients[STEAM_CLIENT_I386], paths);
        *ret_kept = r >= 0;
        return r >= 0 ? 0 : game_file_check(paths, STEAM_CLIENT_GAME);
}

void game_warn_steamclient(const Paths *paths) {
        bool kept;
        int r;

        r = game_file_check(paths, "srcds_linux");
        if (r < 0 && r != -ENOEXEC)
                return;
        if (game_find_steamclient(paths, &kept) == -ENOENT)
                log_warning(
                        "There is no " STEAM_CLIENT_NAME
                        ", neither steamcmd's nor the game's: servers can't log in to Steam, and let "
                        "in players of their own network only; 'l4d2ctl doctor' says how to get it");
}
