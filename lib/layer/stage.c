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
                .keeps_room = origin == STAGE_COPY_OF_CURRENT,
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

/* A stage that has all that it begins with. */
static int open_begun(int staging_fd, const char *key) {
        _cleanup_close_ int stage_fd = -EBADF;
        struct stat st;

        if (!instance_name_is_valid(key))
                return -EINVAL;
        stage_fd = open_beneath(staging_fd, key, O_RDONLY | O_DIRECTORY);
        if (stage_fd < 0)
                return stage_fd;
        return fstatat(stage_fd, BEGUN, &st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : TAKE_FD(stage_fd);
}

int stage_resume(int store_fd, int staging_fd, const char *key, int *ret_tree_fd) {
        _cleanup_close_ int stage_fd = open_begun(staging_fd, key);
        int fd, r;

        if (stage_fd < 0)
                return stage_fd;
        r = check_base(store_fd, stage_fd);
        if (r < 0)
                return r;
        fd = open_beneath(stage_fd, TREE, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd;

        *ret_tree_fd = fd;
        return 0;
}

/* The number in the text of current; 0: none, or a name that a person gave. */
static uint64_t number_of(const char *current) {
        size_t n = strlen(VERSIONS_PREFIX);

        return current && strncmp(current, VERSIONS_PREFIX, n) == 0 ? version_number(current + n)
                                                                    : 0;
}

int stage_rebase(int store_fd, int staging_fd, const char *key) {
        _cleanup_close_ int stage_fd = open_begun(staging_fd, key);
        _cleanup_free_ char *base = NULL, *current = NULL;
        TreeOwner owner;
        int r;

        if (stage_fd < 0)
                return stage_fd;
        r = read_base(stage_fd, BASE, &base);
        if (r >= 0)
                r = read_base(store_fd, "current", &current);
        if (r >= 0)
                r = tree_owner_of(store_fd, &owner);
        if (r < 0)
                return r;
        if (number_of(current) == 0 || number_of(current) >= number_of(base))
                return -ESTALE;
        if (unlinkat(stage_fd, BASE, 0) < 0 && errno != ENOENT)
                return -errno;
        return tree_make_link(stage_fd, BASE, current, &owner);
}

int stage_open_base(int store_fd, int staging_fd, const char *key, int *ret_fd) {
        _cleanup_close_ int stage_fd = open_begun(staging_fd, key);
        _cleanup_free_ char *base = NULL;
        int fd, r;

        if (stage_fd < 0)
                return stage_fd;
        r = read_base(stage_fd, BASE, &base);
        if (r < 0)
                return r;
        if (!base)
                return -ENODATA;
        if (strncmp(base, VERSIONS_PREFIX, strlen(VERSIONS_PREFIX)) != 0 ||
            !ref_is_valid(base + strlen(VERSIONS_PREFIX)))
                return -EBADMSG;
        fd = open_beneath(store_fd, base, O_PATH | O_DIRECTORY);
        if (fd < 0)
                return fd == -ENOENT ? -ENODATA : fd;

        *ret_fd = fd;
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

/* The tree of a version that was begun. */
static int open_tree(int staging_fd, const char *key, int *ret_stage_fd) {
        _cleanup_close_ int stage_fd = -EBADF;
        int fd;

        if (!instance_name_is_valid(key))
                return -EINVAL;
        stage_fd = open_beneath(staging_fd, key, O_RDONLY | O_DIRECTORY);
        if (stage_fd < 0)
                return stage_fd;
        fd = open_beneath(stage_fd, TREE, O_RDONLY | O_DIRECTORY);
        if (fd >= 0 && ret_stage_fd)
                *ret_stage_fd = TAKE_FD(stage_fd);
        return fd;
}

int stage_seal(int store_fd, int staging_fd, const char *key, TreeProblem *problem) {
        _cleanup_close_ int tree_fd = open_tree(staging_fd, key, NULL);
        TreeOwner owner;
        int r;

        if (tree_fd < 0)
                return tree_fd;
        r = tree_owner_of(store_fd, &owner);
        return r < 0 ? r : tree_seal(tree_fd, &owner, problem);
}

int stage_sync(int staging_fd, const char *key) {
        _cleanup_close_ int tree_fd = open_tree(staging_fd, key, NULL);

        if (tree_fd < 0)
                return tree_fd;
        /* The time at which the version was finished. */
        if (futimens(tree_fd, NULL) < 0)
                return -errno;
        return syncfs(tree_fd) < 0 ? -errno : 0;
}

/* The whole tree is on the disk: now it becomes a version, in one rename. */
static int add_version(int store_fd, int stage_fd, char **ret_id) {
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

        *ret_id = TAKE_PTR(id);
        return 0;
}

int stage_publish(int store_fd, int staging_fd, const char *key, char **ret_id) {
        _cleanup_close_ int stage_fd = -EBADF, tree_fd = open_tree(staging_fd, key, &stage_fd);
        _cleanup_free_ char *id = NULL;
        int r;

        if (tree_fd < 0)
                return tree_fd;
        r = check_base(store_fd, stage_fd);
        if (r >= 0)
                r = add_version(store_fd, stage_fd, &id);
        if (r >= 0)
                r = version_switch(store_fd, staging_fd, id);
        if (r < 0)
                return r;

        /* Only a link is left in it, and the next of this kind removes it too. */
        (void) stage_abort(staging_fd, key);
        *ret_id = TAKE_PTR(id);
        return 0;
}

int stage_commit(
        int store_fd, int staging_fd, const char *key, TreeProblem *problem, char **ret_id) {
        _cleanup_close_ int stage_fd = -EBADF, tree_fd = open_tree(staging_fd, key, &stage_fd);
        int r;

        if (tree_fd < 0)
                return tree_fd;
        r = check_base(store_fd, stage_fd);
        if (r >= 0)
                r = stage_seal(store_fd, staging_fd, key, problem);
        if (r >= 0)
                r = stage_sync(staging_fd, key);
        return r < 0 ? r : stage_publish(store_fd, staging_fd, key, ret_id);
}

int stage_keep(int store_fd, int staging_fd, const char *key, TreeProblem *problem, char **ret_id) {
        _cleanup_close_ int stage_fd = -EBADF, tree_fd = open_tree(staging_fd, key, &stage_fd);
        _cleanup_free_ char *id = NULL;
        int r;

        if (tree_fd < 0)
                return tree_fd;
        r = stage_seal(store_fd, staging_fd, key, problem);
        if (r >= 0)
                r = stage_sync(staging_fd, key);
        if (r >= 0)
                r = add_version(store_fd, stage_fd, &id);
        if (r < 0)
                return r;
        (void) stage_abort(staging_fd, key);

        *ret_id = TAKE_PTR(id);
        return 0;
}

int stage_abort(int staging_fd, const char *key) {
        return instance_name_is_valid(key) ? remove_tree(staging_fd, key) : -EINVAL;
}
