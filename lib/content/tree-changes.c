/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/tree-changes.h"

#include <limits.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "layer/tree-edit.h"

/* A text at a key: 1; none: 0; something else, or with a NUL in it: -EINVAL. */
static int get_text(sd_json_variant *object, const char *key, const char **ret) {
        sd_json_variant *value = sd_json_variant_by_key(object, key);

        if (!value || sd_json_variant_is_null(value)) {
                *ret = NULL;
                return 0;
        }
        *ret = sd_json_variant_string(value);
        return *ret ? 1 : -EINVAL;
}

static int get_path(sd_json_variant *object, const char *key, const char **ret) {
        const char *path;

        if (get_text(object, key, &path) <= 0 || strlen(path) > TREE_CHANGE_PATH_MAX ||
            !utf8_is_printable(path) || !tree_path_is_valid(path))
                return -EINVAL;
        *ret = path;
        return 0;
}

static bool is_sha256(const char *text) {
        return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

bool upload_name_is_valid(const char *name) {
        static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789:-_";
        size_t n = strlen(name);

        return n > 0 && n <= NAME_MAX && strspn(name, characters) == n;
}

/* --- one change ---------------------------------------------------------------------------------
 */

static int parse_put(sd_json_variant *object, TreeChange *change) {
        if (get_text(object, "text", &change->text) < 0 ||
            get_text(object, "match", &change->match) < 0 ||
            get_text(object, "upload", &change->upload) < 0 ||
            get_text(object, "sha256", &change->sha256) < 0 ||
            get_text(object, "parts_sha256", &change->parts_sha256) < 0 ||
            !change->text == !change->upload || (change->sha256 && change->parts_sha256))
                return -EINVAL;
        if (change->upload) {
                change->kind = TREE_CHANGE_UPLOAD;
                return upload_name_is_valid(change->upload) && !change->match &&
                                       (!change->sha256 || is_sha256(change->sha256)) &&
                                       (!change->parts_sha256 || is_sha256(change->parts_sha256))
                               ? 0
                               : -EINVAL;
        }
        change->kind = TREE_CHANGE_TEXT;
        return !change->sha256 && !change->parts_sha256 &&
                               strlen(change->text) <= TREE_CHANGE_TEXT_MAX &&
                               (!change->match || !change->match[0] || is_sha256(change->match))
                       ? 0
                       : -EINVAL;
}

static int parse_move(sd_json_variant *object, TreeChange *change) {
        change->kind = TREE_CHANGE_MOVE;
        return get_path(object, "to", &change->to);
}

static int parse_mkdir(sd_json_variant *object, TreeChange *change) {
        change->kind = TREE_CHANGE_MKDIR;
        return get_text(object, "match", &change->match) < 0 || (change->match && change->match[0])
                       ? -EINVAL
                       : 0;
}

static int parse_remove(_unused_ sd_json_variant *object, TreeChange *change) {
        change->kind = TREE_CHANGE_REMOVE;
        return 0;
}

static const struct {
        const char *name;
        int (*parse)(sd_json_variant *object, TreeChange *change);
} kinds[] = {
        { "mkdir", parse_mkdir },
        { "remove", parse_remove },
        { "move", parse_move },
        { "put", parse_put },
};

static int parse_change(sd_json_variant *object, TreeChange *ret) {
        const char *word;

        if (!sd_json_variant_is_object(object) || get_text(object, "do", &word) <= 0 ||
            get_path(object, "path", &ret->path) < 0)
                return -EINVAL;
        for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
                if (strcmp(kinds[i].name, word) == 0)
                        return kinds[i].parse(object, ret);
        return -EINVAL;
}

/* --- the list -----------------------------------------------------------------------------------
 */

static int parse_exists(sd_json_variant *object, TreeChangeExists *ret) {
        static const char *const words[_TREE_EXISTS_MAX] = { "refuse", "replace", "keep-both" };
        const char *word;
        int r = get_text(object, "if_exists", &word);

        for (int i = 0; r > 0 && i < _TREE_EXISTS_MAX; i++)
                if (strcmp(words[i], word) == 0) {
                        *ret = (TreeChangeExists) i;
                        return 0;
                }
        return r == 0 ? 0 : -EINVAL;
}

static int parse_list(sd_json_variant *list, TreeChanges *changes) {
        size_t n = sd_json_variant_elements(list);
        int r = 0;

        changes->items = calloc(n, sizeof(*changes->items));
        if (!changes->items)
                return -ENOMEM;
        changes->n_items = n;
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = parse_change(sd_json_variant_by_index(list, i), &changes->items[i]);
        return r;
}

int tree_changes_parse(const char *text, TreeChanges *ret, const char **ret_problem) {
        sd_json_variant *list;
        int r;

        *ret = (TreeChanges) {};
        *ret_problem = N_("it is not a list of changes");
        r = sd_json_parse(text, 0, &ret->json, NULL, NULL);
        if (r < 0)
                return r == -ENOMEM ? r : -EINVAL;
        list = sd_json_variant_by_key(ret->json, "changes");
        if (!sd_json_variant_is_object(ret->json) || !sd_json_variant_is_array(list) ||
            parse_exists(ret->json, &ret->exists) < 0)
                return -EINVAL;
        *ret_problem = N_("it has no changes");
        if (sd_json_variant_elements(list) == 0)
                return -EINVAL;
        *ret_problem = N_("it has more than 20000 changes");
        if (sd_json_variant_elements(list) > TREE_CHANGES_MAX)
                return -E2BIG;
        *ret_problem = N_("one of its changes is invalid");
        return parse_list(list, ret);
}

void tree_changes_clear(TreeChanges *changes) {
        free(changes->items);
        sd_json_variant_unref(changes->json);
        *changes = (TreeChanges) {};
}
