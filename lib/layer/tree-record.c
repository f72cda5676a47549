/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/tree-record.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

/* The first line of NAME and suffix. */
static int read_record(const Paths *paths, const char *name, const char *suffix, char **ret) {
        static const uid_t owners[] = { 0 };
        const FileLimits limits = {
                .size_max = TREE_ERROR_MAX,
                .owners = owners,
                .n_owners = ELEMENTSOF(owners),
        };
        char file[INSTANCE_NAME_MAX + sizeof(TREE_DIGEST_SUFFIX)];
        _cleanup_close_ int dir_fd = -EBADF;
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        dir_fd = open(paths->trees_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dir_fd < 0)
                return -errno;
        (void) snprintf(file, sizeof(file), "%s%s", name, suffix);
        r = read_file_beneath(dir_fd, file, &limits, &text, &size);
        if (r < 0)
                return r;

        text[strcspn(text, "\n")] = '\0';
        *ret = TAKE_PTR(text);
        return 0;
}

int tree_error_read(const Paths *paths, const char *name, char **ret) {
        return read_record(paths, name, TREE_ERROR_SUFFIX, ret);
}

static void read_digest(UnitState *state, const Paths *paths, const char *name) {
        int r = read_record(paths, name, TREE_DIGEST_SUFFIX, &state->tree_digest);

        if (r == -ENOENT)
                state->tree_digest = strdup("");
}

int tree_port_read(const Paths *paths, const char *name, uint16_t *ret) {
        _cleanup_free_ char *text = NULL;
        unsigned long port;
        char *end;
        int r;

        r = read_record(paths, name, TREE_PORT_SUFFIX, &text);
        if (r < 0)
                return r;
        port = strtoul(text, &end, 10);
        if (text[0] < '1' || text[0] > '9' || *end != '\0' || port > UINT16_MAX)
                return -EBADMSG;

        *ret = (uint16_t) port;
        return 0;
}

void unit_state_read_tree(UnitState *state, const Paths *paths, const char *name) {
        free(state->tree_error);
        free(state->tree_digest);
        state->tree_error = state->tree_digest = NULL;
        state->tree_port = 0;
        if (!state->overlay_result)
                return;

        if (strcmp(state->overlay_result, "success") == 0) {
                read_digest(state, paths, name);
                (void) !tree_port_read(paths, name, &state->tree_port);
        } else
                (void) !tree_error_read(paths, name, &state->tree_error);
}
