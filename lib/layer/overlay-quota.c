/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/overlay-quota.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <sys/file.h>

#include "base/file.h"
#include "base/tree-size.h"
#include "layer/versions.h"

/* In the directory of all overlays; no overlay can have this name. It has a directory for each
 * user, which only the owner of overlays can open and so lock. */
#define LOCKS ".quota"

enum { TRIES_MAX = 10 };

int overlay_quota_lock(int root_fd, const char *user) {
        _cleanup_close_ int locks_fd = owned_directory_lock(root_fd, LOCKS, LOCK_SH);

        return locks_fd < 0 ? locks_fd : owned_directory_lock(locks_fd, user, LOCK_EX);
}

int overlay_quota_add(int dir_fd, const char *name, uint64_t *bytes) {
        TreeSize size = {};
        int r = tree_size(dir_fd, name, &size);

        if (r < 0)
                return r;
        if (size.is_partial)
                return -EAGAIN;
        *bytes += size.bytes;
        return 0;
}

/* The files in uploads/ whose names begin with the user's. A file that is in a version as well
 * counts as a part in each place. */
static int add_uploads(const Paths *paths, const char *user, uint64_t *bytes) {
        _cleanup_close_ int fd =
                open(paths->uploads_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        _cleanup_(closedirp) DIR *dir = fd < 0 ? NULL : open_listing(fd);
        const struct dirent *entry;
        size_t n = strlen(user);
        int r;

        if (!dir)
                return errno == ENOENT ? 0 : -errno;
        while ((r = next_entry(dir, &entry)) > 0) {
                if (strncmp(entry->d_name, user, n) != 0 || entry->d_name[n] != ':')
                        continue;
                r = overlay_quota_add(fd, entry->d_name, bytes);
                if (r < 0 && r != -ENOENT)
                        return r;
        }
        return r;
}

static int add_all(const Paths *paths, int root_fd, const char *user, uint64_t *ret) {
        int r;

        *ret = 0;
        r = overlay_quota_add(root_fd, user, ret);
        if (r >= 0 || r == -ENOENT)
                r = add_uploads(paths, user, ret);
        return r < 0 ? r : 0;
}

int overlay_quota_used(const Paths *paths, int root_fd, const char *user, uint64_t *ret) {
        static const struct timespec pause = { .tv_nsec = 200 * 1000 * 1000 };
        uint64_t bytes;
        int r;

        /* Versions are removed, and overlays renamed, without the lock of the user's overlays. */
        for (unsigned i = 0; (r = add_all(paths, root_fd, user, &bytes)) == -EAGAIN; i++) {
                if (i == TRIES_MAX)
                        return r;
                (void) nanosleep(&pause, NULL);
        }
        if (r < 0)
                return r;

        *ret = bytes;
        return 0;
}
