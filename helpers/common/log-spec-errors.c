/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/log-spec-errors.h"

#include <string.h>

#include "base/log.h"

void log_spec_errors(int priority, const SpecErrors *errors) {
        for (size_t i = 0; i < errors->n_items; i++) {
                _cleanup_free_ char *line = NULL;
                size_t size;
                FILE *f = open_memstream(&line, &size);

                if (!f)
                        return;
                spec_error_print_line(&errors->items[i], f);
                if (fclose(f) == 0)
                        log_message(priority, "%.*s", (int) strcspn(line, "\n"), line);
        }
        if (errors->n_dropped > 0)
                log_count(
                        priority, errors->n_dropped, "%zu more error", "%zu more errors",
                        errors->n_dropped);
}
