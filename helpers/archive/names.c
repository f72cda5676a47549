/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "archive/names.h"

#include <string.h>

#include "archive/path.h"
#include "base/file.h"
#include "base/utf8.h"

int archive_names_add(ArchiveNames *names, const char *name) {
        if (names->n_items == names->n_allocated) {
                size_t n = names->n_allocated > 0 ? 2 * names->n_allocated : 64;
                char **items = reallocarray(names->items, n, sizeof(char *));

                if (!items)
                        return -ENOMEM;
                names->items = items;
                names->n_allocated = n;
        }
        names->items[names->n_items] = strdup(name);
        if (!names->items[names->n_items])
                return -ENOMEM;
        names->n_items++;
        return 0;
}

static int add_entry(int dir_fd _unused_, const char *name, void *names) {
        return archive_names_add(names, name);
}

int archive_names_read(int dir_fd, ArchiveNames *ret) {
        int r = each_entry(dir_fd, add_entry, ret);

        archive_names_sort(ret);
        return r;
}

/* Equal ones by their bytes, so that the order is always the same. */
static int compare_items(const void *a, const void *b) {
        const char *one = *(char *const *) a, *other = *(char *const *) b;
        int r = ascii_strcasecmp(one, other);

        return r != 0 ? r : strcmp(one, other);
}

static int compare_with(const void *name, const void *item) {
        return ascii_strcasecmp(name, *(char *const *) item);
}

void archive_names_sort(ArchiveNames *names) {
        if (names->n_items > 0)
                qsort(names->items, names->n_items, sizeof(char *), compare_items);
}

const char *archive_names_find(const ArchiveNames *names, const char *name) {
        char **found = names->n_items == 0 ? NULL
                                           : bsearch(name, names->items, names->n_items,
                                                     sizeof(char *), compare_with);

        return found ? *found : NULL;
}

bool archive_names_has(const ArchiveNames *names, const char *name) {
        return names->n_items > 0 &&
               bsearch(&name, names->items, names->n_items, sizeof(char *), compare_items);
}

void archive_names_each_clash(
        const ArchiveNames *names,
        void (*clash)(const char *one, const char *other, void *userdata), void *userdata) {
        for (size_t i = 1; i < names->n_items; i++) {
                const char *one = names->items[i - 1], *other = names->items[i];

                if (ascii_strcasecmp(one, other) == 0 && strcmp(one, other) != 0)
                        clash(one, other, userdata);
        }
}

void archive_names_done(ArchiveNames *names) {
        for (size_t i = 0; i < names->n_items; i++)
                free(names->items[i]);
        free(names->items);
        *names = (ArchiveNames) {};
}
