/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/stage.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/name.h"
#include "layer/versions.h"
#include "spec/overlay-dir.h"

#define TREE "tree"
#define BASE "base"
/* A link that is there once the tree has all that it begins with. */
#define BEGUN "begun"

/* The text of current, NULL when there is none; from malloc. */
static int read_base(int dir_fd, const char *name, char **ret) {
        char target[sizeof(VERSIONS_PREFIX) + REF_COMPONENT_MAX + 1];
        ssize_t n = readlinkat(dir_fd, name, target, sizeof(target));

        if (n < 0 && errno == ENOENT) {
                *ret = NULL;
                return 0;
        }
        if (n < 0)
                return errno == EINVAL ? -EBADMSG : -errno;
        if ((size_t) n >= sizeof(target))
                return -EBADMSG;
        *ret = strndup(target, (size_t) n);
        return *ret ? 0 : -ENOMEM;
}

static int copy_current(int store_fd, int tree_fd, const TreeCopy *copy, TreeProblem *problem) {
        _cleanup_free_ char *version = NULL;
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = overlay_dir_open_current(store_fd, &fd, &version);
        if (r == -ENODATA)
                return 0;
        return r < 0 ? r : tree_copy(fd, tree_fd, copy, problem);
}

int stage_begin(
        int store_fd, int staging_fd, const char *key, StageOrigin origin,
        const TreeOwner *producer, TreeProblem *problem, int *ret_tree_fd) {
        _cleanup_close_ int stage_fd = -EBADF, tree_fd = -EBADF;
        _cleanup_free_ char *base = NULL;
        TreeCopy copy = {
                .sharing = origin == STAGE_COPY_OF_CURRENT ? TREE_SHARE_NONE : TREE_SHARE_FINAL,
        };
        int r;

        if (!instance_name_is_valid(key))
                return -EINVAL;
        r = stage_abort(staging_fd, key);
        if (r >= 0)
                r = read_base(store_fd, "current", &base);
        if (r >= 0)
                r = tree_owner_of(store_fd, &copy.final);
        if (r < 0)
                return r;
        copy.owner = producer ? *producer : copy.final;

        /* Only the owner of the producer's directory can exchange the tree for something else. */
        stage_fd =
                producer
                        ? make_directory_for(staging_fd, key, 0755, geteuid(), getegid())
                        : make_directory_for(staging_fd, key, 0755, copy.final.uid, copy.final.gid);
        if (stage_fd < 0)
                return stage_fd;
        r = base ? tree_make_link(stage_fd, BASE, base, &copy.final) : 0;
        if (r < 0)
                return r;
        tree_fd = make_directory_for(stage_fd, TREE, 0755, copy.owner.uid, copy.owner.gid);
        if (tree_fd < 0)
                return tree_fd;
        if (origin != STAGE_EMPTY) {
                r = copy_current(store_fd, tree_fd, &copy, problem);
                if (r < 0)
                        return r;
        }
        /* A power cut must not leave the link beside half a copy, which would be gone on with. */
        if (origin == STAGE_COPY_OF_CURRENT && syncfs(tree_fd) < 0)
                return -errno;
        r = tree_make_link(stage_fd, BEGUN, "yes", &copy.final);
        if (r < 0)
                return r;

        *ret_tree_fd = TAKE_FD(tree_fd);
        return 0;
}

/* -ESTALE unless current is still what it was at the beginning. */
static int check_base(int store_fd, int stage_fd) {
        _cleanup_free_ char *base = NULL, *current = NULL;
        int r;

        r = read_base(stage_fd, BASE, &base);
        if (r >= 0)
                r = read_base(store_fd, "current", &current);
        if (r < 0)
                return r;
        return strcmp(base ?: "", current ?: "") == 0 ? 0 : -ESTALE;
}

int stage_resume(int store_fd, int staging_fd, const char *key, int *ret_tree_fd) {
        _cleanup_close_ int stage_fd = -EBADF;
        struct stat st;
        int fd, r;

        if (!instance_name_is_valid(key))
                return -EINVAL;
        stage_fd = open_beneath(staging_fd, key, O_RDONLY | O_DIRECTORY);
        if (stage_fd < 0)
                return stage_fd;
        if (fstatat(stage_fd, BEGUN, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        r = check_base(store_fd, stage_fd);
        if (r < 0)
                return r;
        fd = open_beneath(stage_fd, TREE, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd;

        *ret_tree_fd = fd;
        return 0;
}

int stage_end_resume(int staging_fd, const char *key) {
        _cleanup_close_ int stage_fd = -EBADF;

        if (!instance_name_is_valid(key))
                return -EINVAL;
        stage_fd = open_beneath(staging_fd, key, O_RDONLY | O_DIRECTORY);
        if (stage_fd < 0)
                return stage_fd;
        if (unlinkat(stage_fd, BEGUN, 0) < 0)
                return -errno;
        return fsync(stage_fd) < 0 ? -errno : 0;
}

static int next_number(int store_fd, uint64_t *ret) {
        _cleanup_(version_list_clear) VersionList list = {};
        int r;

        r = version_list_load(store_fd, &list);
        if (r < 0)
                return r;
        *ret = list.n_items > 0 ? list.items[list.n_items - 1].number + 1 : 1;
        return 0;
}

static int seal(int store_fd, int stage_fd, TreeProblem *problem) {
        _cleanup_close_ int tree_fd = open_beneath(stage_fd, TREE, O_RDONLY | O_DIRECTORY);
        TreeOwner owner;
        int r;

        if (tree_fd < 0)
                return tree_fd;
        r = tree_owner_of(store_fd, &owner);
        if (r >= 0)
                r = tree_seal(tree_fd, &owner, problem);
        if (r < 0)
                return r;
        /* The time at which the version was finished. */
        if (futimens(tree_fd, NULL) < 0)
                return -errno;
        return syncfs(tree_fd) < 0 ? -errno : 0;
}

/* The whole tree is on the disk: now it becomes a version, in one rename. */
static int publish(int store_fd, int staging_fd, int stage_fd, char **ret_id) {
        _cleanup_close_ int versions_fd = version_store_make_directory(store_fd, "versions", 0755);
        _cleanup_free_ char *id = NULL;
        uint64_t number;
        int r;

        if (versions_fd < 0)
                return versions_fd;
        r = next_number(store_fd, &number);
        if (r < 0)
                return r;
        if (asprintf(&id, "%" PRIu64, number) < 0) {
                id = NULL;
                return -ENOMEM;
        }
        if (renameat2(stage_fd, TREE, versions_fd, id, RENAME_NOREPLACE) < 0)
                return -errno;
        if (fsync(versions_fd) < 0)
                return -errno;
        r = version_switch(store_fd, staging_fd, id);
        if (r < 0)
                return r;

        *ret_id = TAKE_PTR(id);
        return 0;
}

int stage_commit(
        int store_fd, int staging_fd, const char *key, TreeProblem *problem, char **ret_id) {
        _cleanup_close_ int stage_fd = -EBADF;
        _cleanup_free_ char *id = NULL;
        int r;

        if (!instance_name_is_valid(key))
                return -EINVAL;
        stage_fd = open_beneath(staging_fd, key, O_RDONLY | O_DIRECTORY);
        if (stage_fd < 0)
                return stage_fd;
        r = check_base(store_fd, stage_fd);
        if (r >= 0)
                r = seal(store_fd, stage_fd, problem);
        if (r >= 0)
                r = publish(store_fd, staging_fd, stage_fd, &id);
        if (r < 0)
                return r;

        /* Only a link is left in it, and the next of this kind removes it too. */
        (void) stage_abort(staging_fd, key);
        *ret_id = TAKE_PTR(id);
        return 0;
}

int stage_abort(int staging_fd, const char *key) {
        return instance_name_is_valid(key) ? remove_tree(staging_fd, key) : -EINVAL;
}
