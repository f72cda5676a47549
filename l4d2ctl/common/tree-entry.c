/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/tree-entry.h"

#include <string.h>

#include "base/time-text.h"
#include "base/utf8.h"
#include "common/terminal.h"

const char *tree_entry_type(mode_t mode) {
        return S_ISDIR(mode)   ? "directory"
               : S_ISREG(mode) ? "file"
               : S_ISLNK(mode) ? "link"
                               : "other";
}

int tree_entry_visible(const char *bytes, char **ret) {
        _cleanup_fclose_ FILE *f = NULL;
        size_t size;

        *ret = NULL;
        f = open_memstream(ret, &size);
        if (!f)
                return -ENOMEM;
        print_visible(bytes, strlen(bytes), 0, f);
        return 0;
}

int tree_entry_to_json(const char *name, const struct stat *st, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        _cleanup_free_ char *visible = NULL;
        int r;

        r = tree_entry_visible(name, &visible);
        if (r >= 0)
                r = sd_json_buildo(
                        &object, SD_JSON_BUILD_PAIR_STRING("name", visible),
                        SD_JSON_BUILD_PAIR_STRING("type", tree_entry_type(st->st_mode)),
                        SD_JSON_BUILD_PAIR_UNSIGNED("changed_usec", timespec_usec(&st->st_mtim)),
                        /* Other names can't be asked for: not every byte can stand in a path. */
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_plain", utf8_is_printable(name)),
                        SD_JSON_BUILD_PAIR_NULL("size_bytes"));
        if (r >= 0 && S_ISREG(st->st_mode))
                r = sd_json_variant_set_field_unsigned(
                        &object, "size_bytes", (uint64_t) st->st_size);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(object);
        return 0;
}
