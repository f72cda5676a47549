/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * How long one page takes to render: PAGE of the web app's templates, filled from one sample of its
 * model, whose list "servers" is cut to ten rows or repeated up to them.
 *
 * Usage: page TEMPLATES MODEL PAGE [COUNT]
 */

#include <stdio.h>
#include <string.h>

#include "base/time-text.h"
#include "view/templates.h"

static int fill(sd_json_variant **model, size_t n_rows) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *list = NULL;
        sd_json_variant *rows = sd_json_variant_by_key(*model, "servers");
        int r = 0;

        if (!rows)
                return 0;
        for (size_t i = 0; i < n_rows && r >= 0; i++)
                r = sd_json_variant_append_array(
                        &list, sd_json_variant_by_index(rows, i % sd_json_variant_elements(rows)));
        return r < 0 ? r : sd_json_variant_set_field(model, "servers", list);
}

static int run(const Templates *templates, const char *page, sd_json_variant *model, unsigned n) {
        uint64_t best = UINT64_MAX, begin = now_monotonic();
        size_t size = 0;

        for (unsigned i = 0; i < n; i++) {
                _cleanup_free_ char *text = NULL;
                uint64_t start = now_monotonic(), spent;
                int r = templates_render(templates, page, model, NULL, &text, &size);

                if (r < 0)
                        return r;
                spent = now_monotonic() - start;
                best = spent < best ? spent : best;
        }
        printf("%s: %zu bytes, %.1f µs on average of %u, %ju µs at best\n", page, size,
               (double) (now_monotonic() - begin) / n, n, (uintmax_t) best);
        return 0;
}

int main(int argc, char *argv[]) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *model = NULL;
        _cleanup_(templates_freep) Templates *templates = NULL;
        MustacheError error = {};
        int r;

        if (argc < 4) {
                fprintf(stderr, "Usage: page TEMPLATES MODEL PAGE [COUNT]\n");
                return 2;
        }
        r = templates_load(argv[1], NULL, NULL, &error, &templates);
        if (r >= 0)
                r = sd_json_parse_file(NULL, argv[2], 0, &model, NULL, NULL);
        if (r >= 0)
                r = fill(&model, 10);
        if (r >= 0)
                r = run(templates, argv[3], model, argc > 4 ? (unsigned) atoi(argv[4]) : 20000);
        if (r < 0)
                fprintf(stderr, "Failed: %s %s\n", strerror(-r), error.message);
        return r < 0;
}
