/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/mount-holders.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "base/path-below.h"
#include "base/visible-text.h"

static bool lies_below(const char *path, char *const *mount_points) {
        for (; *mount_points; mount_points++)
                if (path_is_in(path, *mount_points))
                        return true;
        return false;
}

/* A link of /proc whose target can't be read leads nowhere of ours. */
static bool link_lies_below(int dir_fd, const char *name, char *const *mount_points) {
        char target[PATH_MAX];
        ssize_t n = readlinkat(dir_fd, name, target, sizeof(target) - 1);

        if (n < 0)
                return false;
        target[n] = '\0';
        return lies_below(target, mount_points);
}

static FILE *open_stream(int dir_fd, const char *path) {
        int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC);
        FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

        if (!f)
                (void) safe_close(fd);
        return f;
}

/* From "flags:	0100002" of fdinfo. */
static bool is_for_writing(int process_fd, const char *number) {
        _cleanup_fclose_ FILE *f = NULL;
        char path[NAME_MAX + sizeof("fdinfo/")], line[128];
        unsigned flags;

        (void) snprintf(path, sizeof(path), "fdinfo/%s", number);
        f = open_stream(process_fd, path);
        while (f && fgets(line, sizeof(line), f))
                if (sscanf(line, "flags: %o", &flags) == 1)
                        return (flags & O_ACCMODE) != O_RDONLY && !(flags & O_PATH);
        return false;
}

static MountHold look_at_files(int process_fd, char *const *mount_points) {
        int fd = openat(process_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(closedirp) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        MountHold hold = MOUNT_HOLD_NONE;
        struct dirent *entry;

        if (!dir) {
                (void) safe_close(fd);
                return hold;
        }
        while (hold < MOUNT_HOLD_WRITER && (entry = readdir(dir))) {
                if (!link_lies_below(fd, entry->d_name, mount_points))
                        continue;
                hold = is_for_writing(process_fd, entry->d_name) ? MOUNT_HOLD_WRITER
                                                                 : MOUNT_HOLD_READER;
        }
        return hold;
}

/* A file stays in use by its mapping when its descriptor is closed. */
static bool maps_a_file(int process_fd, char *const *mount_points) {
        _cleanup_fclose_ FILE *f = open_stream(process_fd, "maps");
        _cleanup_free_ char *line = NULL;
        size_t size = 0;

        while (f && getline(&line, &size, f) >= 0) {
                char *path = strchr(line, '/');

                if (!path)
                        continue;
                path[strcspn(path, "\n")] = '\0';
                if (lies_below(path, mount_points))
                        return true;
        }
        return false;
}

static MountHold look_at_process(int process_fd, char *const *mount_points) {
        MountHold hold;

        if (link_lies_below(process_fd, "exe", mount_points))
                return MOUNT_HOLD_PROGRAM;
        hold = look_at_files(process_fd, mount_points);
        if (hold == MOUNT_HOLD_NONE && (link_lies_below(process_fd, "cwd", mount_points) ||
                                        link_lies_below(process_fd, "root", mount_points) ||
                                        maps_a_file(process_fd, mount_points)))
                hold = MOUNT_HOLD_READER;
        return hold;
}

/* A process may call itself what it likes. */
static void read_command(int process_fd, char *buffer, size_t size) {
        _cleanup_fclose_ FILE *f = open_stream(process_fd, "comm");
        char line[32] = "", visible[VISIBLE_TEXT_MAX(sizeof(line))];

        if (!f || !fgets(line, sizeof(line), f))
                (void) snprintf(line, sizeof(line), "?");
        line[strcspn(line, "\n")] = '\0';
        (void) visible_text(line, strlen(line), visible);
        (void) snprintf(buffer, size, "%.*s", (int) size - 1, visible);
}

int mount_holders_find(char *const *mount_points, MountHolder *ret) {
        _cleanup_(closedirp) DIR *dir = opendir("/proc");
        MountHolder found = {};
        struct dirent *entry;

        if (!dir)
                return -errno;
        while (found.hold < MOUNT_HOLD_PROGRAM && (entry = readdir(dir))) {
                _cleanup_close_ int fd = -EBADF;
                char *end;
                long pid = strtol(entry->d_name, &end, 10);
                MountHold hold;

                if (pid <= 0 || *end != '\0' || pid == getpid())
                        continue;
                fd = openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (fd < 0)
                        continue; /* it has ended */
                hold = look_at_process(fd, mount_points);
                if (hold <= found.hold)
                        continue;
                found.hold = hold;
                found.pid = (pid_t) pid;
                read_command(fd, found.command, sizeof(found.command));
        }

        *ret = found;
        return 0;
}
