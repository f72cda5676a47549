/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/tree-list.h"

#include <string.h>

#include "base/array.h"
#include "base/log.h"
#include "base/text.h"

static int compare_for_people(const void *a, const void *b) {
        const EffectiveEntry *one = a, *other = b;
        int by_type = (int) S_ISDIR(other->st.st_mode) - (int) S_ISDIR(one->st.st_mode);

        return by_type != 0 ? by_type : strcmp(one->name, other->name);
}

/* A directory is followed by all that it has: "cfg/a" precedes "cfg.old", though '.' is less than
 * '/'. */
static int compare_paths(const void *a, const void *b) {
        const EffectiveEntry *one = a, *other = b;
        const char *p = one->name, *q = other->name;

        for (; *p != '\0' && *p == *q; p++)
                q++;
        if (*p == '\0' || *q == '\0')
                return (*p != '\0') - (*q != '\0');
        return *p == '/' ? -1 : *q == '/' ? 1 : (unsigned char) *p - (unsigned char) *q;
}

typedef struct Collector {
        TreeList *list;
        size_t n_layers;
} Collector;

static int collect(
        const EffectiveDir *dir _unused_, const char *path, const EffectiveList *found,
        void *userdata) {
        const Collector *collector = userdata;
        TreeList *list = collector->list;

        list->n_unlisted -= path[0] != '\0';
        list->entries.is_cut |= found->is_cut;
        for (size_t i = 0; i < found->n_items; i++) {
                EffectiveEntry entry = found->items[i], *grown;

                if (entry.layer >= collector->n_layers)
                        continue;
                grown = array_for_one_more(
                        list->entries.items, list->entries.n_items, sizeof(*grown));
                if (!grown)
                        return -ENOMEM;
                list->entries.items = grown;
                if (asprintf(&entry.name, "%s%s%s", path, path[0] ? "/" : "", entry.name) < 0)
                        return -ENOMEM;
                grown[list->entries.n_items++] = entry;
                list->n_unlisted += S_ISDIR(entry.st.st_mode);
        }
        return 0;
}

int tree_list_read(const EffectiveDir *dir, size_t n_layers, bool is_recursive, TreeList *ret) {
        _cleanup_(effective_list_clear) EffectiveList found = {};
        Collector collector = { ret, n_layers };
        int r;

        *ret = (TreeList) {};
        if (is_recursive)
                r = effective_walk(dir->fds, dir->n, n_layers, collect, &collector);
        else {
                r = effective_list(dir, &found);
                if (r >= 0)
                        r = collect(dir, "", &found, &collector);
                ret->n_unlisted = 0;
        }
        if (r >= 0 && ret->entries.n_items > 0)
                qsort(ret->entries.items, ret->entries.n_items, sizeof(*ret->entries.items),
                      is_recursive ? compare_paths : compare_for_people);
        return r;
}

/* --- one more layer on top -------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b) {
        const EffectiveEntry *one = a, *other = b;

        return strcmp(one->name, other->name);
}

/* Makes below what both are together. */
static void cover(EffectiveEntry *below, EffectiveEntry *top) {
        EffectiveEntry entry = *top;

        if (S_ISDIR(below->st.st_mode) && S_ISDIR(top->st.st_mode)) {
                entry.n_layers = below->n_layers + 1;
                entry.n_hidden = below->n_hidden;
                entry.hidden_layer = below->hidden_layer;
        } else {
                entry.n_hidden = below->n_layers + below->n_hidden;
                entry.hidden_layer = below->layer;
        }
        free(below->name);
        *below = entry;
        top->name = NULL;
}

static void remove_gone(EffectiveList *list) {
        size_t n = 0;

        for (size_t i = 0; i < list->n_items; i++)
                if (effective_is_whiteout(&list->items[i].st))
                        free(list->items[i].name);
                else
                        list->items[n++] = list->items[i];
        list->n_items = n;
}

int tree_list_cover(TreeList *list, EffectiveList *top) {
        EffectiveList *entries = &list->entries;
        size_t n = entries->n_items;

        if (n > 0)
                qsort(entries->items, n, sizeof(*entries->items), compare_names);
        for (size_t i = 0; i < top->n_items; i++) {
                EffectiveEntry *entry = &top->items[i], *grown;
                EffectiveEntry *below = n > 0 ? bsearch(entry, entries->items, n,
                                                        sizeof(*entries->items), compare_names)
                                              : NULL;

                if (below) {
                        cover(below, entry);
                        continue;
                }
                grown = array_for_one_more(entries->items, entries->n_items, sizeof(*grown));
                if (!grown)
                        return -ENOMEM;
                entries->items = grown;
                grown[entries->n_items++] = *entry;
                entry->name = NULL;
        }
        remove_gone(entries);
        if (entries->n_items > 0)
                qsort(entries->items, entries->n_items, sizeof(*entries->items),
                      compare_for_people);
        effective_list_clear(top);
        return 0;
}

void tree_list_clear(TreeList *list) {
        effective_list_clear(&list->entries);
}

void tree_list_warn(const TreeList *list) {
        if (list->n_unlisted > 0)
                log_warning("%zu of these directories could not be listed", list->n_unlisted);
        if (list->entries.is_cut)
                log_warning(
                        "A directory has more than %d entries; the others are not shown",
                        EFFECTIVE_ENTRIES_MAX);
}

char *tree_list_clean_path(const char *path) {
        size_t n;

        while (strncmp(path, "./", 2) == 0)
                path += 2;
        path += strspn(path, "/");
        for (n = strlen(path); n > 0 && path[n - 1] == '/';)
                n--;
        return n == 1 && path[0] == '.' ? strdup("") : strndup(path, n);
}
