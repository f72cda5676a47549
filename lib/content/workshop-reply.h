/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Answers of the Steam Workshop: collections and the details of items. The text comes from the
 * network, so everything in it is checked here; nothing is asked or written.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

enum {
        WORKSHOP_BATCH = 100,    /* ids of one question */
        WORKSHOP_APP = 550,      /* Left 4 Dead 2 */
        WORKSHOP_TITLE_MAX = 256 /* bytes of a title in the answer; the rest is cut off */
};

#define WORKSHOP_ITEM_SIZE_MAX (UINT64_C(16) << 30)

typedef enum WorkshopState {
        WORKSHOP_OK,
        WORKSHOP_MISSING,
        WORKSHOP_NEEDS_OTHER_SOURCE,
        WORKSHOP_NOT_FOR_GAME,
        WORKSHOP_FAILED,
        _WORKSHOP_STATE_MAX,
} WorkshopState;

/* "ok", "missing", "needs-other-source", "not-for-game", "failed": of report.json. */
const char *workshop_state_to_string(WorkshopState state);

typedef struct WorkshopItem {
        uint64_t id;
        WorkshopState state;
        const char
                *problem; /* why it can't be downloaded, marked with N_(), static; NULL: it can */
        char *title;      /* one visible line; "" when unknown */
        char *url;        /* of the file; NULL unless state is WORKSHOP_OK */
        uint64_t size;    /* in bytes */
        uint64_t updated; /* in seconds since the epoch */
        bool is_collection;
} WorkshopItem;

typedef struct WorkshopChild {
        uint64_t id;
        bool is_collection;
} WorkshopChild;

typedef struct WorkshopCollection {
        uint64_t id;
        bool is_collection; /* else an item, or removed */
        bool is_unknown;    /* the Workshop could not tell: a later answer may differ */
        bool is_removed;    /* or hidden, or an item; else the Workshop has it */
        WorkshopChild *children;
        size_t n_children;
} WorkshopCollection;

/*
 * Reads an answer of GetPublishedFileDetails. Entries without a valid id are left out. The caller
 * checks that it asked for these. -EBADMSG for anything but such an answer, -ENOMEM.
 */
int workshop_details_parse(const char *text, size_t size, WorkshopItem **ret, size_t *ret_n)
        _must_check_;

/* The same for GetCollectionDetails. */
int workshop_collections_parse(
        const char *text, size_t size, WorkshopCollection **ret, size_t *ret_n) _must_check_;

/* Frees what one of them has, but not itself. */
void workshop_item_done(WorkshopItem *item);

void workshop_items_free(WorkshopItem *items, size_t n);
void workshop_collections_free(WorkshopCollection *collections, size_t n);
