/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A table of a few columns, printed by libsmartcols. One cell of each row may have a colour. */

#include <stddef.h>

#include "common/terminal.h"

enum { TABLE_COLUMNS_MAX = 4 };

typedef struct TableRow {
        const char *cells[TABLE_COLUMNS_MAX]; /* NULL: "-" */
        Color color;                          /* of the second cell */
} TableRow;

/* titles end with NULL; the last column is cut on a terminal that is too narrow. Returns an
 * ExitCode and has said what was wrong. */
int table_print(const char *const *titles, const TableRow *rows, size_t n_rows) _must_check_;
