/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "workshop/workshop.h"

enum { DEPTH_MAX = 16 }; /* of collections in collections */

typedef struct Search {
        WorkshopJob *job;
        IdList seen;  /* that were asked for as collections */
        IdList level; /* that are asked for now */
        IdList next;  /* collections that these have */
        IdList items;
} Search;

static void search_done(Search *search) {
        id_list_done(&search->seen);
        id_list_done(&search->level);
        id_list_done(&search->next);
        id_list_done(&search->items);
}

static int note(IdList *list, uint64_t id) {
        int r = id_list_add(list, id);

        if (r == -E2BIG)
                log_error("Failed to build: more than %d items", WORKSHOP_ITEMS_MAX);
        else if (r < 0)
                log_error_errno(r, "Failed to note an item");
        return r < 0 ? r : 0;
}

static int note_child(Search *search, const WorkshopChild *child) {
        if (id_list_has(&search->job->exclude, child->id))
                return 0;
        if (!child->is_collection)
                return note(&search->items, child->id);
        return id_list_has(&search->seen, child->id) ? 0 : note(&search->next, child->id);
}

static const WorkshopCollection *find_collection(
        const WorkshopCollection *collections, size_t n, uint64_t id) {
        for (size_t i = 0; i < n; i++)
                if (collections[i].id == id)
                        return &collections[i];
        return NULL;
}

/* All of a collection's items would go silently, so that only one in a collection may be empty. */
static int take_empty(const Search *search, uint64_t id) {
        if (!id_list_has(&search->job->items, id)) {
                log_warning("The collection %" PRIu64 " is empty", id);
                return 0;
        }
        log_error(
                "Failed to build: the collection %" PRIu64
                " is empty. Exclude it to build without it",
                id);
        return -ENODATA;
}

/* One id's answer. An id that a person named may be an item; one that a collection named is not. */
static int take_collection(Search *search, uint64_t id, const WorkshopCollection *collection) {
        int r = 0;

        if (!collection || collection->is_unknown) {
                log_error("Failed to ask the Workshop: it gives no details of %" PRIu64 " now", id);
                return -EAGAIN;
        }
        if (!collection->is_collection) {
                if (id_list_has(&search->job->items, id))
                        return note(&search->items, id);
                if (!collection->is_removed)
                        return take_empty(search, id);
                log_error(
                        "Failed to find the collection %" PRIu64
                        ": removed from the Workshop, or hidden. Exclude it to build without it",
                        id);
                return -ENOENT;
        }
        if (collection->n_children == 0)
                return take_empty(search, id);
        for (size_t i = 0; i < collection->n_children && r >= 0; i++)
                r = note_child(search, &collection->children[i]);
        return r;
}

static int ask_batch(Search *search, const uint64_t *ids, size_t n) {
        WorkshopCollection *collections;
        size_t n_collections;
        int r;

        r = workshop_ask_collections(search->job, ids, n, &collections, &n_collections);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n && r >= 0; i++)
                r = take_collection(
                        search, ids[i], find_collection(collections, n_collections, ids[i]));
        workshop_collections_free(collections, n_collections);
        return r;
}

static size_t batch_size(size_t n, size_t from) {
        return n - from < WORKSHOP_BATCH ? n - from : WORKSHOP_BATCH;
}

/* Asks for all of a level, and makes the collections that these have the next one. */
static int ask_level(Search *search) {
        IdList *level = &search->level;
        int r = 0;

        for (size_t i = 0; i < level->n && r >= 0; i++)
                r = note(&search->seen, level->ids[i]);
        for (size_t i = 0; i < level->n && r >= 0; i += WORKSHOP_BATCH)
                r = ask_batch(search, level->ids + i, batch_size(level->n, i));
        id_list_done(level);
        *level = search->next;
        search->next = (IdList) {};
        return r;
}

static int find_items(Search *search) {
        const WorkshopJob *job = search->job;
        int r = 0;

        for (size_t i = 0; i < job->items.n && r >= 0; i++)
                if (!id_list_has(&job->exclude, job->items.ids[i]))
                        r = note(&search->level, job->items.ids[i]);
        for (unsigned depth = 0; search->level.n > 0 && r >= 0; depth++) {
                if (depth == DEPTH_MAX) {
                        log_error("Failed to build: collections are nested too deep");
                        return -ELOOP;
                }
                r = ask_level(search);
        }
        return r;
}

/* --- details
 * -------------------------------------------------------------------------------------- */

/* Takes the item of this id out of an answer. */
static int take_item(WorkshopItem *items, size_t n, uint64_t id, WorkshopItem *ret) {
        for (size_t i = 0; i < n; i++)
                if (items[i].id == id && items[i].title) {
                        *ret = items[i];
                        items[i].title = items[i].url = NULL;
                        return 0;
                }
        *ret = (WorkshopItem) {
                .id = id,
                .state = WORKSHOP_FAILED,
                .problem = N_("the Workshop gives no details of it now"),
                .title = strdup(""),
        };
        return ret->title ? 0 : log_error_errno(-ENOMEM, "Failed to note an item");
}

static int describe_batch(Search *search, const uint64_t *ids, size_t n, WorkshopPlan *plan) {
        WorkshopItem *items;
        size_t n_items;
        int r;

        r = workshop_ask_details(search->job, ids, n, &items, &n_items);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n && r >= 0; i++) {
                WorkshopEntry *entry = &plan->entries[plan->n];

                entry->is_named = id_list_has(&search->job->items, ids[i]);
                r = take_item(items, n_items, ids[i], &entry->item);
                if (r >= 0)
                        plan->n++;
        }
        workshop_items_free(items, n_items);
        return r;
}

static int describe_items(Search *search, WorkshopPlan *plan) {
        const IdList *items = &search->items;
        int r = 0;

        plan->entries = calloc(items->n + 1, sizeof(*plan->entries));
        if (!plan->entries)
                return log_error_errno(-ENOMEM, "Failed to note items");
        for (size_t i = 0; i < items->n && r >= 0; i += WORKSHOP_BATCH)
                r = describe_batch(search, items->ids + i, batch_size(items->n, i), plan);
        return r;
}

int workshop_resolve(WorkshopJob *job, WorkshopPlan *ret) {
        _cleanup_(search_done) Search search = { .job = job };
        int r;

        producer_progress(&job->producer, 0, 1, "Asking the Workshop");
        r = find_items(&search);
        if (r < 0)
                return r;
        if (search.items.n == 0 && search.seen.n > 0) {
                log_error("Failed to build: the collections have no items");
                return -ENODATA;
        }
        return describe_items(&search, ret);
}

void workshop_plan_done(WorkshopPlan *plan) {
        for (size_t i = 0; i < plan->n; i++) {
                workshop_item_done(&plan->entries[i].item);
                free(plan->entries[i].error);
        }
        free(plan->entries);
        *plan = (WorkshopPlan) {};
}
