/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/steam-client.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/elf-file.h"
#include "base/file.h"

enum { LIBRARY_SIZE_MAX = 256 * 1024 * 1024 };

const SteamClient steam_clients[_STEAM_CLIENT_MAX] = {
        [STEAM_CLIENT_I386] = {
                .home_dir = ".steam/sdk32",
                .file = "linux32/" STEAM_CLIENT_NAME,
                .elf_class = ELFCLASS32,
                .machine = EM_386,
        },
        [STEAM_CLIENT_X86_64] = {
                .home_dir = ".steam/sdk64",
                .file = "linux64/" STEAM_CLIENT_NAME,
                .elf_class = ELFCLASS64,
                .machine = EM_X86_64,
        },
};

int steam_client_check(const SteamClient *client, int dir_fd, const char *path) {
        _cleanup_close_ int fd = open_beneath(dir_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        uint16_t type = ET_NONE;
        struct stat st;
        int r;

        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EBADFD;
        r = elf_file_is(fd, client->elf_class, client->machine, &type);
        return r < 0 ? r : r > 0 && type == ET_DYN ? 0 : -ENOEXEC;
}

int steam_client_check_kept(const SteamClient *client, const Paths *paths) {
        _cleanup_close_ int fd =
                open(paths->steamclient_dir, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        return fd < 0 ? -errno : steam_client_check(client, fd, client->file);
}

static int write_kept(const SteamClient *client, const void *data, size_t size, int kept_fd) {
        _cleanup_free_ char *directory = strndup(client->file, strcspn(client->file, "/"));
        _cleanup_close_ int fd = -EBADF;

        if (!directory)
                return -ENOMEM;
        fd = make_directory_beneath(kept_fd, directory, 0755);
        if (fd < 0)
                return fd;
        /* write_file_atomic() syncs the directory, but not that it is there. */
        if (fsync(kept_fd) < 0)
                return -errno;
        return write_file_atomic(fd, STEAM_CLIENT_NAME, data, size, 0644);
}

int steam_client_keep(
        const SteamClient *client, int dir_fd, const char *path, int kept_fd,
        bool *ret_kept_failed) {
        static const FileLimits limits = { .size_max = LIBRARY_SIZE_MAX };
        _cleanup_free_ char *data = NULL;
        uint16_t type = ET_NONE;
        size_t size;
        int r;

        *ret_kept_failed = false;
        r = read_file_beneath(dir_fd, path, &limits, &data, &size);
        if (r < 0)
                return r;
        if (!elf_header_is(data, size, client->elf_class, client->machine, &type) || type != ET_DYN)
                return -ENOEXEC;

        r = write_kept(client, data, size, kept_fd);
        *ret_kept_failed = r < 0;
        return r;
}

/* Each directory of a relative path, one within the other. */
static int open_directories(const char *base, const char *path) {
        _cleanup_free_ char *copy = strdup(path);
        _cleanup_close_ int fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        char *rest;

        if (!copy)
                return -ENOMEM;
        if (fd < 0)
                return -errno;
        for (char *name = strtok_r(copy, "/", &rest); name; name = strtok_r(NULL, "/", &rest)) {
                int next = make_directory_beneath(fd, name, 0755);

                if (next < 0)
                        return next;
                (void) close(fd);
                fd = next;
        }
        return TAKE_FD(fd);
}

static int replace_link(const char *target, int dir_fd, const char *name) {
        char old[PATH_MAX];

        if (symlinkat(target, dir_fd, name) >= 0)
                return 0;
        if (errno != EEXIST)
                return -errno;
        if (readlinkat(dir_fd, name, old, sizeof(old)) < 0)
                return errno == EINVAL ? 0 : -errno; /* the host's own: left */
        if (unlinkat(dir_fd, name, 0) < 0 || symlinkat(target, dir_fd, name) < 0)
                return -errno;
        return 0;
}

int steam_client_link(
        const SteamClient *client, const Paths *paths, int game_fd, const char *game_dir,
        const char *home) {
        _cleanup_close_ int fd = -EBADF;
        char target[PATH_MAX];
        int r;

        if (steam_client_check_kept(client, paths) >= 0)
                (void) snprintf(
                        target, sizeof(target), "%s/%s", paths->steamclient_dir, client->file);
        else if (steam_client_check(client, game_fd, STEAM_CLIENT_GAME) >= 0)
                (void) snprintf(target, sizeof(target), "%s/" STEAM_CLIENT_GAME, game_dir);
        else
                return 0;

        fd = open_directories(home, client->home_dir);
        if (fd < 0)
                return fd;
        r = replace_link(target, fd, STEAM_CLIENT_NAME);
        return r < 0 ? r : 1;
}
