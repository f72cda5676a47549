/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "yaml/overlay-entry.h"

#include <stdio.h>

#include "base/path-below.h"

size_t overlay_entry_ref_length(const char *text) {
        size_t size = strlen(text), suffix = strlen(OVERLAY_ENTRY_EXEC);

        return size > suffix && strcmp(text + size - suffix, OVERLAY_ENTRY_EXEC) == 0
                       ? size - suffix
                       : 0;
}

/* NULL: it is not a single value. */
static const char *scalar_text(const YamlNode *node) {
        return node && node->kind == YAML_KIND_SCALAR && !yaml_is_null(node) ? node->text : NULL;
}

static int make_text(Arena *arena, const char *ref, bool exec, char **ret) {
        size_t size = strlen(ref) + sizeof(OVERLAY_ENTRY_EXEC);
        char *text = arena_allocate(arena, size);

        if (!text)
                return -ENOMEM;
        (void) snprintf(text, size, "%s%s", ref, exec ? OVERLAY_ENTRY_EXEC : "");
        *ret = text;
        return 0;
}

static int name_entry(Arena *arena, YamlNode *entry) {
        const char *ref = scalar_text(yaml_get(entry, "ref"));
        const YamlNode *exec = yaml_get(entry, "exec");
        const char *value = scalar_text(exec);

        if (!ref || entry->n_children != (exec ? 4U : 2U) || (exec && !value))
                return 0;
        return make_text(arena, ref, value && strcmp(value, "true") == 0, &entry->text);
}

int overlay_entries_name(Arena *arena, YamlNode *list) {
        if (!list || list->kind != YAML_KIND_SEQUENCE)
                return 0;
        for (YamlNode *entry = list->children; entry; entry = entry->next) {
                int r = entry->kind == YAML_KIND_MAPPING ? name_entry(arena, entry) : 0;

                if (r < 0)
                        return r;
        }
        return 0;
}

static int convert_entry(
        Arena *arena, const YamlNode *entry, const char *prefix, const char **ret) {
        const char *path = scalar_text(yaml_get(entry, "path"));
        char *text = NULL;
        int r;

        if (!path)
                return -EINVAL;
        path = path_below(path, prefix) ?: path;
        r = make_text(arena, path, yaml_get(entry, "alias") != NULL, &text);
        *ret = text;
        return r;
}

static bool is_older(const YamlNode *node) {
        return node->kind == YAML_KIND_MAPPING && yaml_get(node, "path");
}

int overlay_entries_convert(
        Arena *arena, const YamlNode *list, const char *prefix, const char ***ret) {
        _cleanup_free_ const char **texts = NULL;
        bool any = false;
        size_t n = 0;

        *ret = NULL;
        if (!list || list->kind != YAML_KIND_SEQUENCE)
                return 0;
        texts = calloc(list->n_children + 1, sizeof(*texts));
        if (!texts)
                return -ENOMEM;
        for (const YamlNode *node = list->children; node; node = node->next, n++) {
                int r = 0;

                any |= is_older(node);
                if (is_older(node))
                        r = convert_entry(arena, node, prefix, &texts[n]);
                else
                        texts[n] = yaml_element_text(node);
                if (r < 0 || !texts[n])
                        return r == -ENOMEM ? r : 0;
        }
        if (any)
                *ret = TAKE_PTR(texts);
        return 0;
}
