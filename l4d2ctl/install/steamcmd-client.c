/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "install/steamcmd-client.h"

#include <fcntl.h>
#include <string.h>

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

/* Added to errors in our own directory, to tell them from errors in steamcmd's. An errno of a file
 * is smaller than this, and the sum fits into the exit status that identity_run() takes it from. */
enum { OWN_ERROR = 128 };

/* In a child that is steamcmd's user. */
static int keep(void *userdata) {
        const Place *place = userdata;
        _cleanup_close_ int fd = open(place->base, O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_free_ char *path = NULL;
        bool own;
        int r;

        if (fd < 0)
                return -errno;
        if (asprintf(&path, "%s%s", place->directory, place->client->file) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        r = steam_client_keep(place->client, fd, path, place->kept_fd, &own);
        return own ? r - OWN_ERROR : r;
}

static int check_writable(void *userdata) {
        const int *kept_fd = userdata;

        return faccessat(*kept_fd, ".", W_OK, AT_EACCESS) < 0 ? -errno : 0;
}

/* True when the search is over: there was one, good or not. */
static bool keep_from(const Identity *user, Place *place) {
        int r = identity_run(user, keep, place);

        if (r == -ENOENT || r == -ENOTDIR)
                return false;
        if (r < -OWN_ERROR)
                log_warning(
                        "Failed to write the copy of %s to %s/%s: %s", STEAM_CLIENT_NAME,
                        place->kept, place->client->file, _(file_error_message(r + OWN_ERROR)));
        else if (r < 0)
                log_warning(
                        "Failed to keep a copy of %s/%s%s: %s", place->base, place->directory,
                        place->client->file,
                        r == -ENOEXEC ? "it is not a shared object for this kind of server"
                                      : _(file_error_message(r)));
        return true;
}

/* The first place that has it: steamcmd's own directory, then those in its user's home. */
static void keep_client(
        const Identity *user, const SteamClient *client, const char *program_dir, const char *kept,
        int kept_fd) {
        Place place = {
                .client = client,
                .base = program_dir,
                .directory = "",
                .kept = kept,
                .kept_fd = kept_fd,
        };
        bool found = keep_from(user, &place);

        place.base = user->home;
        for (size_t i = 0; i < ELEMENTSOF(home_dirs) && !found; i++) {
                place.directory = home_dirs[i];
                found = keep_from(user, &place);
        }
        if (!found && client == &steam_clients[STEAM_CLIENT_I386])
                log_warning(
                        "steamcmd has no %s: servers use the copy kept before, or %s of the game",
                        client->file, STEAM_CLIENT_GAME);
}

int steamcmd_keep_clients(const Ctl *ctl, const Identity *user) {
        const char *program = ctl->config->steamcmd, *directory = ctl->paths->steamclient_dir;
        _cleanup_free_ char *program_dir =
                strndup(program, (size_t) (strrchr(program, '/') - program));
        _cleanup_close_ int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int r = !program_dir ? -ENOMEM : fd < 0 ? -errno : 0;

        if (r >= 0)
                r = identity_run(user, check_writable, &fd);
        if (r < 0) {
                (void) log_error_errno(
                        r,
                        "Failed to keep steamcmd's %s in %s; run 'systemd-tmpfiles --create left4me.conf' and install again",
                        STEAM_CLIENT_NAME, directory);
                return CTL_FAILURE;
        }
        for (size_t i = 0; i < _STEAM_CLIENT_MAX; i++)
                keep_client(user, &steam_clients[i], program_dir, directory, fd);
        return CTL_OK;
}
