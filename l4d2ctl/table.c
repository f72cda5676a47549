/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "table.h"

#include <libsmartcols/libsmartcols.h>

#include "ctl.h"
#include "log.h"

Table *table_free(Table *table) {
        scols_unref_table(table);
        return NULL;
}

int table_new(const TableColumn *columns, Table **ret) {
        _cleanup_(table_freep) Table *table = scols_new_table();

        if (!table)
                return -ENOMEM;
        for (const TableColumn *c = columns; c->title; c++)
                if (!scols_table_new_column(table, c->title, 0, c->is_number ? SCOLS_FL_RIGHT : 0))
                        return -ENOMEM;

        *ret = TAKE_PTR(table);
        return 0;
}

int table_add(Table *table, const char *const *cells) {
        struct libscols_line *line = scols_table_new_line(table, NULL);
        int r = line ? 0 : -ENOMEM;

        for (size_t i = 0; i < scols_table_get_ncols(table) && r >= 0; i++)
                r = scols_line_set_data(line, i, cells[i] && cells[i][0] ? cells[i] : "-");
        return r;
}

int table_print(Table *table) {
        int r;

        r = scols_print_table(table);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the table");
                return CTL_FAILURE;
        }
        return CTL_OK;
}
