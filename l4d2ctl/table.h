/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A plain table for people and scripts: the same columns wherever it goes, "-" for what there is
 * not, no blanks in a cell but in the last column. */

#include <stdbool.h>

#include "cleanup.h"

typedef struct TableColumn {
        const char *title; /* NULL: the end of the columns */
        bool is_number;    /* to the right */
} TableColumn;

typedef struct libscols_table Table;

int table_new(const TableColumn *columns, Table **ret) _must_check_;

/* One cell a column; NULL and "" are "-". */
int table_add(Table *table, const char *const *cells) _must_check_;

/* To standard output. Returns an ExitCode. */
int table_print(Table *table) _must_check_;

Table *table_free(Table *table);
DEFINE_CLEANUP(Table *, table_free)
