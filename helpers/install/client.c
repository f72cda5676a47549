/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "install/client.h"

#include <fcntl.h>
#include <string.h>

#include "base/exit-code.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "layer/steam-client.h"

/* One place where steamcmd may have the library, and where its copy goes. */
typedef struct Place {
        const SteamClient *client;
        const char *base;      /* absolute */
        const char *directory; /* below it, "" or with a slash at its end */
        const char *kept;      /* absolute */
        int kept_fd;
} Place;

/* Where Debian's steamcmd keeps itself in its user's home, now and in earlier versions. */
static const char *const home_dirs[] = { ".local/share/Steam/steamcmd/", ".steam/steamcmd/" };

/* *ret_kept_failed: the copy's side failed, not steamcmd's. */
static int keep(const Place *place, bool *ret_kept_failed) {
        _cleanup_close_ int fd = open(place->base, O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_free_ char *path = NULL;

        *ret_kept_failed = false;
        if (fd < 0)
                return -errno;
        if (asprintf(&path, "%s%s", place->directory, place->client->file) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        return steam_client_keep(place->client, fd, path, place->kept_fd, ret_kept_failed);
}

/* True when the search is over: there was one, good or not. */
static bool keep_from(const Place *place) {
        bool kept_failed;
        int r = keep(place, &kept_failed);

        if (kept_failed && r < 0)
                log_warning(
                        "Failed to write the copy of %s to %s/%s: %s", STEAM_CLIENT_NAME,
                        place->kept, place->client->file, file_error_message(r));
        else if (r == -ENOENT || r == -ENOTDIR)
                return false;
        else if (r < 0)
                log_warning(
                        "Failed to keep a copy of %s/%s%s: %s", place->base, place->directory,
                        place->client->file,
                        r == -ENOEXEC ? "it is not a shared object for this kind of server"
                                      : file_error_message(r));
        return true;
}

/* The first place that has it: steamcmd's own directory, then those in its user's home. */
static void keep_client(
        const SteamClient *client, const char *program_dir, const char *home, const char *kept,
        int kept_fd) {
        Place place = {
                .client = client,
                .base = program_dir,
                .directory = "",
                .kept = kept,
                .kept_fd = kept_fd,
        };
        bool found = keep_from(&place);

        place.base = home;
        for (size_t i = 0; i < ELEMENTSOF(home_dirs) && !found; i++) {
                place.directory = home_dirs[i];
                found = keep_from(&place);
        }
        if (!found && client == &steam_clients[STEAM_CLIENT_I386])
                log_warning(
                        "steamcmd has no %s: servers use the copy kept before, or %s of the game",
                        client->file, STEAM_CLIENT_GAME);
}

int install_keep_clients(const Paths *paths, const char *steamcmd, const char *home) {
        const char *directory = paths->steamclient_dir;
        _cleanup_free_ char *program_dir =
                strndup(steamcmd, (size_t) (strrchr(steamcmd, '/') - steamcmd));
        _cleanup_close_ int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int r = !program_dir ? -ENOMEM : fd < 0 ? -errno : 0;

        if (r >= 0 && faccessat(fd, ".", W_OK, AT_EACCESS) < 0)
                r = -errno;
        if (r < 0) {
                (void) log_error_errno(
                        r,
                        "Failed to keep steamcmd's %s in %s; run 'systemd-tmpfiles --create left4me.conf' and install again",
                        STEAM_CLIENT_NAME, directory);
                return CTL_FAILURE;
        }
        for (size_t i = 0; i < _STEAM_CLIENT_MAX; i++)
                keep_client(&steam_clients[i], program_dir, home, directory, fd);
        return CTL_OK;
}
