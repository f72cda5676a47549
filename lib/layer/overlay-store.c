/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/overlay-store.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/name.h"
#include "layer/overlay-place.h"
#include "layer/tree-share.h"
#include "spec/overlay-dir.h"

/* No overlay can have this name. */
#define ADOPTING ".adopting"

enum { TRASH_NAME_MAX = REF_COMPONENTS_MAX * (REF_COMPONENT_MAX + 1) + 32 };

static const char overlay_text[] = "kind: files\n";

static int write_overlay_file(int fd) {
        return write_file_atomic(fd, OVERLAY_FILE, overlay_text, strlen(overlay_text), 0644);
}

/* --- opening ------------------------------------------------------------------------------------
 */

int overlay_store_open(int root_fd, const char *ref, int *ret_fd) {
        _cleanup_(overlay_place_close) OverlayPlace place = OVERLAY_PLACE_INIT;
        int r;

        r = overlay_place_find(root_fd, ref, &place);
        if (r < 0)
                return r;
        if (r == 0)
                return -EMEDIUMTYPE;

        *ret_fd = TAKE_FD(place.fd);
        return 0;
}

int overlay_store_check_place(int root_fd, const char *ref, int store_fd) {
        _cleanup_close_ int fd = -EBADF;
        struct stat opened, there;
        int r;

        r = overlay_store_open(root_fd, ref, &fd);
        if (r < 0)
                return r;
        if (fstat(store_fd, &opened) < 0 || fstat(fd, &there) < 0)
                return -errno;
        return opened.st_dev == there.st_dev && opened.st_ino == there.st_ino ? 0 : -ENOENT;
}

/* --- .adopting: NEW.REF.RANDOM is a store or plain directory, GONE.REF.RANDOM one that is deleted;
 * a '+' takes the place of each '/' of REF --------------------------------------------------------
 */

#define NEW  "new."
#define GONE "gone."
#define KEPT "kept."

static int make_name(const char *prefix, const char *ref, char ret[static TRASH_NAME_MAX]) {
        uint32_t random;

        if (getrandom(&random, sizeof(random), 0) != sizeof(random))
                return -EIO; /* so few bytes are all there or none */
        (void) snprintf(ret, TRASH_NAME_MAX, "%s%s.%08x", prefix, ref, random);
        for (char *p = ret; *p; p++)
                if (*p == '/')
                        *p = '+';
        return 0;
}

/* The REF in such a name; false: it is not one. */
static bool parse_name(const char *name, char ret[static TRASH_NAME_MAX]) {
        const char *ref = strchr(name, '.'), *end = strrchr(name, '.');

        if (!ref || end <= ref || strlen(name) >= TRASH_NAME_MAX)
                return false;
        (void) snprintf(ret, TRASH_NAME_MAX, "%.*s", (int) (end - ref - 1), ref + 1);
        for (char *p = ret; *p; p++)
                if (*p == '+')
                        *p = '/';
        return ref_is_valid(ret);
}

/* Puts an overlay back that a killed process moved away, where its name is free. */
static int put_back(int root_fd, int adopting_fd, const char *name, const char *ref) {
        _cleanup_(overlay_place_close) OverlayPlace place = OVERLAY_PLACE_INIT;
        int r;

        r = overlay_place_find_parent(root_fd, ref, NULL, &place);
        if (r < 0)
                return r;
        return renameat2(adopting_fd, name, place.parent_fd, place.name, RENAME_NOREPLACE) < 0
                       ? -errno
                       : 0;
}

/*
 * The plain directory of NEW was mounted as REF; now its name has the store, whose versions don't
 * count. It stays here until its servers stop.
 */
static int clean_one(
        int root_fd, int adopting_fd, const char *name, OverlayIsUsed is_used, void *userdata) {
        bool is_gone = strncmp(name, GONE, strlen(GONE)) == 0;
        char ref[TRASH_NAME_MAX];
        int r;

        r = parse_name(name, ref) ? is_used(ref, is_gone ? LAYER_IN_PATH : LAYER_IS_PATH, userdata)
                                  : 0;
        if (r == 0)
                return remove_tree(adopting_fd, name);
        if (r > 0 && is_gone)
                r = put_back(root_fd, adopting_fd, name, ref);
        return r < 0 ? r : 0;
}

/* Returns 1 when something could not be removed: that must not keep others from their work. */
static int clean(int root_fd, int adopting_fd, OverlayIsUsed is_used, void *userdata) {
        _cleanup_(closedirp) DIR *dir = open_listing(adopting_fd);
        const struct dirent *entry;
        bool all = true;
        int r;

        if (!dir)
                return -errno;
        while ((r = next_entry(dir, &entry)) > 0)
                if (strncmp(entry->d_name, NEW, strlen(NEW)) == 0 ||
                    strncmp(entry->d_name, GONE, strlen(GONE)) == 0)
                        all &= clean_one(root_fd, adopting_fd, entry->d_name, is_used, userdata) >=
                               0;
        return r < 0 ? r : !all;
}

int overlay_store_clean(int root_fd, OverlayIsUsed is_used, void *userdata) {
        _cleanup_close_ int adopting_fd = owned_directory_lock(root_fd, ADOPTING, LOCK_EX);

        return adopting_fd < 0 ? adopting_fd : clean(root_fd, adopting_fd, is_used, userdata);
}

/* --- creating -----------------------------------------------------------------------------------
 */

int overlay_store_create(int root_fd, const char *ref) {
        _cleanup_close_ int adopting_fd = -EBADF;
        _cleanup_(overlay_place_close) OverlayPlace place = OVERLAY_PLACE_INIT;
        TreeOwner owner;
        int r;

        if (!ref_is_valid(ref))
                return -EINVAL;
        adopting_fd = owned_directory_lock(root_fd, ADOPTING, LOCK_EX);
        if (adopting_fd < 0)
                return adopting_fd;
        r = tree_owner_of(root_fd, &owner);
        if (r >= 0)
                r = overlay_place_find_parent(root_fd, ref, &owner, &place);
        if (r < 0)
                return r;
        place.fd = make_directory_for(place.parent_fd, place.name, 0755, owner.uid, owner.gid);
        if (place.fd < 0)
                return place.fd;
        /* A process that was killed before it wrote the file left an empty directory. */
        r = overlay_dir_is_empty(place.fd);
        if (r == 0)
                return -EEXIST;
        return r < 0 ? r : write_overlay_file(place.fd);
}

/* --- adopting -----------------------------------------------------------------------------------
 */

/* Makes the store adopting_fd/new with the content of from_fd as its version 1. */
static int make_store(
        int from_fd, int adopting_fd, const char *new, const TreeOwner *owner, TreeSharing sharing,
        TreeProblem *problem) {
        _cleanup_close_ int fd = -EBADF, versions_fd = -EBADF, version_fd = -EBADF;
        const TreeCopy copy = { .owner = *owner, .final = *owner, .sharing = sharing };
        int r;

        fd = make_directory_for(adopting_fd, new, 0755, owner->uid, owner->gid);
        if (fd < 0)
                return fd;
        versions_fd = make_directory_for(fd, "versions", 0755, owner->uid, owner->gid);
        if (versions_fd < 0)
                return versions_fd;
        version_fd = make_directory_for(versions_fd, "1", 0755, owner->uid, owner->gid);
        if (version_fd < 0)
                return version_fd;

        r = tree_copy(from_fd, version_fd, &copy, problem);
        if (r >= 0)
                r = tree_seal(version_fd, owner, problem);
        if (r >= 0)
                r = write_overlay_file(fd);
        if (r < 0)
                return r;
        r = tree_make_link(fd, "current", VERSIONS_PREFIX "1", owner);
        if (r < 0)
                return r;
        return syncfs(fd) < 0 ? -errno : 0;
}

/* Whether both trees have the same files. */
static int compare(int plain_fd, int version_fd) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        size_t n_different;
        int r;

        r = tree_compare(plain_fd, version_fd, &problem, &n_different);
        return r < 0 ? r : n_different == 0;
}

/*
 * The store takes the place of the plain directory, which gets the name new in .adopting. Servers
 * that have it mounted keep it: it stays there until they stop, see clean_one().
 */
static int exchange(const OverlayPlace *place, int adopting_fd, const char *new, const char *ref) {
        _cleanup_close_ int store_fd = open_beneath(adopting_fd, new, O_RDONLY | O_DIRECTORY);
        _cleanup_close_ int version_fd = -EBADF;
        char kept[TRASH_NAME_MAX];
        int r;

        version_fd = store_fd < 0
                             ? store_fd
                             : open_beneath(store_fd, VERSIONS_PREFIX "1", O_RDONLY | O_DIRECTORY);
        if (version_fd < 0)
                return version_fd;
        r = compare(place->fd, version_fd);
        if (r <= 0)
                return r < 0 ? r : -EAGAIN;
        if (renameat2(adopting_fd, new, place->parent_fd, place->name, RENAME_EXCHANGE) < 0)
                return -errno;
        if (fsync(place->parent_fd) < 0)
                return -errno;
        /* Files that were added just before the exchange are in no version. */
        r = compare(place->fd, version_fd);
        if (r != 0)
                return r < 0 ? r : 0;
        r = make_name(KEPT, ref, kept);
        if (r >= 0 && renameat2(adopting_fd, new, adopting_fd, kept, RENAME_NOREPLACE) < 0)
                r = -errno;
        return r < 0 ? r : 1;
}

/* 1: files that were added meanwhile are in .adopting/kept.REF.…. */
static int adopt(
        const OverlayPlace *place, int root_fd, int adopting_fd, const char *ref,
        OverlayIsUsed is_used, void *userdata, TreeProblem *problem) {
        char new[TRASH_NAME_MAX];
        TreeOwner owner;
        int r, used;

        used = is_used(ref, LAYER_IS_PATH, userdata);
        r = used < 0 ? used : tree_owner_of(place->fd, &owner);
        if (r >= 0 && geteuid() != 0 && geteuid() != owner.uid)
                r = -EPERM;
        if (r >= 0)
                r = make_name(NEW, ref, new);
        if (r < 0)
                return r;
        /* Files of a mounted tree don't get other rights: those are copied. */
        r = make_store(
                place->fd, adopting_fd, new, &owner, used ? TREE_SHARE_FINAL : TREE_SHARE_ALL,
                problem);
        if (r >= 0)
                r = exchange(place, adopting_fd, new, ref);
        /* The store that failed, or the plain directory unless a server has it mounted. */
        (void) clean_one(root_fd, adopting_fd, new, is_used, userdata);
        return r;
}

int overlay_store_adopt(
        int root_fd, const char *ref, OverlayIsUsed is_used, void *userdata, TreeProblem *problem) {
        _cleanup_close_ int adopting_fd = -EBADF;
        _cleanup_(overlay_place_close) OverlayPlace place = OVERLAY_PLACE_INIT;
        int r;

        adopting_fd = owned_directory_lock(root_fd, ADOPTING, LOCK_EX);
        if (adopting_fd < 0)
                return adopting_fd;
        r = clean(root_fd, adopting_fd, is_used, userdata);
        if (r < 0)
                return r;
        /* Under the lock: another process may have adopted it. */
        r = overlay_place_find(root_fd, ref, &place);
        if (r != 0)
                return r < 0 ? r : 0;
        return adopt(&place, root_fd, adopting_fd, ref, is_used, userdata, problem);
}

/* --- deleting -----------------------------------------------------------------------------------
 */

/* Directories that only held this overlay; one that holds others is not empty. */
static void remove_groups(int root_fd, const char *ref) {
        _cleanup_free_ char *path = strdup(ref);
        char *slash;

        while (path && (slash = strrchr(path, '/'))) {
                _cleanup_(overlay_place_close) OverlayPlace place = OVERLAY_PLACE_INIT;

                *slash = '\0';
                if (overlay_place_find_parent(root_fd, path, NULL, &place) < 0 || !place.name ||
                    unlinkat(place.parent_fd, place.name, AT_REMOVEDIR) < 0)
                        return;
        }
}

/* As a version (layer/versions.c): moved away first, so that a mount is seen or notices. */
static int move_away(
        const OverlayPlace *place, int adopting_fd, const char *gone, const char *ref,
        OverlayIsUsed is_used, void *userdata) {
        int r;

        r = is_used(ref, LAYER_IN_PATH, userdata);
        if (r != 0)
                return r < 0 ? r : -ETXTBSY;
        if (renameat2(place->parent_fd, place->name, adopting_fd, gone, RENAME_NOREPLACE) < 0)
                return -errno;
        r = is_used(ref, LAYER_IN_PATH, userdata);
        if (r == 0)
                return fsync(place->parent_fd) < 0 ? -errno : 0;
        if (renameat2(adopting_fd, gone, place->parent_fd, place->name, RENAME_NOREPLACE) < 0)
                return -errno;
        return r < 0 ? r : -ETXTBSY;
}

int overlay_store_delete(int root_fd, const char *ref, OverlayIsUsed is_used, void *userdata) {
        _cleanup_close_ int adopting_fd = -EBADF, staging_fd = -EBADF;
        _cleanup_(overlay_place_close) OverlayPlace place = OVERLAY_PLACE_INIT;
        char gone[TRASH_NAME_MAX];
        int r;

        adopting_fd = owned_directory_lock(root_fd, ADOPTING, LOCK_EX);
        if (adopting_fd < 0)
                return adopting_fd;
        r = clean(root_fd, adopting_fd, is_used, userdata);
        if (r >= 0)
                r = overlay_place_find(root_fd, ref, &place);
        if (r < 0)
                return r;
        /* Not waiting, because others wait for .adopting. A put that waits for this lock notices
         * that the store has gone. */
        staging_fd = r > 0 ? version_store_try_lock(place.fd) : -EBADF;
        if (r > 0 && staging_fd < 0)
                return staging_fd;

        r = make_name(GONE, ref, gone);
        if (r >= 0)
                r = move_away(&place, adopting_fd, gone, ref, is_used, userdata);
        if (r < 0)
                return r;
        remove_groups(root_fd, ref);
        return remove_tree(adopting_fd, gone) < 0;
}

/* --- renaming -----------------------------------------------------------------------------------
 */

/* The new name's place: its groups are made, and it must be free. */
static int find_new_place(int root_fd, const char *ref, OverlayPlace *ret) {
        TreeOwner owner;
        int r;

        r = tree_owner_of(root_fd, &owner);
        if (r >= 0)
                r = overlay_place_find_parent(root_fd, ref, &owner, ret);
        return r;
}

/* As move_away(): a mount under the old name is seen, or notices. */
static int move(
        const OverlayPlace *from, const OverlayPlace *to, const char *ref, OverlayIsUsed is_used,
        void *userdata) {
        int r;

        r = is_used(ref, LAYER_IN_PATH, userdata);
        if (r != 0)
                return r < 0 ? r : -ETXTBSY;
        if (renameat2(from->parent_fd, from->name, to->parent_fd, to->name, RENAME_NOREPLACE) < 0)
                return -errno;
        r = is_used(ref, LAYER_IN_PATH, userdata);
        if (r == 0)
                return fsync(to->parent_fd) < 0 || fsync(from->parent_fd) < 0 ? -errno : 0;
        if (renameat2(to->parent_fd, to->name, from->parent_fd, from->name, RENAME_NOREPLACE) < 0)
                return -errno;
        return r < 0 ? r : -ETXTBSY;
}

int overlay_store_rename(
        int root_fd, const char *ref, const char *new_ref, OverlayIsUsed is_used, void *userdata) {
        _cleanup_close_ int adopting_fd = -EBADF, staging_fd = -EBADF;
        _cleanup_(overlay_place_close) OverlayPlace from = OVERLAY_PLACE_INIT,
                                                    to = OVERLAY_PLACE_INIT;
        int r;

        if (!ref_is_valid(ref) || !ref_is_valid(new_ref))
                return -EINVAL;
        adopting_fd = owned_directory_lock(root_fd, ADOPTING, LOCK_EX);
        if (adopting_fd < 0)
                return adopting_fd;
        r = clean(root_fd, adopting_fd, is_used, userdata);
        if (r >= 0)
                r = overlay_place_find(root_fd, ref, &from);
        if (r < 0)
                return r;
        staging_fd = r > 0 ? version_store_try_lock(from.fd) : -EBADF;
        if (r > 0 && staging_fd < 0)
                return staging_fd;
        r = find_new_place(root_fd, new_ref, &to);
        if (r >= 0)
                r = move(&from, &to, ref, is_used, userdata);
        remove_groups(root_fd, r < 0 ? new_ref : ref);
        return r;
}
