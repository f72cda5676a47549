/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/effective.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/array.h"
#include "base/file.h"
#include "layer/tree-edit.h"

bool effective_is_whiteout(const struct stat *st) {
        return S_ISCHR(st->st_mode) && st->st_rdev == 0;
}

/* A directory that hides those of the layers below. Only root can read this attribute, and only a
 * server's own layer has it, which others can't read. */
static bool is_opaque(int fd) {
        char value;

        return fgetxattr(fd, "trusted.overlay.opaque", &value, 1) == 1 && value == 'y';
}

/* --- directories ------------------------------------------------------------------------------ */

static int dir_new(size_t n, EffectiveDir *ret) {
        *ret = (EffectiveDir) { .fds = calloc(n + 1, sizeof(int)), .n = n };
        if (!ret->fds)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                ret->fds[i] = -EBADF;
        return 0;
}

void effective_dir_done(EffectiveDir *dir) {
        for (size_t i = 0; i < dir->n && dir->fds; i++)
                safe_close(dir->fds[i]);
        free(dir->fds);
        *dir = (EffectiveDir) {};
}

/* The layers may be O_PATH. */
static int open_root(const int *layers, size_t n, EffectiveDir *ret) {
        int r = dir_new(n, ret);

        for (size_t i = 0; i < n && r >= 0; i++) {
                if (layers[i] < 0)
                        continue;
                ret->fds[i] = openat(layers[i], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (ret->fds[i] < 0)
                        r = -errno;
        }
        return r;
}

/* Looks for a name in one layer. 1: a directory, which is opened; 0: nothing, go on below;
 * -ENOTDIR, -ELOOP: something else; -ENOENT: a whiteout. The last three hide the layers below. */
static int enter_layer(int dir_fd, const char *name, int *ret_fd) {
        struct stat st;

        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;
        if (effective_is_whiteout(&st))
                return -ENOENT;
        if (!S_ISDIR(st.st_mode))
                return S_ISLNK(st.st_mode) ? -ELOOP : -ENOTDIR;
        *ret_fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return *ret_fd < 0 ? -errno : 1;
}

/* One part of a path. */
static int enter(const EffectiveDir *dir, const char *name, EffectiveDir *ret) {
        bool found = false;
        int r = dir_new(dir->n, ret);

        for (size_t i = 0; i < dir->n && r >= 0; i++) {
                if (dir->fds[i] < 0)
                        continue;
                r = enter_layer(dir->fds[i], name, &ret->fds[i]);
                if (r <= 0)
                        continue;
                found = true;
                if (is_opaque(ret->fds[i]))
                        break;
        }
        if (found && (r == -ENOENT || r == -ENOTDIR || r == -ELOOP))
                return 0;
        return r < 0 ? r : found ? 0 : -ENOENT;
}

int effective_open(const int *layers, size_t n, const char *path, EffectiveDir *ret) {
        EffectiveDir dir = {};
        char name[NAME_MAX + 1];
        int r;

        if (path[0] == '\0' || strcmp(path, ".") == 0)
                path = "";
        else if (!tree_path_is_valid(path))
                return -EINVAL;
        r = open_root(layers, n, &dir);
        while (r >= 0 && *path != '\0') {
                size_t length = strcspn(path, "/");
                EffectiveDir next = {};

                if (length > NAME_MAX) {
                        r = -ENAMETOOLONG;
                        break;
                }
                (void) snprintf(name, sizeof(name), "%.*s", (int) length, path);
                r = enter(&dir, name, &next);
                effective_dir_done(&dir);
                dir = next;
                path += length + (path[length] == '/');
        }
        if (r < 0) {
                effective_dir_done(&dir);
                return r;
        }

        *ret = dir;
        return 0;
}

/* --- entries ---------------------------------------------------------------------------------- */

static int compare_entries(const void *a, const void *b) {
        const EffectiveEntry *one = a, *other = b;
        int by_name = strcmp(one->name, other->name);

        return by_name != 0 ? by_name : (one->layer > other->layer) - (one->layer < other->layer);
}

static int add_entry(EffectiveList *list, int dir_fd, const char *name, size_t layer) {
        EffectiveEntry entry = { .layer = layer, .n_layers = 1 }, *grown;

        if (list->n_items == EFFECTIVE_ENTRIES_MAX) {
                list->is_cut = true;
                return 0;
        }
        if (fstatat(dir_fd, name, &entry.st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;
        grown = array_for_one_more(list->items, list->n_items, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        list->items = grown;
        entry.name = strdup(name);
        if (!entry.name)
                return -ENOMEM;
        grown[list->n_items++] = entry;
        return 0;
}

static int add_layer(EffectiveList *list, int fd, size_t layer) {
        _cleanup_(closedirp) DIR *dir = open_listing(fd);
        const struct dirent *entry;
        int r;

        if (!dir)
                return -errno;
        while ((r = next_entry(dir, &entry)) > 0) {
                r = add_entry(list, fd, entry->d_name, layer);
                if (r < 0)
                        return r;
        }
        return r;
}

static bool entry_is_opaque(const EffectiveDir *dir, const EffectiveEntry *entry) {
        _cleanup_close_ int fd =
                openat(dir->fds[entry->layer], entry->name,
                       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        return fd >= 0 && is_opaque(fd);
}

/* Counts in the topmost entry those of its name in layers below it. */
static void merge(
        const EffectiveDir *dir, EffectiveEntry *top, const EffectiveEntry *rest, size_t n) {
        bool merges = S_ISDIR(top->st.st_mode) && !entry_is_opaque(dir, top);

        for (size_t i = 0; i < n && !effective_is_whiteout(&rest[i].st); i++) {
                merges = merges && S_ISDIR(rest[i].st.st_mode);
                if (merges) {
                        top->n_layers++;
                        merges = !entry_is_opaque(dir, &rest[i]);
                } else if (top->n_hidden++ == 0)
                        top->hidden_layer = rest[i].layer;
        }
}

/* Leaves one entry of each name, none where a whiteout is on top. */
static void collapse(const EffectiveDir *dir, EffectiveList *list) {
        size_t n = 0;

        for (size_t i = 0, group; i < list->n_items; i += group) {
                EffectiveEntry *top = &list->items[i];
                bool is_gone = effective_is_whiteout(&top->st);

                for (group = 1; i + group < list->n_items &&
                                strcmp(list->items[i + group].name, top->name) == 0;)
                        group++;
                if (!is_gone)
                        merge(dir, top, top + 1, group - 1);
                for (size_t j = i + !is_gone; j < i + group; j++)
                        free(list->items[j].name);
                if (!is_gone)
                        list->items[n++] = *top;
        }
        list->n_items = n;
}

int effective_list(const EffectiveDir *dir, EffectiveList *ret) {
        int r = 0;

        *ret = (EffectiveList) {};
        for (size_t i = 0; i < dir->n && r >= 0; i++)
                if (dir->fds[i] >= 0)
                        r = add_layer(ret, dir->fds[i], i);
        if (r < 0)
                return r;
        if (ret->n_items > 0)
                qsort(ret->items, ret->n_items, sizeof(*ret->items), compare_entries);
        collapse(dir, ret);
        return 0;
}

void effective_list_clear(EffectiveList *list) {
        for (size_t i = 0; i < list->n_items; i++)
                free(list->items[i].name);
        free(list->items);
        *list = (EffectiveList) {};
}

int effective_exists(const int *layers, size_t n, const char *path) {
        _cleanup_(effective_dir_done) EffectiveDir dir = {};
        const char *slash = strrchr(path, '/');
        _cleanup_free_ char *parent = strndup(path, slash ? (size_t) (slash - path) : 0);
        int r;

        if (!parent)
                return -ENOMEM;
        if (path[0] == '\0')
                return 1;
        r = effective_open(layers, n, parent, &dir);
        if (r == -ELOOP)
                return 1;
        for (size_t i = 0; r >= 0 && i < n; i++) {
                struct stat st;

                if (dir.fds[i] >= 0 &&
                    fstatat(dir.fds[i], slash ? slash + 1 : path, &st, AT_SYMLINK_NOFOLLOW) >= 0)
                        return !effective_is_whiteout(&st);
        }
        return r == -ENOENT || r == -ENOTDIR || r == -EINVAL || r == -ENAMETOOLONG ? 0 : r;
}

/* --- a walk ----------------------------------------------------------------------------------- */

typedef struct Walk {
        size_t n_walked;
        EffectiveVisit visit;
        void *userdata;
        size_t n_left;
        char path[PATH_MAX];
} Walk;

static int walk_dir(Walk *walk, const EffectiveDir *dir, unsigned depth);

static int walk_entry(
        Walk *walk, const EffectiveDir *dir, const EffectiveEntry *entry, unsigned depth) {
        _cleanup_(effective_dir_done) EffectiveDir below = {};
        size_t length = strlen(walk->path);
        int n, r;

        if (!S_ISDIR(entry->st.st_mode) || entry->layer >= walk->n_walked ||
            depth == EFFECTIVE_DEPTH_MAX)
                return 0;
        n = snprintf(
                walk->path + length, sizeof(walk->path) - length, "%s%s", length > 0 ? "/" : "",
                entry->name);
        r = (size_t) n >= sizeof(walk->path) - length ? 0 : enter(dir, entry->name, &below);
        if (r >= 0 && below.fds)
                r = walk_dir(walk, &below, depth + 1);
        walk->path[length] = '\0';
        /* Replaced or removed meanwhile, or closed. */
        return r == -ENOENT || r == -ENOTDIR || r == -ELOOP || r == -EACCES ? 0 : r;
}

static int walk_dir(Walk *walk, const EffectiveDir *dir, unsigned depth) {
        _cleanup_(effective_list_clear) EffectiveList list = {};
        int r;

        r = effective_list(dir, &list);
        if (r < 0)
                return r;
        if (list.n_items > walk->n_left)
                return 0;
        walk->n_left -= list.n_items;
        r = walk->visit(dir, walk->path, &list, walk->userdata);
        for (size_t i = 0; i < list.n_items && r >= 0; i++)
                r = walk_entry(walk, dir, &list.items[i], depth);
        return r;
}

int effective_walk(
        const int *layers, size_t n, size_t n_walked, EffectiveVisit visit, void *userdata) {
        _cleanup_(effective_dir_done) EffectiveDir root = {};
        _cleanup_free_ Walk *walk = calloc(1, sizeof(Walk));
        int r;

        if (!walk)
                return -ENOMEM;
        walk->n_walked = n_walked;
        walk->visit = visit;
        walk->userdata = userdata;
        walk->n_left = EFFECTIVE_ENTRIES_MAX;
        r = open_root(layers, n, &root);
        return r < 0 ? r : walk_dir(walk, &root, 0);
}
