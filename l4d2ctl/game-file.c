/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "game-file.h"

#include <fcntl.h>

#include "file.h"
#include "i386.h"
#include "log.h"
#include "overlay-dir.h"

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

void game_warn_steamclient(const Paths *paths) {
        int r;

        r = game_file_check(paths, "srcds_linux");
        if (r < 0 && r != -ENOEXEC)
                return;
        if (game_file_check(paths, "bin/steamclient.so") == -ENOENT)
                log_warning(
                        "The game has no bin/steamclient.so: servers can't log in to Steam, and let "
                        "in players of their own network only; 'l4d2ctl doctor' says how to get it");
}
