/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* D7: the layers the server runs on, and the way out of its tree, which is the working directory.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tries.h"

#define STATE  "/var/lib/left4me/"
#define SECRET "/var/lib/left4me/runtime/neighbour/merged/left4dead2/cfg/server.cfg"

/* A place in the tree where the game may make files. */
#define OWN_DIR "left4dead2/logs/"

/* Moves it away and back: what can be replaced needs not be writable. */
static int try_rename(const Attempt *a, const Targets *t) {
        (void) t;
        if (rename(a->object, OWN_DIR "left4me-probe") < 0)
                return -errno;
        return result(rename(OWN_DIR "left4me-probe", a->object));
}

static int try_chmod(const Attempt *a, const Targets *t) {
        (void) t;
        return result(chmod(a->object, 0755));
}

static int try_symlink(const Attempt *a, const Targets *t) {
        int r;

        (void) t;
        (void) unlink(OWN_DIR "left4me-link");
        if (symlink(a->object, OWN_DIR "left4me-link") < 0)
                return -errno;
        r = read_one(OWN_DIR "left4me-link");
        (void) unlink(OWN_DIR "left4me-link");
        return r;
}

static int try_link(const Attempt *a, const Targets *t) {
        (void) t;
        (void) unlink(OWN_DIR "left4me-link");
        if (link(a->object, OWN_DIR "left4me-link") < 0)
                return -errno;
        return result(unlink(OWN_DIR "left4me-link"));
}

/* A second name in a place of its own, and the file written through that. */
static int try_link_write(const Attempt *a, const Targets *t) {
        int r;

        (void) t;
        (void) unlink(OWN_DIR "left4me-link");
        if (link(a->object, OWN_DIR "left4me-link") < 0)
                return -errno;
        r = result(open(OWN_DIR "left4me-link", O_WRONLY | O_CLOEXEC));
        (void) unlink(OWN_DIR "left4me-link");
        return r;
}

/* A file of its own in the place of one that isn't, and back. */
static int try_exchange(const Attempt *a, const Targets *t) {
        int fd, r;

        (void) t;
        fd = open(OWN_DIR "left4me-probe", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        (void) close(fd);

        r = result(
                renameat2(AT_FDCWD, OWN_DIR "left4me-probe", AT_FDCWD, a->object, RENAME_EXCHANGE));
        if (r == 0)
                r = result(renameat2(
                        AT_FDCWD, OWN_DIR "left4me-probe", AT_FDCWD, a->object, RENAME_EXCHANGE));
        (void) unlink(OWN_DIR "left4me-probe");
        return r;
}

/* The mark by which overlayfs knows a removed file: it would hide a file of the layers below. */
static int try_whiteout(const Attempt *a, const Targets *t) {
        (void) t;
        if (mknod(a->object, S_IFCHR | 0600, 0) < 0)
                return -errno;
        return result(unlink(a->object));
}

/* Through the root directory of a process that sees more. */
static int try_neighbour_root(const Attempt *a, const Targets *t) {
        char path[256];

        (void) snprintf(path, sizeof(path), "/proc/%d/root%s", (int) t->neighbour, a->object);
        return read_one(path);
}

/* --- mounts: what is covered could be uncovered --- */

/* MNT_EXPIRE only marks the mount, with EAGAIN, or says that it is in use: it is not undone. */
static int try_umount(const Attempt *a, const Targets *t) {
        int r;

        (void) t;
        r = result(umount2(a->object, MNT_EXPIRE));
        return r == -EAGAIN || r == -EBUSY ? 0 : r;
}

static int try_mount(const Attempt *a, const Targets *t) {
        (void) t;
        if (strcmp(a->object, "tmpfs") == 0) {
                if (mount("tmpfs", "/tmp", "tmpfs", 0, NULL) < 0)
                        return -errno;
        } else if (mount("/usr", "/tmp", NULL, MS_BIND, NULL) < 0)
                return -errno;
        return result(umount2("/tmp", MNT_DETACH));
}

/* With the flags it has. */
static int try_remount(const Attempt *a, const Targets *t) {
        (void) t;
        return result(
                mount(NULL, a->object, NULL, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV, NULL));
}

static int try_mount_setattr(const Attempt *a, const Targets *t) {
        struct mount_attr attributes = { .attr_set = MOUNT_ATTR_NOSUID };

        (void) t;
        return result(syscall(
                SYS_mount_setattr, AT_FDCWD, a->object, 0, &attributes, sizeof(attributes)));
}

static int try_fsopen(const Attempt *a, const Targets *t) {
        (void) t;
        return result(syscall(SYS_fsopen, a->object, FSOPEN_CLOEXEC));
}

static int try_open_tree(const Attempt *a, const Targets *t) {
        (void) t;
        return result(
                syscall(SYS_open_tree, AT_FDCWD, a->object, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
}

const Attempt d7_attempts[] = {
        /* Its own tree: data may be written, code and configuration may not. */
        { "D7a", "open", "left4dead2/cfg/server.cfg", try_open_write },
        { "D7a", "rename", "left4dead2/cfg/server.cfg", try_rename },
        { "D7a", "chmod", "left4dead2/cfg/server.cfg", try_chmod },
        { "D7a", "exchange", "left4dead2/cfg/server.cfg", try_exchange },
        { "D7a", "link-write", "left4dead2/cfg/server.cfg", try_link_write },
        { "D7a", "open", ".left4me/argv", try_open_write },
        { "D7a", "exchange", "srcds_run", try_exchange },
        { "D7a", "link-write", "srcds_run", try_link_write },
        { "D7a", "mknod", "left4dead2/logs/left4me-whiteout", try_whiteout },
        { "D7a", "open", "srcds_run", try_open_write },
        { "D7a", "rename", "srcds_run", try_rename },
        { "D7a", "rename", "left4dead2/cfg", try_rename },
        { "D7a", "create", ".", try_create },
        { "D7a", "create", "bin", try_create },
        { "D7a", "create", "left4dead2/addons", try_create },
        { "D7a", "create", "left4dead2/logs", try_create },

        /* The layers themselves */
        { "D7b", "create", STATE "installation/current", try_create },
        { "D7b", "create", STATE "installation/versions", try_create },
        { "D7b", "create", STATE "installation/versions/2", try_create },
        { "D7b", "create", STATE "overlays", try_create },
        { "D7b", "create", STATE "overlays/probe", try_create },
        { "D7b", "open", "/run/left4me/layers/attacker/left4dead2/cfg/server.cfg", try_open_write },
        { "D7b", "open", "/run/left4me/layers/attacker/.left4me/argv", try_open_write },
        { "D7b", "list", "../upper", try_list },
        { "D7b", "list", "../work", try_list },
        { "D7b", "create", "/usr/local/share", try_create },
        { "D7b", "create", "/etc", try_create },

        /* Out of the tree */
        { "D7c", "read", "../../neighbour/merged/left4dead2/cfg/server.cfg", try_read },
        { "D7c", "symlink", SECRET, try_symlink },
        { "D7c", "link", "/usr/local/share/left4me-file", try_link },
        { "D7c", "read", "/proc/self/root/etc/left4me/left4me.conf", try_read },
        { "D7c", "read", "/proc/self/cwd/../../neighbour/merged/left4dead2/cfg/server.cfg",
          try_read },
        { "D7c", "read", "/proc/1/root/etc/left4me/left4me.conf", try_read },
        { "D7c", "read-through-root-of-neighbour", SECRET, try_neighbour_root },

        { "D7d", "umount", "/run", try_umount },
        { "D7d", "umount", "/var", try_umount },
        { "D7d", "mount", "tmpfs", try_mount },
        { "D7d", "mount", "bind", try_mount },
        { "D7d", "remount", "/dev/shm", try_remount },
        { "D7d", "mount_setattr", "/tmp", try_mount_setattr },
        { "D7d", "fsopen", "tmpfs", try_fsopen },
        { "D7d", "open_tree", "/usr", try_open_tree },
        {},
};
