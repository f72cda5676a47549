/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/overlay-readable.h"

#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define GAME_USER "left4me-game"

enum { ENTRIES_MAX = 200000, DEPTH_MAX = 64 };

typedef struct Search {
        uid_t uid;
        gid_t gid;
        size_t n_left;
        char path[PATH_MAX]; /* of the directory that is looked at, "" or "…/" */
        Unreadable found;
} Search;

static bool has_acl(int dir_fd, const char *name) {
        _cleanup_close_ int fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        char path[sizeof("/proc/self/fd/") + 3 * sizeof(int)];

        if (fd < 0)
                return false;
        (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        return getxattr(path, "system.posix_acl_access", NULL, 0) > 0;
}

static bool can_read(const Search *search, const struct stat *st) {
        mode_t wanted = S_ISDIR(st->st_mode) ? 05 : 04;
        unsigned shift = st->st_uid == search->uid ? 6 : st->st_gid == search->gid ? 3 : 0;

        return ((st->st_mode >> shift) & wanted) == wanted;
}

/* A directory counts more than a file, the first one of a kind more than the rest. */
static int note(Search *search, const char *name, bool is_directory) {
        char *path;

        if (search->found.path && (search->found.is_directory || !is_directory))
                return 0;
        if (asprintf(&path, "%s%s", search->path, name) < 0)
                return -ENOMEM;
        free(search->found.path);
        search->found = (Unreadable) { path, is_directory };
        return 0;
}

static int look_into(Search *search, int fd, unsigned depth);

static int enter(Search *search, int dir_fd, const char *name, unsigned depth) {
        size_t length = strlen(search->path), more = strlen(name) + 1;
        int fd, r;

        if (depth == DEPTH_MAX || length + more >= sizeof(search->path))
                return 0;
        fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return errno == EACCES ? -EACCES : 0; /* else it was replaced just now */

        (void) snprintf(search->path + length, sizeof(search->path) - length, "%s/", name);
        r = look_into(search, fd, depth + 1);
        search->path[length] = '\0';
        return r;
}

static int look_at(Search *search, int dir_fd, const char *name, unsigned depth) {
        struct stat st;

        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return 0;
        if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
                return 0;
        if (!can_read(search, &st) && !has_acl(dir_fd, name))
                return note(search, name, S_ISDIR(st.st_mode));
        return S_ISDIR(st.st_mode) ? enter(search, dir_fd, name, depth) : 0;
}

/* Takes over the descriptor. */
static int look_into(Search *search, int fd, unsigned depth) {
        _cleanup_(closedirp) DIR *dir = fdopendir(fd);
        int r = 0;

        if (!dir) {
                (void) safe_close(fd);
                return -ENOMEM;
        }
        while (r >= 0 && search->n_left > 0 && !search->found.is_directory) {
                struct dirent *entry;

                errno = 0;
                entry = readdir(dir);
                if (!entry)
                        return -errno;
                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                        continue;
                search->n_left--;
                r = look_at(search, dirfd(dir), entry->d_name, depth);
        }
        return r;
}

int overlay_find_unreadable(int dir_fd, Unreadable *ret) {
        const struct passwd *game = getpwnam(GAME_USER);
        Search search = {
                .uid = game ? game->pw_uid : (uid_t) -1,
                .gid = game ? game->pw_gid : (gid_t) -1,
                .n_left = ENTRIES_MAX,
        };
        int fd, r;

        /* It may be O_PATH. */
        fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        r = look_into(&search, fd, 0);
        if (r < 0) {
                unreadable_done(&search.found);
                return r;
        }

        *ret = search.found;
        return 0;
}

void unreadable_done(Unreadable *unreadable) {
        free(unreadable->path);
        *unreadable = (Unreadable) {};
}
