/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A plain table for people and scripts: the same columns wherever it goes, "-" for what there is
 * not, no blanks in a cell but in the last column. */

#include <stdbool.h>

#include "cleanup.h"

typedef struct ListingColumn {
        const char *title; /* NULL: the end of the columns */
        bool is_number;    /* to the right */
} ListingColumn;

typedef struct libscols_table Listing;

int listing_new(const ListingColumn *columns, Listing **ret) _must_check_;

/* One cell a column; NULL and "" are "-". */
int listing_add(Listing *listing, const char *const *cells) _must_check_;

/* To standard output. Returns an ExitCode. */
int listing_print(Listing *listing) _must_check_;

Listing *listing_free(Listing *listing);
DEFINE_CLEANUP(Listing *, listing_free)
