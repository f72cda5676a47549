/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/server-row.h"

#include <stdlib.h>

typedef struct ServerRow {
        char *text;
        size_t size;
} ServerRow;

static void row_free(void *kept) {
        ServerRow *row = kept;

        free(row->text);
        free(row);
}

static int make_row(Server *server, const Templates *templates, sd_json_variant *model) {
        ServerRow *row = calloc(1, sizeof(*row));
        int r;

        if (!row)
                return -ENOMEM;
        r = templates_render(templates, "server-row", model, NULL, &row->text, &row->size);
        if (r < 0) {
                row_free(row);
                return r;
        }
        server_set_kept(server, row, row_free);
        return 0;
}

int server_row_get(Server *server, const Templates *templates, const char **ret, size_t *ret_size) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *model = NULL;
        const ServerRow *row;
        int r;

        /* Releases the row of an older model. */
        r = server_to_model(server, &model);
        if (r >= 0 && !server_get_kept(server))
                r = make_row(server, templates, model);
        if (r < 0)
                return r;

        row = server_get_kept(server);
        *ret = row->text;
        *ret_size = row->size;
        return 0;
}
