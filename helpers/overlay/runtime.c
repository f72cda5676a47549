/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "overlay/runtime.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"

/* A directory of root's that only root can change, made if need be. */
static int open_directory(int parent_fd, const char *name, mode_t mode, gid_t gid, int *ret) {
        _cleanup_close_ int fd = -EBADF;
        struct stat st;

        fd = make_directory_beneath(parent_fd, name, 0700);
        if (fd < 0)
                return fd;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (st.st_uid != geteuid())
                return -EPERM;

        /* Only users other than the game could change a mode here: all of this is above its tree.
         */
        if (st.st_gid != gid && fchown(fd, (uid_t) -1, gid) < 0)
                return -errno;
        if ((st.st_mode & 07777) != mode && fchmod(fd, mode) < 0)
                return -errno;

        *ret = TAKE_FD(fd);
        return 0;
}

static int make_directory(int parent_fd, const char *name, mode_t mode, gid_t gid) {
        _cleanup_close_ int fd = -EBADF;

        return open_directory(parent_fd, name, mode, gid, &fd);
}

/*
 * The work directory is the kernel's scratch space. After a crash it may hold what the kernel can't
 * clear, and then the mount comes up read-only.
 */
static int make_empty_work(int dir_fd, gid_t gid) {
        int r;

        r = remove_tree(dir_fd, "work");
        if (r < 0)
                return r;

        return make_directory(dir_fd, "work", 0700, gid);
}

static int prepare(const Overlay *o, int *ret_merged_fd) {
        _cleanup_close_ int dir_fd = -EBADF;
        int r;

        r = open_directory(o->runtime_fd, o->name, 0750, o->game_gid, &dir_fd);
        if (r < 0)
                return r;

        /* The root of the upper directory is the topmost of the tree's roots: its mode counts. */
        r = make_directory(dir_fd, "upper", 0755, o->game_gid);
        if (r < 0)
                return r;

        r = make_empty_work(dir_fd, o->game_gid);
        if (r < 0)
                return r;

        return open_directory(dir_fd, "merged", 0755, o->game_gid, ret_merged_fd);
}

int runtime_prepare(const Overlay *o, int *ret_merged_fd) {
        int r = prepare(o, ret_merged_fd);

        if (r < 0)
                return log_error_errno(
                        r, "Failed to prepare %s/%s", o->paths->runtime_dir, o->name);
        return 0;
}

int runtime_remove(const Overlay *o) {
        int r = remove_tree(o->runtime_fd, o->name);

        if (r < 0)
                return log_error_errno(r, "Failed to remove %s/%s", o->paths->runtime_dir, o->name);
        return 0;
}
