/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/output-dir.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "render/render.h"
#include "systemd/unit-names.h"

/* slash is there: RenderSink promises a directory and a name. */
static int make_directory_of(int dir_fd, const char *path) {
        char directory[RENDER_PATH_MAX];
        const char *slash = strchr(path, '/');

        (void) snprintf(directory, sizeof(directory), "%.*s", (int) (slash - path), path);
        if (mkdirat(dir_fd, directory, 0755) < 0 && errno != EEXIST)
                return -errno;
        return 0;
}

/*
 * Written in place. A run that is killed here leaves a torn file, which left4me-launch notices by
 * the last line that it lacks; a temporary name for each would notice no more and cost PID 1, which
 * waits, a tenth of the time.
 */
int output_dir_write_file(int dir_fd, const char *path, const char *text, size_t size) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = make_directory_of(dir_fd, path);
        if (r < 0)
                return r;

        fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (fd < 0)
                return -errno;
        r = write_all(fd, text, size);
        if (r < 0)
                (void) unlinkat(dir_fd, path, 0);
        return r;
}

/* A symlink appears whole, without the help of a temporary name. */
int output_dir_write_link(int dir_fd, const char *path, const char *target) {
        int r;

        if (symlinkat(target, dir_fd, path) >= 0)
                return 0;
        if (errno != ENOENT)
                return -errno;

        r = make_directory_of(dir_fd, path);
        if (r < 0)
                return r;
        return symlinkat(target, dir_fd, path) < 0 ? -errno : 0;
}

static void forget_files(int output_fd, const char *directory) {
        char units[UNIT_NAME_MAX];
        const char *const patterns[] = { RENDER_DROP_IN,       RENDER_SCHEDULE,
                                         "30-strict.conf",     "40-left4me-cpus.conf",
                                         RENDER_ALERT_DROP_IN, units };
        _cleanup_(closedirp) DIR *dir = NULL;
        int fd;

        unit_name(UNIT_SERVER, "*", units);
        fd = openat(output_fd, directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        dir = fd < 0 ? NULL : fdopendir(fd);
        if (!dir)
                return;

        for (struct dirent *entry; (entry = readdir(dir));)
                for (size_t i = 0; i < ELEMENTSOF(patterns); i++)
                        if (fnmatch(patterns[i], entry->d_name, 0) == 0)
                                (void) unlinkat(dirfd(dir), entry->d_name, 0);
}

int output_dir_clear(int dir_fd) {
        char units[UNIT_NAME_MAX], drop_ins[UNIT_NAME_MAX + sizeof(".d")];
        char timers[UNIT_NAME_MAX + sizeof(".d")];
        const char *const patterns[] = { drop_ins, timers, "left4me.target.wants", "*.slice.d",
                                         RENDER_ALERT_DIR };
        _cleanup_(closedirp) DIR *dir = NULL;
        int fd;

        unit_name(UNIT_SERVER, "*", units);
        (void) snprintf(drop_ins, sizeof(drop_ins), "%s.d", units);
        (void) snprintf(timers, sizeof(timers), RESTART_TIMER ".d", "*");
        fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        dir = fd < 0 ? NULL : fdopendir(fd);
        if (!dir)
                return -errno;

        for (struct dirent *entry; (entry = readdir(dir));)
                for (size_t i = 0; i < ELEMENTSOF(patterns); i++)
                        if (fnmatch(patterns[i], entry->d_name, 0) == 0)
                                forget_files(dir_fd, entry->d_name);
        return 0;
}
