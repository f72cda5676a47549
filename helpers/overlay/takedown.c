/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "overlay/takedown.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>

#include "base/log.h"
#include "layer/mount-holders.h"
#include "layer/mount-info.h"
#include "overlay/record.h"

/* One every 50 ms: three seconds. */
#define READ_ONLY_ATTEMPTS 60

enum { MOUNT_POINTS_MAX = 16 };

/* Where the overlay can be reached: more than one place when a part of the host is bind mounted. */
typedef struct MountPoints {
        const char *device;
        char *items[MOUNT_POINTS_MAX + 1];
        size_t n_items;
} MountPoints;

static void mount_points_done(MountPoints *points) {
        for (size_t i = 0; i < points->n_items; i++)
                free(points->items[i]);
}

static int add_mount_point(const MountInfo *mount, void *userdata) {
        MountPoints *points = userdata;
        char *copy;

        if (strcmp(mount->device, points->device) != 0 || points->n_items == MOUNT_POINTS_MAX)
                return 0;
        copy = strdup(mount->mount_point);
        if (!copy)
                return -ENOMEM;
        points->items[points->n_items++] = copy;
        return 0;
}

static int find_holder(const Overlay *o, const MountPoints *points, MountHolder *ret) {
        int r = mount_holders_find(points->items, ret);

        return r < 0 ? log_error_errno(r, "Failed to find the processes that use %s", o->merged)
                     : 0;
}

/* Tried before anything is changed: a server that runs keeps a tree it can write to. */
static int refuse_running(const Overlay *o, const MountPoints *points) {
        MountHolder holder;
        int r;

        r = find_holder(o, points, &holder);
        if (r < 0)
                return r;
        if (holder.hold != MOUNT_HOLD_PROGRAM)
                return 0;

        log_error(
                "Failed to unmount %s: process %d (%s) runs a program of it; stop it first",
                o->merged, (int) holder.pid, holder.command);
        return -EBUSY;
}

/* Makes the whole file system read-only; with MS_BIND it would be this mount alone. */
static int make_read_only(const Overlay *o) {
        _cleanup_close_ int fd = -EBADF;

        fd = fspick(AT_FDCWD, o->merged, FSPICK_CLOEXEC | FSPICK_SYMLINK_NOFOLLOW);
        if (fd < 0 || fsconfig(fd, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0 ||
            fsconfig(fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
                return -errno;
        return 0;
}

/*
 * The kernel closes the files of a process a moment after its end: until then the tree is in use,
 * and nothing tells when it isn't any more.
 */
static int make_read_only_patiently(const Overlay *o) {
        static const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
        int r = -EBUSY;

        for (unsigned left = READ_ONLY_ATTEMPTS; r == -EBUSY && left > 0; left--) {
                r = make_read_only(o);
                if (r == -EBUSY)
                        (void) nanosleep(&pause, NULL);
        }
        return r;
}

static int end_writing(const Overlay *o, const MountPoints *points) {
        MountHolder holder;
        int r;

        r = make_read_only_patiently(o);
        if (r >= 0)
                return 0;
        if (r != -EBUSY)
                return log_error_errno(r, "Failed to make %s read-only", o->merged);

        r = find_holder(o, points, &holder);
        if (r < 0)
                return r;
        if (holder.hold == MOUNT_HOLD_NONE)
                log_error(
                        "Failed to unmount %s: a process that can't be found has a file of it open",
                        o->merged);
        else
                log_error(
                        "Failed to unmount %s: process %d (%s) has %s of it open; end it, then try "
                        "again",
                        o->merged, (int) holder.pid, holder.command,
                        holder.hold == MOUNT_HOLD_READER ? "a removed file" : "a file");
        return -EBUSY;
}

static int detach(const Overlay *o, const MountPoints *points) {
        MountHolder holder;
        int r;

        if (umount2(o->merged, UMOUNT_NOFOLLOW) >= 0)
                return 0;
        if (errno != EBUSY)
                return log_error_errno(-errno, "Failed to unmount %s", o->merged);

        r = find_holder(o, points, &holder);
        if (r < 0)
                return r;
        if (umount2(o->merged, UMOUNT_NOFOLLOW | MNT_DETACH) < 0)
                return log_error_errno(-errno, "Failed to detach %s", o->merged);
        if (holder.hold != MOUNT_HOLD_NONE)
                log_notice(
                        "%s is unmounted; process %d (%s) still uses the old tree, which is "
                        "read-only now",
                        o->merged, (int) holder.pid, holder.command);
        return 0;
}

int overlay_take_down(const Overlay *o, const char *device) {
        _cleanup_(mount_points_done) MountPoints points = { .device = device };
        int r;

        r = mount_info_each(add_mount_point, &points);
        if (r < 0)
                return log_error_errno(r, "Failed to find out where %s is mounted", o->merged);

        r = refuse_running(o, &points);
        if (r >= 0)
                r = record_remove(o);
        if (r >= 0)
                r = end_writing(o, &points);
        return r < 0 ? r : detach(o, &points);
}
