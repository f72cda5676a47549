/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/strv.h"

#include <string.h>

#include "base/array.h"

int strv_add(char ***strv, size_t *n, const char *text) {
        _cleanup_free_ char *copy = strdup(text);
        /* With the NULL at its end. */
        char **grown = copy ? array_for_one_more(*strv, *n + 1, sizeof(char *)) : NULL;

        if (!grown)
                return -ENOMEM;
        *strv = grown;
        grown[(*n)++] = TAKE_PTR(copy);
        grown[*n] = NULL;
        return 0;
}

size_t strv_length(char *const *strv) {
        size_t n = 0;

        while (strv && strv[n])
                n++;
        return n;
}

int strv_compare(const void *a, const void *b) {
        return strcmp(*(const char *const *) a, *(const char *const *) b);
}

void strv_sort(char **strv, size_t n) {
        if (n > 0)
                qsort(strv, n, sizeof(char *), strv_compare);
}
