/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/table.h"

#include <libsmartcols/libsmartcols.h>

#include "base/log.h"
#include "base/text.h"
#include "common/ctl.h"

DEFINE_CLEANUP(struct libscols_table *, scols_unref_table)

static int add_columns(struct libscols_table *table, const char *const *titles, size_t *ret_n) {
        size_t n = 0;

        for (; titles[n]; n++)
                if (!scols_table_new_column(
                            table, _(titles[n]), 0, titles[n + 1] ? 0 : SCOLS_FL_TRUNC))
                        return -ENOMEM;
        *ret_n = n;
        return scols_table_enable_colors(table, colors_enabled(stdout));
}

static int add_row(struct libscols_table *table, const TableRow *row, size_t n_columns) {
        struct libscols_line *line = scols_table_new_line(table, NULL);
        struct libscols_cell *cell;
        int r = line ? 0 : -ENOMEM;

        for (size_t i = 0; i < n_columns && r >= 0; i++)
                r = scols_line_set_data(line, i, row->cells[i] ? row->cells[i] : "-");
        if (r < 0 || !color_name(row->color))
                return r;
        cell = scols_line_get_cell(line, 1);
        return cell ? scols_cell_set_color(cell, color_name(row->color)) : 0;
}

int table_print(const char *const *titles, const TableRow *rows, size_t n_rows) {
        _cleanup_(scols_unref_tablep) struct libscols_table *table = scols_new_table();
        size_t n_columns = 0;
        int r;

        r = table ? add_columns(table, titles, &n_columns) : -ENOMEM;
        for (size_t i = 0; i < n_rows && r >= 0; i++)
                r = add_row(table, &rows[i], n_columns);
        if (r >= 0)
                r = scols_print_table(table);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the table");
                return CTL_FAILURE;
        }
        return CTL_OK;
}
