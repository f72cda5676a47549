/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/resolvers.h"

#include <string.h>

#include "base/file.h"

int resolvers_write(const HostConfig *config, int dir_fd, mode_t mode) {
        _cleanup_free_ char *list = strdup(config->resolvers), *text = NULL;
        size_t size = 0;
        FILE *f = list ? open_memstream(&text, &size) : NULL;
        char *rest;

        if (!f)
                return -ENOMEM;
        for (char *word = strtok_r(list, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest))
                (void) fprintf(f, "nameserver %s\n", word);
        if (fclose(f) != 0)
                return -ENOMEM;
        return write_file_transient(dir_fd, "resolv.conf", text, size, mode);
}
