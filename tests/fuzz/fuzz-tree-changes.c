/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/utf8.h"
#include "content/tree-changes.h"
#include "fuzz.h"
#include "layer/tree-edit.h"

/* From any text: changes whose paths stay in the tree, or a problem. */

static void check_path(const char *path) {
        FUZZ_CHECK(path && tree_path_is_valid(path) && utf8_is_printable(path));
        FUZZ_CHECK(path[0] != '/' && strncmp(path, "../", 3) != 0 && !strstr(path, "/../"));
}

static void check_change(const TreeChange *change) {
        check_path(change->path);
        if (change->kind == TREE_CHANGE_MOVE)
                check_path(change->to);
        FUZZ_CHECK((change->kind == TREE_CHANGE_TEXT) == (change->text != NULL));
        FUZZ_CHECK((change->kind == TREE_CHANGE_UPLOAD) == (change->upload != NULL));
        FUZZ_CHECK(!change->upload || !strpbrk(change->upload, "/."));
        FUZZ_CHECK(!change->sha256 || strlen(change->sha256) == 64);
        FUZZ_CHECK(!change->parts_sha256 || strlen(change->parts_sha256) == 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(tree_changes_clear) TreeChanges changes = {};
        _cleanup_free_ char *text = strndup((const char *) data, size);
        const char *problem = NULL;
        int r;

        FUZZ_CHECK(text);
        r = tree_changes_parse(text, &changes, &problem);
        FUZZ_CHECK(r >= 0 || problem);
        for (size_t i = 0; r >= 0 && i < changes.n_items; i++)
                check_change(&changes.items[i]);
        return 0;
}
