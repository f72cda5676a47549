/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/listing.h"

#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "common/ctl.h"

struct Listing {
        const ListingColumn *columns;
        size_t n_columns;
        char **cells; /* row by row */
        size_t n_cells;
        size_t widths[LISTING_COLUMNS_MAX]; /* in characters */
};

static size_t count_characters(const char *text) {
        size_t n = 0;

        for (; *text; text++)
                n += ((unsigned char) *text & 0xc0) != 0x80;
        return n;
}

static void widen(Listing *listing, size_t column, const char *text) {
        size_t n = count_characters(text);

        if (n > listing->widths[column])
                listing->widths[column] = n;
}

int listing_new(const ListingColumn *columns, Listing **ret) {
        Listing *listing = calloc(1, sizeof(*listing));

        if (!listing)
                return -ENOMEM;
        listing->columns = columns;
        for (const ListingColumn *c = columns; c->title; c++)
                widen(listing, listing->n_columns++, _(c->title));

        *ret = listing;
        return 0;
}

Listing *listing_free(Listing *listing) {
        if (!listing)
                return NULL;
        for (size_t i = 0; i < listing->n_cells; i++)
                free(listing->cells[i]);
        free(listing->cells);
        free(listing);
        return NULL;
}

/* A copy that a terminal may be sent. */
static char *make_visible(const char *text) {
        size_t size = strlen(text);
        char *copy = malloc(4 * size + 1), *p = copy;

        if (!copy)
                return NULL;
        while (size > 0) {
                uint32_t character;
                size_t n = utf8_decode(text, size, &character);

                if (n > 0 && !utf8_is_control(character))
                        p = mempcpy(p, text, n);
                else {
                        n = 1;
                        p += sprintf(p, "\\x%02x", (unsigned char) *text);
                }
                text += n;
                size -= n;
        }
        *p = '\0';
        return copy;
}

int listing_add(Listing *listing, const char *const *cells) {
        char **larger =
                reallocarray(listing->cells, listing->n_cells + listing->n_columns, sizeof(char *));

        if (!larger)
                return -ENOMEM;
        listing->cells = larger;
        for (size_t i = 0; i < listing->n_columns; i++) {
                char *cell = make_visible(cells[i] && cells[i][0] ? cells[i] : "-");

                if (!cell) {
                        listing->n_cells -= i; /* half a row is none */
                        for (size_t k = 0; k < i; k++)
                                free(larger[listing->n_cells + k]);
                        return -ENOMEM;
                }
                widen(listing, i, cell);
                larger[listing->n_cells++] = cell;
        }
        return 0;
}

static void print_cell(const Listing *listing, size_t column, const char *text) {
        size_t padding = listing->widths[column] - count_characters(text);
        bool is_last = column + 1 == listing->n_columns;

        if (listing->columns[column].is_number)
                printf("%*s%s", (int) padding, "", text);
        else
                printf("%s%*s", text, is_last ? 0 : (int) padding, "");
        (void) putchar(is_last ? '\n' : ' ');
}

int listing_print(const Listing *listing) {
        for (size_t i = 0; i < listing->n_columns; i++)
                print_cell(listing, i, _(listing->columns[i].title));
        for (size_t row = 0; row < listing->n_cells; row += listing->n_columns)
                for (size_t i = 0; i < listing->n_columns; i++)
                        print_cell(listing, i, listing->cells[row + i]);
        return ferror(stdout) ? CTL_FAILURE : CTL_OK;
}
