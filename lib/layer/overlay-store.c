/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/overlay-store.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/name.h"
#include "spec/overlay-dir.h"

/* Where an overlay is turned into a store: no overlay can have this name. */
#define ADOPTING ".adopting"
#define NEW      "new"
#define GONE     "gone"

static const char overlay_text[] = "kind: files\n";

static int write_overlay_file(int fd) {
        return write_file_atomic(fd, OVERLAY_FILE, overlay_text, strlen(overlay_text), 0644);
}

static int give_to(int fd, const struct stat *owner) {
        if (geteuid() == 0 && fchown(fd, owner->st_uid, owner->st_gid) < 0)
                return -errno;
        return 0;
}

/* --- creating -----------------------------------------------------------------------------------
 */

/* Opens dir_fd/name, a directory that holds overlays; made when it is missing. */
static int open_group(int dir_fd, const char *name, const struct stat *owner) {
        _cleanup_close_ int fd = -EBADF;
        bool is_new;
        int r;

        is_new = mkdirat(dir_fd, name, 0755) >= 0;
        if (!is_new && errno != EEXIST)
                return -errno;
        fd = open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd;
        r = is_new ? give_to(fd, owner) : overlay_dir_has_content(fd);
        if (r < 0)
                return r;
        return r > 0 ? -ENOTDIR : TAKE_FD(fd);
}

static int create_in(int dir_fd, const char *name, const struct stat *owner) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        /* A directory that a killed one left is empty. */
        if (mkdirat(dir_fd, name, 0755) < 0 && errno != EEXIST)
                return -errno;
        fd = open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd;
        r = overlay_dir_is_empty(fd);
        if (r == 0)
                return -EEXIST;
        if (r >= 0)
                r = give_to(fd, owner);
        return r < 0 ? r : write_overlay_file(fd);
}

int overlay_store_create(int root_fd, const char *ref) {
        _cleanup_close_ int dir_fd = -EBADF;
        char name[REF_COMPONENT_MAX + 1];
        struct stat owner;

        if (!ref_is_valid(ref))
                return -EINVAL;
        if (fstat(root_fd, &owner) < 0)
                return -errno;
        for (;;) {
                size_t n = strcspn(ref, "/");
                int fd;

                memcpy(name, ref, n);
                name[n] = '\0';
                if (ref[n] == '\0')
                        return create_in(dir_fd >= 0 ? dir_fd : root_fd, name, &owner);
                fd = open_group(dir_fd >= 0 ? dir_fd : root_fd, name, &owner);
                if (fd < 0)
                        return fd;
                (void) safe_close(dir_fd);
                dir_fd = fd;
                ref += n + 1;
        }
}

int overlay_store_open(int root_fd, const char *ref, int *ret_fd) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (!ref_is_valid(ref))
                return -EINVAL;
        fd = open_beneath(root_fd, ref, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd;
        r = overlay_dir_has_versions(fd);
        if (r < 0)
                return r;
        if (r == 0)
                return -EMEDIUMTYPE;

        *ret_fd = TAKE_FD(fd);
        return 0;
}

/* --- adopting -----------------------------------------------------------------------------------
 */

/* Opens and locks the directory in which stores are made and removed; the owner's alone. */
static int open_adopting(int root_fd) {
        _cleanup_close_ int fd = make_directory_beneath(root_fd, ADOPTING, 0700);
        struct stat owner;
        int r;

        if (fd < 0)
                return fd;
        if (fstat(root_fd, &owner) < 0)
                return -errno;
        r = give_to(fd, &owner);
        if (r < 0)
                return r;
        while (flock(fd, LOCK_EX) < 0)
                if (errno != EINTR)
                        return -errno;
        /* A process that was killed may have left them. */
        r = remove_tree(fd, NEW);
        if (r >= 0)
                r = remove_tree(fd, GONE);
        return r < 0 ? r : TAKE_FD(fd);
}

static int fill_version(int from_fd, int to_fd, const struct stat *owner, TreeProblem *problem) {
        const TreeCopy copy = { .uid = owner->st_uid, .gid = owner->st_gid };
        int r;

        r = tree_copy(from_fd, to_fd, &copy, problem);
        return r < 0 ? r : tree_seal(to_fd, owner->st_uid, owner->st_gid, problem);
}

/* Makes the store in adopting_fd/new, with the content of from_fd as its version 1. */
static int make_store(
        int from_fd, int adopting_fd, const struct stat *owner, TreeProblem *problem) {
        _cleanup_close_ int fd = -EBADF, versions_fd = -EBADF, version_fd = -EBADF;
        int r;

        fd = make_directory_beneath(adopting_fd, NEW, 0755);
        r = fd < 0 ? fd : give_to(fd, owner);
        if (r < 0)
                return r;
        versions_fd = version_store_make_directory(fd, "versions", 0755);
        if (versions_fd < 0)
                return versions_fd;
        version_fd = make_directory_beneath(versions_fd, "1", 0755);
        if (version_fd < 0)
                return version_fd;

        r = fill_version(from_fd, version_fd, owner, problem);
        if (r >= 0)
                r = write_overlay_file(fd);
        if (r < 0)
                return r;
        if (symlinkat(VERSIONS_PREFIX "1", fd, "current") < 0)
                return -errno;
        if (geteuid() == 0 &&
            fchownat(fd, "current", owner->st_uid, owner->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        return syncfs(fd) < 0 ? -errno : 0;
}

/* The directory that holds the overlay, and its name there. */
static int open_parent(int root_fd, const char *ref, const char **ret_name) {
        const char *slash = strrchr(ref, '/');
        _cleanup_free_ char *parent = slash ? strndup(ref, (size_t) (slash - ref)) : strdup(".");

        if (!parent)
                return -ENOMEM;
        *ret_name = slash ? slash + 1 : ref;
        return open_beneath(root_fd, parent, O_RDONLY | O_DIRECTORY);
}

static int exchange(int root_fd, const char *ref, int adopting_fd) {
        _cleanup_close_ int parent_fd = -EBADF;
        const char *name;

        parent_fd = open_parent(root_fd, ref, &name);
        if (parent_fd < 0)
                return parent_fd;
        if (renameat2(adopting_fd, NEW, parent_fd, name, RENAME_EXCHANGE) < 0)
                return -errno;
        return fsync(parent_fd) < 0 ? -errno : 0;
}

int overlay_store_adopt(
        int root_fd, const char *ref, VersionIsUsed is_used, void *userdata, TreeProblem *problem) {
        _cleanup_close_ int fd = -EBADF, adopting_fd = -EBADF;
        struct stat owner;
        int r;

        if (!ref_is_valid(ref))
                return -EINVAL;
        fd = open_beneath(root_fd, ref, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd;
        if (fstat(fd, &owner) < 0)
                return -errno;
        adopting_fd = open_adopting(root_fd);
        if (adopting_fd < 0)
                return adopting_fd;

        r = is_used(ref, userdata);
        if (r != 0)
                return r < 0 ? r : -EBUSY;
        r = make_store(fd, adopting_fd, &owner, problem);
        if (r >= 0)
                r = exchange(root_fd, ref, adopting_fd);
        if (r < 0)
                return r;

        /* "new" is the plain directory now. A server that mounted it since the question finds out
         * that it isn't in its place, and mounts again. */
        return remove_tree(adopting_fd, NEW);
}

/* --- deleting -----------------------------------------------------------------------------------
 */

/* 1: a version, or the directory itself, is in use. */
static int is_any_used(int fd, const char *ref, VersionIsUsed is_used, void *userdata) {
        _cleanup_(version_list_clear) VersionList list = {};
        int r;

        r = version_list_load(fd, &list);
        if (r >= 0)
                r = is_used(ref, userdata);
        for (size_t i = 0; r == 0 && i < list.n_items; i++) {
                _cleanup_free_ char *path = NULL;

                if (asprintf(&path, "%s/" VERSIONS_PREFIX "%s", ref, list.items[i].id) < 0) {
                        path = NULL;
                        return -ENOMEM;
                }
                r = is_used(path, userdata);
        }
        return r;
}

/* Directories that only held this overlay; one that holds others is not empty. */
static void remove_groups(int root_fd, const char *ref) {
        _cleanup_free_ char *path = strdup(ref);
        char *slash;

        while (path && (slash = strrchr(path, '/'))) {
                _cleanup_close_ int parent_fd = -EBADF;
                const char *name;

                *slash = '\0';
                parent_fd = open_parent(root_fd, path, &name);
                if (parent_fd < 0 || unlinkat(parent_fd, name, AT_REMOVEDIR) < 0)
                        return;
        }
}

/* As a version (layer/versions.c): moved away first, so that a mount is seen or notices. */
int overlay_store_delete(int root_fd, const char *ref, VersionIsUsed is_used, void *userdata) {
        _cleanup_close_ int fd = -EBADF, gone_fd = -EBADF, parent_fd = -EBADF;
        const char *name;
        int r;

        if (!ref_is_valid(ref))
                return -EINVAL;
        fd = open_beneath(root_fd, ref, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd;
        parent_fd = open_parent(root_fd, ref, &name);
        if (parent_fd < 0)
                return parent_fd;
        gone_fd = open_adopting(root_fd);
        if (gone_fd < 0)
                return gone_fd;

        if (renameat2(parent_fd, name, gone_fd, GONE, RENAME_NOREPLACE) < 0)
                return -errno;
        r = is_any_used(fd, ref, is_used, userdata);
        if (r != 0) {
                if (renameat2(gone_fd, GONE, parent_fd, name, RENAME_NOREPLACE) < 0)
                        return -errno;
                return r < 0 ? r : -EBUSY;
        }
        remove_groups(root_fd, ref);
        return remove_tree(gone_fd, GONE);
}
