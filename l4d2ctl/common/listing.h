/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A plain table for people and scripts: the same columns wherever it goes, "-" for a missing value,
 * blanks only in cells of the last column. libsmartcols is not used: its output depends on
 * the terminal and the locale.
 */

#include <stdbool.h>

#include "base/cleanup.h"

enum { LISTING_COLUMNS_MAX = 8 };

typedef struct ListingColumn {
        const char *title; /* NULL: the end of the columns */
        bool is_number;    /* to the right */
} ListingColumn;

typedef struct Listing Listing;

/* columns must outlive it. */
int listing_new(const ListingColumn *columns, Listing **ret) _must_check_;

/* One cell a column; NULL and "" are "-", control characters and invalid UTF-8 become \xNN. */
int listing_add(Listing *listing, const char *const *cells) _must_check_;

/* To standard output. Returns an ExitCode. */
int listing_print(const Listing *listing);

Listing *listing_free(Listing *listing);
DEFINE_CLEANUP(Listing *, listing_free)
