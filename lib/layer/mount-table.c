/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/mount-table.h"

#include <string.h>

#include "base/path-below.h"

static void clear_mount(MountInfo *mount) {
        free(mount->device);
        free(mount->root);
        free(mount->mount_point);
        free(mount->flags);
        free(mount->fs_type);
        free(mount->options);
}

static int add_mount(const MountInfo *mount, void *userdata) {
        MountTable *table = userdata;
        MountInfo *items, copy;

        items = reallocarray(table->items, table->n_items + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        table->items = items;

        copy = (MountInfo) {
                .id = mount->id,
                .device = strdup(mount->device),
                .root = strdup(mount->root),
                .mount_point = strdup(mount->mount_point),
                .flags = strdup(mount->flags),
                .fs_type = strdup(mount->fs_type),
                .options = strdup(mount->options),
        };
        if (!copy.device || !copy.root || !copy.mount_point || !copy.flags || !copy.fs_type ||
            !copy.options) {
                clear_mount(&copy);
                return -ENOMEM;
        }
        items[table->n_items++] = copy;
        return 0;
}

int mount_table_read(FILE *f, MountTable *ret) {
        *ret = (MountTable) {};
        return mount_info_each_of(f, add_mount, ret);
}

void mount_table_clear(MountTable *table) {
        for (size_t i = 0; i < table->n_items; i++)
                clear_mount(&table->items[i]);
        free(table->items);
        *table = (MountTable) {};
}

/* Whether path is the directory or lies in it. */
static bool is_below(const char *path, const char *directory) {
        return strcmp(directory, "/") == 0 ? path[0] == '/' : path_is_in(path, directory);
}

const MountInfo *mount_table_find(const MountTable *table, const char *path) {
        const MountInfo *found = NULL;

        /* The later of two mounts on one directory is on top, so ">=". */
        for (size_t i = 0; i < table->n_items; i++)
                if (is_below(path, table->items[i].mount_point) &&
                    (!found || strlen(table->items[i].mount_point) >= strlen(found->mount_point)))
                        found = &table->items[i];
        return found;
}

/* Whether prefix and rest put together are the same in both; "/" in front of a rest is not doubled.
 */
static bool same_place(
        const MountInfo *a, const char *rest_a, const MountInfo *b, const char *rest_b) {
        const char *root_a = strcmp(a->root, "/") == 0 ? "" : a->root;
        const char *root_b = strcmp(b->root, "/") == 0 ? "" : b->root;
        size_t length_a = strlen(root_a), length_b = strlen(root_b);

        if (length_a + strlen(rest_a) != length_b + strlen(rest_b))
                return false;
        if (length_a > length_b)
                return same_place(b, rest_b, a, rest_a);
        /* root_a is the shorter one: then comes rest_a, in b the rest of root_b and rest_b. */
        return strncmp(root_a, root_b, length_a) == 0 &&
               strncmp(rest_a, root_b + length_a, length_b - length_a) == 0 &&
               strcmp(rest_a + (length_b - length_a), rest_b) == 0;
}

/* Returns the part of a path below the mount, "" or "/…". */
static const char *rest_of(const char *path, const MountInfo *mount) {
        const char *rest =
                strcmp(mount->mount_point, "/") == 0 ? path : path + strlen(mount->mount_point);

        return strcmp(rest, "/") == 0 ? "" : rest;
}

bool mount_table_differs(const MountTable *one, const MountTable *other, const char *path) {
        const MountInfo *a = mount_table_find(one, path), *b = mount_table_find(other, path);

        if (!a || !b)
                return a != b;
        return strcmp(a->device, b->device) != 0 ||
               !same_place(a, rest_of(path, a), b, rest_of(path, b));
}
