/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/versions.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/name.h"
#include "base/time-text.h"
#include "layer/tree-copy.h"
#include "spec/overlay-dir.h"

/* Names in staging/ that are not keys of layer/stage.h. */
#define TRASH_PREFIX "trash."
#define CURRENT_NEW  ".current"

/* --- the list -----------------------------------------------------------------------------------
 */

uint64_t version_number(const char *id) {
        uint64_t number = 0;

        if (*id == '0' || strlen(id) > 18)
                return 0;
        for (; *id; id++) {
                if (*id < '0' || *id > '9')
                        return 0;
                number = number * 10 + (uint64_t) (*id - '0');
        }
        return number;
}

static int compare_versions(const void *a, const void *b) {
        const Version *one = a, *other = b;

        if (one->number != other->number)
                return one->number < other->number ? -1 : 1;
        return strcmp(one->id, other->id);
}

void version_list_clear(VersionList *list) {
        for (size_t i = 0; i < list->n_items; i++)
                free(list->items[i].id);
        free(list->items);
        *list = (VersionList) {};
}

static int add_version(VersionList *list, const char *id, const struct stat *st) {
        Version *items, version = {
                .number = version_number(id),
                .made = timespec_usec(&st->st_mtim),
        };

        if (list->n_items == VERSIONS_MAX)
                return -E2BIG;
        items = reallocarray(list->items, list->n_items + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        list->items = items;
        version.id = strdup(id);
        if (!version.id)
                return -ENOMEM;
        items[list->n_items++] = version;
        return 0;
}

static int add_if_version(int versions_fd, const char *name, void *list) {
        struct stat st;

        if (!ref_is_valid(name))
                return 0;
        if (fstatat(versions_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        return S_ISDIR(st.st_mode) ? add_version(list, name, &st) : 0;
}

static int mark_current(int store_fd, VersionList *list) {
        _cleanup_free_ char *current = NULL;
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = overlay_dir_open_current(store_fd, &fd, &current);
        if (r == -ENODATA || r == -EBADMSG || r == -ESTALE)
                return 0;
        if (r < 0)
                return r;
        for (size_t i = 0; i < list->n_items; i++)
                list->items[i].is_current =
                        strcmp(list->items[i].id, current + strlen(VERSIONS_PREFIX)) == 0;
        return 0;
}

int version_list_load(int store_fd, VersionList *ret) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        *ret = (VersionList) {};
        fd = open_beneath(store_fd, "versions", O_RDONLY | O_DIRECTORY);
        if (fd == -ENOENT)
                return 0;
        if (fd < 0)
                return fd;

        r = each_entry(fd, add_if_version, ret);
        if (r < 0)
                return r;
        if (ret->n_items > 0)
                qsort(ret->items, ret->n_items, sizeof(Version), compare_versions);
        return mark_current(store_fd, ret);
}

const Version *version_list_find(const VersionList *list, const char *id) {
        for (size_t i = 0; i < list->n_items; i++)
                if (strcmp(list->items[i].id, id) == 0)
                        return &list->items[i];
        return NULL;
}

static uint64_t current_number(const VersionList *list) {
        for (size_t i = 0; i < list->n_items; i++)
                if (list->items[i].is_current)
                        return list->items[i].number;
        return 0;
}

/* By number, so of versions that left4me made; the list is in their order. */
const Version *version_list_previous(const VersionList *list) {
        uint64_t current = current_number(list);

        for (size_t i = list->n_items; i-- > 0;) {
                const Version *version = &list->items[i];

                if (version->number > 0 && (current == 0 || version->number < current))
                        return version;
        }
        return NULL;
}

/* --- changing the store -------------------------------------------------------------------------
 */

int version_store_make_directory(int store_fd, const char *name, mode_t mode) {
        TreeOwner owner;
        int r;

        r = tree_owner_of(store_fd, &owner);
        return r < 0 ? r : make_directory_for(store_fd, name, mode, owner.uid, owner.gid);
}

int owned_directory_lock(int dir_fd, const char *name, int operation) {
        _cleanup_close_ int fd = version_store_make_directory(dir_fd, name, 0700);
        TreeOwner outer, its;
        int r;

        if (fd < 0)
                return fd;
        r = tree_owner_of(dir_fd, &outer);
        if (r >= 0)
                r = tree_owner_of(fd, &its);
        if (r < 0)
                return r;
        if (outer.uid != its.uid)
                return -EPERM;
        while (flock(fd, operation) < 0)
                if (errno != EINTR)
                        return -errno;
        return TAKE_FD(fd);
}

int version_store_lock(int store_fd) {
        return owned_directory_lock(store_fd, "staging", LOCK_EX);
}

int version_store_try_lock(int store_fd) {
        return owned_directory_lock(store_fd, "staging", LOCK_EX | LOCK_NB);
}

int version_switch(int store_fd, int staging_fd, const char *id) {
        _cleanup_close_ int versions_fd = -EBADF, fd = -EBADF;
        char target[sizeof(VERSIONS_PREFIX) + REF_COMPONENT_MAX];
        TreeOwner owner;
        int r;

        if (!ref_is_valid(id) || strchr(id, '/'))
                return -ENOENT;
        versions_fd = open_beneath(store_fd, "versions", O_RDONLY | O_DIRECTORY);
        if (versions_fd < 0)
                return versions_fd;
        fd = open_beneath(versions_fd, id, O_PATH | O_DIRECTORY);
        if (fd < 0)
                return fd;

        (void) snprintf(target, sizeof(target), VERSIONS_PREFIX "%s", id);
        if (unlinkat(staging_fd, CURRENT_NEW, 0) < 0 && errno != ENOENT)
                return -errno;
        r = tree_owner_of(store_fd, &owner);
        if (r >= 0)
                r = tree_make_link(staging_fd, CURRENT_NEW, target, &owner);
        if (r < 0)
                return r;
        if (renameat(staging_fd, CURRENT_NEW, store_fd, "current") < 0)
                return -errno;
        return fsync(store_fd) < 0 ? -errno : 0;
}

/* --- collecting ---------------------------------------------------------------------------------
 */

typedef struct Collection {
        int staging_fd, versions_fd;
        VersionIsUsed is_used;
        void *userdata;
        size_t n_removed;
        bool is_incomplete; /* the caller may not remove something */
} Collection;

/* One version of another user must not keep the others. */
static int forgive(Collection *c, int error) {
        if (error != -EACCES && error != -EPERM)
                return error;
        c->is_incomplete = true;
        return 0;
}

/*
 * A version is moved away before its users are looked for: a helper that opened it before has
 * noted that (layer/tree-record.h), or finds out after its mount that the version is gone and takes
 * the mount down again.
 */
static int remove_version(Collection *c, const char *id) {
        char trash[sizeof(TRASH_PREFIX) + REF_COMPONENT_MAX];
        int r;

        (void) snprintf(trash, sizeof(trash), TRASH_PREFIX "%s", id);
        if (renameat2(c->versions_fd, id, c->staging_fd, trash, RENAME_NOREPLACE) < 0)
                return -errno;
        r = c->is_used(id, c->userdata);
        if (r != 0) {
                if (renameat2(c->staging_fd, trash, c->versions_fd, id, RENAME_NOREPLACE) < 0)
                        return -errno;
                return r < 0 ? r : 0;
        }
        r = remove_tree(c->staging_fd, trash);
        if (r >= 0)
                c->n_removed++;
        return r;
}

/* A collection that was killed left it; a server may have it mounted. */
static int remove_trash(Collection *c, const char *name) {
        const char *id = name + strlen(TRASH_PREFIX);
        int r;

        r = c->is_used(id, c->userdata);
        if (r < 0)
                return r;
        if (r == 0)
                return remove_tree(c->staging_fd, name);
        if (renameat2(c->staging_fd, name, c->versions_fd, id, RENAME_NOREPLACE) < 0)
                return -errno;
        return 0;
}

static int remove_if_trash(int staging_fd _unused_, const char *name, void *userdata) {
        Collection *c = userdata;

        return strncmp(name, TRASH_PREFIX, strlen(TRASH_PREFIX)) == 0
                       ? forgive(c, remove_trash(c, name))
                       : 0;
}

/* A link current that left4me can't read may mean any version. */
static int check_current(int store_fd) {
        _cleanup_free_ char *current = NULL;
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = overlay_dir_open_current(store_fd, &fd, &current);
        return r == -ENODATA ? 0 : r;
}

int version_collect(
        int store_fd, int staging_fd, size_t keep, VersionIsUsed is_used, void *userdata,
        size_t *ret_n_removed) {
        _cleanup_(version_list_clear) VersionList list = {};
        _cleanup_close_ int versions_fd = -EBADF;
        Collection c = { .staging_fd = staging_fd, .is_used = is_used, .userdata = userdata };
        int r;

        c.versions_fd = versions_fd = open_beneath(store_fd, "versions", O_RDONLY | O_DIRECTORY);
        if (versions_fd < 0) {
                *ret_n_removed = 0;
                return versions_fd == -ENOENT ? 0 : versions_fd;
        }
        r = check_current(store_fd);
        if (r >= 0)
                r = each_entry(staging_fd, remove_if_trash, &c);
        if (r >= 0)
                r = version_list_load(store_fd, &list);
        if (keep == 0)
                keep = 1;
        for (size_t i = 0; r >= 0 && i + keep < list.n_items; i++) {
                const Version *version = &list.items[i];

                if (version->number == 0 || version->is_current)
                        continue;
                r = is_used(version->id, userdata);
                if (r == 0)
                        r = forgive(&c, remove_version(&c, version->id));
        }
        if (r < 0)
                return r;

        *ret_n_removed = c.n_removed;
        return c.is_incomplete;
}
