/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Paths of files in an overlay, as links. */

#include <string.h>

#include "pages/overlay-page.h"
#include "pages/tree-path.h"

void overlay_path_of(const Request *request, char path[static ROUTE_PATH_MAX]) {
        const char *asked = request_query(request, "path");
        size_t length;

        if (!asked)
                asked = request_field(request, "path");
        asked = asked ? asked + strspn(asked, "/") : "";
        (void) snprintf(path, ROUTE_PATH_MAX, "%s", asked);
        length = strlen(path);
        while (length > 0 && path[length - 1] == '/')
                path[--length] = '\0';
}

int overlay_href(const char *ref, const char *page, const char *path, size_t length, char **ret) {
        _cleanup_free_ char *base = NULL;

        if (asprintf(&base, "/overlays/%s%s", ref, page) < 0)
                return -ENOMEM;
        return tree_href(base, path, length, ret);
}

int overlay_crumbs(const char *ref, const char *path, sd_json_variant **ret) {
        _cleanup_free_ char *base = NULL;

        if (asprintf(&base, "/overlays/%s", ref) < 0)
                return -ENOMEM;
        return tree_crumbs(base, ref, path, ret);
}

int overlay_parent_href(const char *ref, const char *path, char **ret) {
        const char *slash = strrchr(path, '/');

        return overlay_href(ref, "", path, slash ? (size_t) (slash - path) : 0, ret);
}
