/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "overlay/context.h"

#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "layer/mount-info.h"

#define GAME_GROUP "left4me-game"

static int format_paths(Overlay *o) {
        struct {
                char **path;
                const char *parent, *suffix;
        } const table[] = {
                { &o->upper, o->paths->runtime_dir, "/upper" },
                { &o->work, o->paths->runtime_dir, "/work" },
                { &o->merged, o->paths->runtime_dir, "/merged" },
                { &o->layer, o->paths->layers_dir, "" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                if (asprintf(table[i].path, "%s/%s%s", table[i].parent, o->name, table[i].suffix) <
                    0) {
                        *table[i].path = NULL;
                        return -ENOMEM;
                }
        return 0;
}

static int find_game_group(gid_t *ret) {
        struct group *group;

        errno = 0;
        group = getgrnam(GAME_GROUP);
        if (!group)
                return log_error_errno(
                        -(errno ?: ESRCH), "Failed to find the group %s", GAME_GROUP);

        *ret = group->gr_gid;
        return 0;
}

/* Only root may be able to rename entries of these directories. */
static int open_trusted(const char *path, int *ret) {
        _cleanup_close_ int fd = -EBADF;
        struct stat st;

        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return log_error_errno(-errno, "Failed to open %s", path);

        if (st.st_uid != geteuid() || (st.st_mode & 0022) != 0) {
                log_error(
                        "Failed to use %s: it must belong to root and be writable by root alone",
                        path);
                return -EPERM;
        }

        *ret = TAKE_FD(fd);
        return 0;
}

static int make_run_directories(const Paths *paths) {
        const struct {
                const char *path;
                mode_t mode;
        } directories[] = {
                { paths->run_dir, 0755 },
                { paths->layers_dir, 0700 },
                { paths->trees_dir, 0755 },
        };

        for (size_t i = 0; i < ELEMENTSOF(directories); i++) {
                if (mkdir(directories[i].path, 0700) < 0) {
                        if (errno == EEXIST)
                                continue;
                        return log_error_errno(-errno, "Failed to create %s", directories[i].path);
                }
                /* mkdir() applied the umask. */
                if (chmod(directories[i].path, directories[i].mode) < 0)
                        return log_error_errno(
                                -errno, "Failed to set the mode of %s", directories[i].path);
        }
        return 0;
}

/* Only root can open the lock: any user who can open a file can lock it. */
static int lock(const Overlay *o, int *ret) {
        _cleanup_close_ int fd = -EBADF;
        char name[NAME_MAX];

        (void) snprintf(name, sizeof(name), "%s.lock", o->name);
        fd = openat(o->layers_fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0 || flock(fd, LOCK_EX) < 0)
                return log_error_errno(-errno, "Failed to lock %s/%s", o->paths->layers_dir, name);

        *ret = TAKE_FD(fd);
        return 0;
}

int overlay_open(const char *name, Overlay *o) {
        const char *link;
        int r;

        o->name = name;

        r = paths_from_environment(&o->paths);
        if (r >= 0)
                r = format_paths(o);
        if (r < 0)
                return log_error_errno(r, "Failed to prepare the overlay of server %s", name);

        if (paths_find_symlink(o->paths, &link)) {
                log_error("Failed to use %s: it %s", link, _(PATHS_SYMLINK_MESSAGE));
                return -ELOOP;
        }

        r = find_game_group(&o->game_gid);
        if (r < 0)
                return r;

        r = make_run_directories(o->paths);
        if (r < 0)
                return r;

        r = open_trusted(o->paths->layers_dir, &o->layers_fd);
        if (r < 0)
                return r;

        r = open_trusted(o->paths->trees_dir, &o->trees_fd);
        if (r < 0)
                return r;

        r = open_trusted(o->paths->runtime_dir, &o->runtime_fd);
        if (r < 0)
                return r;

        return lock(o, &o->lock_fd);
}

void overlay_close(Overlay *o) {
        o->lock_fd = safe_close(o->lock_fd);
        o->layers_fd = safe_close(o->layers_fd);
        o->trees_fd = safe_close(o->trees_fd);
        o->runtime_fd = safe_close(o->runtime_fd);
        free(o->upper);
        free(o->work);
        free(o->merged);
        free(o->layer);
        paths_free(o->paths);
}

typedef struct Search {
        const Overlay *overlay;
        struct stat upper; /* st_ino 0: there is none yet */
        uint64_t here;     /* id of the mount whose root merged is, 0: it is a plain directory */
        OverlayUse use;
} Search;

/* By inode as well as by name: the same directory may have been mounted by another path. */
static bool uses_our_upper(const MountInfo *mount, const Search *search) {
        _cleanup_free_ char *upper = NULL;
        struct stat st;

        if (strcmp(mount->fs_type, "overlay") != 0 ||
            mount_info_option(mount, "upperdir", &upper) < 0)
                return false;
        if (strcmp(upper, search->overlay->upper) == 0)
                return true;

        return search->upper.st_ino != 0 && stat(upper, &st) >= 0 &&
               st.st_ino == search->upper.st_ino && st.st_dev == search->upper.st_dev;
}

static int note(OverlayUse *use, OverlayState state, const MountInfo *mount) {
        overlay_use_done(use);
        use->state = state;
        use->where = strdup(mount->mount_point);
        use->device = strdup(mount->device);
        return use->where && use->device ? 0 : -ENOMEM;
}

static int visit_here(const MountInfo *mount, void *userdata) {
        Search *search = userdata;

        if (search->here == 0 || mount->id != search->here)
                return 0;
        return note(
                &search->use,
                uses_our_upper(mount, search) && strcmp(mount->root, "/") == 0 ? OVERLAY_MOUNTED
                                                                               : OVERLAY_OCCUPIED,
                mount);
}

/* A second user of the upper directory is the worst of the cases. */
static int visit_others(const MountInfo *mount, void *userdata) {
        Search *search = userdata;

        if (mount->id == search->here || !uses_our_upper(mount, search))
                return 0;
        if (search->use.state == OVERLAY_MOUNTED && strcmp(mount->device, search->use.device) == 0)
                return 0; /* the very same, seen at a second place */
        return note(&search->use, OVERLAY_ELSEWHERE, mount);
}

/* left4me mounts a tree only where no link leads, so a path with a link in it has no mount of ours.
 */
static int find_here(const Overlay *o, uint64_t *ret) {
        _cleanup_close_ int fd = -EBADF;
        char path[NAME_MAX];

        (void) snprintf(path, sizeof(path), "%s/merged", o->name);
        fd = open_beneath(o->runtime_fd, path, O_PATH | O_DIRECTORY);
        if (fd == -ENOENT || fd == -ELOOP || fd == -ENOTDIR)
                return 0;
        return fd < 0 ? fd : mount_info_root_id(fd, ret);
}

int overlay_find(const Overlay *o, OverlayUse *ret) {
        Search search = { .overlay = o };
        int r;

        if (stat(o->upper, &search.upper) < 0) {
                if (errno != ENOENT)
                        return log_error_errno(-errno, "Failed to examine %s", o->upper);
                search.upper.st_ino = 0;
        }

        r = find_here(o, &search.here);
        if (r >= 0)
                r = mount_info_each(visit_here, &search);
        if (r >= 0)
                r = mount_info_each(visit_others, &search);
        if (r < 0) {
                overlay_use_done(&search.use);
                return log_error_errno(r, "Failed to find out what is mounted");
        }

        *ret = search.use;
        return 0;
}

void overlay_use_done(OverlayUse *use) {
        free(use->where);
        free(use->device);
        *use = (OverlayUse) {};
}

int overlay_remove_layer(const Overlay *o) {
        int r = remove_tree(o->layers_fd, o->name);

        return r < 0 ? log_error_errno(r, "Failed to remove %s", o->layer) : 0;
}
