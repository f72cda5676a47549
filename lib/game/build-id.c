/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "game/build-id.h"

#include <string.h>

#include "base/file.h"
#include "game/key-values.h"

#define APP_ID "222860"

enum { MANIFEST_SIZE_MAX = 1024 * 1024 };

/* A seeded manifest has none, and steamcmd writes 0 while it works. */
static int take_number(const char *text, char ret[static BUILD_ID_MAX]) {
        size_t n;

        if (!text || strcmp(text, "0") == 0)
                return -ENOENT;
        n = strspn(text, "0123456789");
        if (n == 0 || text[n] != '\0' || n >= BUILD_ID_MAX)
                return -EBADMSG;
        memcpy(ret, text, n + 1);
        return 0;
}

int build_id_parse_manifest(const char *text, size_t size, char ret[static BUILD_ID_MAX]) {
        _cleanup_(key_values_freep) KeyValues *values = NULL;
        int r;

        r = key_values_parse(text, size, KEY_VALUES_ESCAPES, &values);
        if (r < 0)
                return r;
        return take_number(
                key_value_text(key_value_find(&values->root, "AppState"), "buildid"), ret);
}

/* The block's line, which stands alone. */
static const char *find_info(const char *text, size_t size) {
        static const char begin[] = "\"" APP_ID "\"";
        const char *found = memmem(text, size, begin, strlen(begin));

        while (found && found > text && found[-1] != '\n') {
                size_t rest = size - (size_t) (found + 1 - text);

                found = memmem(found + 1, rest, begin, strlen(begin));
        }
        return found;
}

int build_id_parse_info(const char *text, size_t size, char ret[static BUILD_ID_MAX]) {
        static const char *const path[] = { APP_ID, "depots", "branches", "public" };
        _cleanup_(key_values_freep) KeyValues *values = NULL;
        const char *info = find_info(text, size);
        const KeyValue *block;
        int r;

        if (!info)
                return -ENOENT;
        r = key_values_parse(info, size - (size_t) (info - text), KEY_VALUES_ESCAPES, &values);
        if (r < 0)
                return r;
        block = &values->root;
        for (size_t i = 0; block && i < ELEMENTSOF(path); i++)
                block = key_value_find(block, path[i]);
        return take_number(key_value_text(block, "buildid"), ret);
}

int build_id_read(int tree_fd, char ret[static BUILD_ID_MAX]) {
        static const FileLimits limits = { .size_max = MANIFEST_SIZE_MAX, .linked = true };
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = read_file_beneath(tree_fd, BUILD_ID_DIR "/" BUILD_ID_MANIFEST, &limits, &text, &size);
        return r < 0 ? r : build_id_parse_manifest(text, size, ret);
}
