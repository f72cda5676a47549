/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Paths of files in an overlay, as links. */

#include <string.h>

#include "pages/overlay-page.h"

#define _cleanup_json_ _cleanup_(sd_json_variant_unrefp)

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
        _cleanup_fclose_ FILE *f = NULL;
        char *text = NULL;
        size_t size;

        f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        (void) fprintf(f, "/overlays/%s%s%s", ref, page, length > 0 ? "?path=" : "");
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

/* --- the way down to the directory ------------------------------------------------------------ */

static int add_crumb(
        const char *ref, const char *path, size_t length, const char *label, bool current,
        sd_json_variant **list) {
        _cleanup_json_ sd_json_variant *object = NULL;
        _cleanup_free_ char *href = NULL;
        int r;

        r = overlay_href(ref, "", path, length, &href);
        if (r >= 0)
                r = sd_json_buildo(
                        &object, SD_JSON_BUILD_PAIR_STRING("label", label),
                        SD_JSON_BUILD_PAIR_STRING("href", href),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_current", current));
        return r < 0 ? r : sd_json_variant_append_array(list, object);
}

int overlay_crumbs(const char *ref, const char *path, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *list = NULL;
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        if (r >= 0)
                r = add_crumb(ref, "", 0, ref, path[0] == '\0', &list);
        for (const char *p = path; r >= 0 && *p;) {
                size_t length = strcspn(p, "/");
                _cleanup_free_ char *label = strndup(p, length);
                const char *end = p + length;

                if (!label)
                        return -ENOMEM;
                r = add_crumb(ref, path, (size_t) (end - path), label, *end == '\0', &list);
                p = end + strspn(end, "/");
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}

int overlay_parent_href(const char *ref, const char *path, char **ret) {
        const char *slash = strrchr(path, '/');

        return overlay_href(ref, "", path, slash ? (size_t) (slash - path) : 0, ret);
}
