/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "listing.h"

#include <libsmartcols/libsmartcols.h>

#include "ctl.h"
#include "log.h"

Listing *listing_free(Listing *listing) {
        scols_unref_table(listing);
        return NULL;
}

int listing_new(const ListingColumn *columns, Listing **ret) {
        _cleanup_(listing_freep) Listing *listing = scols_new_table();

        if (!listing)
                return -ENOMEM;
        for (const ListingColumn *c = columns; c->title; c++)
                if (!scols_table_new_column(
                            listing, c->title, 0, c->is_number ? SCOLS_FL_RIGHT : 0))
                        return -ENOMEM;

        *ret = TAKE_PTR(listing);
        return 0;
}

int listing_add(Listing *listing, const char *const *cells) {
        struct libscols_line *line = scols_table_new_line(listing, NULL);
        int r = line ? 0 : -ENOMEM;

        for (size_t i = 0; i < scols_table_get_ncols(listing) && r >= 0; i++)
                r = scols_line_set_data(line, i, cells[i] && cells[i][0] ? cells[i] : "-");
        return r;
}

int listing_print(Listing *listing) {
        int r;

        r = scols_print_table(listing);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the table");
                return CTL_FAILURE;
        }
        return CTL_OK;
}
