/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree-record.h"

#include <fcntl.h>
#include <string.h>

#include "file.h"

int tree_error_read(const Paths *paths, const char *name, char **ret) {
        static const uid_t owners[] = { 0 };
        const FileLimits limits = {
                .size_max = TREE_ERROR_MAX,
                .owners = owners,
                .n_owners = ELEMENTSOF(owners),
        };
        char file[INSTANCE_NAME_MAX + sizeof(TREE_ERROR_SUFFIX)];
        _cleanup_close_ int dir_fd = -EBADF;
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        dir_fd = open(paths->trees_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dir_fd < 0)
                return -errno;
        (void) snprintf(file, sizeof(file), "%s" TREE_ERROR_SUFFIX, name);
        r = read_file_beneath(dir_fd, file, &limits, &text, &size);
        if (r < 0)
                return r;

        text[strcspn(text, "\n")] = '\0';
        *ret = TAKE_PTR(text);
        return 0;
}

void unit_state_read_tree_error(UnitState *state, const Paths *paths, const char *name) {
        char *text = NULL;

        free(state->tree_error);
        state->tree_error = NULL;
        if (state->overlay_result && strcmp(state->overlay_result, "success") != 0 &&
            tree_error_read(paths, name, &text) >= 0)
                state->tree_error = text;
}
