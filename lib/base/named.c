/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/named.h"

#include <string.h>

const void *find_named(const void *rows, size_t n, size_t size, const char *name) {
        for (const char *row = rows; n > 0; row += size, n--)
                if (strcmp(*(const char *const *) (const void *) row, name) == 0)
                        return row;
        return NULL;
}
