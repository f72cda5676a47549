/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/path-below.h"

#include <stddef.h>
#include <string.h>

const char *path_below(const char *path, const char *directory) {
        size_t n = strlen(directory);

        return strncmp(path, directory, n) == 0 && path[n] == '/' ? path + n + 1 : NULL;
}

bool path_is_in(const char *path, const char *directory) {
        return strcmp(path, directory) == 0 || path_below(path, directory);
}
