/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/tree-path.h"

#include <stdbool.h>
#include <string.h>

#include "base/json.h"

int tree_href(const char *base, const char *path, size_t length, char **ret) {
        _cleanup_fclose_ FILE *f = NULL;
        char *text = NULL;
        size_t size;

        f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        (void) fprintf(f, "%s%s", base, length > 0 ? "?path=" : "");
        for (size_t i = 0; i < length; i++) {
                unsigned char c = (unsigned char) path[i];
                bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || strchr("-._~", c);

                (void) fprintf(f, plain ? "%c" : "%%%02X", c);
        }
        if (fflush(f) != 0)
                return -ENOMEM;
        *ret = text;
        return 0;
}

int tree_parent_href(const char *base, const char *path, char **ret) {
        const char *slash = strrchr(path, '/');

        *ret = NULL;
        if (path[0] == '\0')
                return 0;
        return tree_href(base, path, slash ? (size_t) (slash - path) : 0, ret);
}

static int add_crumb(
        const char *base, const char *path, size_t length, const char *label, bool current,
        sd_json_variant **list) {
        _cleanup_free_ char *href = NULL;
        int r;

        r = tree_href(base, path, length, &href);
        return r < 0 ? r
                     : sd_json_variant_append_arraybo(
                               list, SD_JSON_BUILD_PAIR_STRING("label", label),
                               SD_JSON_BUILD_PAIR_STRING("href", href),
                               SD_JSON_BUILD_PAIR_BOOLEAN("is_current", current));
}

int tree_crumbs(const char *base, const char *label, const char *path, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *list = NULL;
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        if (r >= 0)
                r = add_crumb(base, "", 0, label, path[0] == '\0', &list);
        for (const char *p = path; r >= 0 && *p;) {
                size_t length = strcspn(p, "/");
                _cleanup_free_ char *part = strndup(p, length);
                const char *end = p + length;

                if (!part)
                        return -ENOMEM;
                r = add_crumb(base, path, (size_t) (end - path), part, *end == '\0', &list);
                p = end + strspn(end, "/");
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}
