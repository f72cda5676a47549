/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/tree-record.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/path-below.h"

/* A file of root, whole. */
static int read_file(int dir_fd, const char *file, size_t size_max, char **ret) {
        static const uid_t owners[] = { 0 };
        const FileLimits limits = {
                .size_max = size_max,
                .owners = owners,
                .n_owners = ELEMENTSOF(owners),
                .linked = true, /* one that was replaced since it was opened has no name */
        };
        size_t size;

        return read_file_beneath(dir_fd, file, &limits, ret, &size);
}

/* The first line of NAME and suffix. */
static int read_record(const Paths *paths, const char *name, const char *suffix, char **ret) {
        char file[INSTANCE_NAME_MAX + sizeof(TREE_DIGEST_SUFFIX)];
        _cleanup_close_ int dir_fd = -EBADF;
        _cleanup_free_ char *text = NULL;
        int r;

        dir_fd = open(paths->trees_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dir_fd < 0)
                return -errno;
        (void) snprintf(file, sizeof(file), "%s%s", name, suffix);
        r = read_file(dir_fd, file, TREE_ERROR_MAX, &text);
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

static bool is_layers_file(const char *name) {
        size_t n = strlen(name), suffix = strlen(TREE_LAYERS_SUFFIX);

        return n > suffix && name[0] != '.' && strcmp(name + n - suffix, TREE_LAYERS_SUFFIX) == 0;
}

bool layer_concerns(const char *layer, const char *path, LayerScope scope) {
        return path_is_in(path, layer) || (scope == LAYER_IN_PATH && path_is_in(layer, path));
}

/* 1: a line of the file concerns path; a file that goes meanwhile belongs to a tree that is
 * unmounted. */
static int has_line(int dir_fd, const char *file, const char *path, LayerScope scope) {
        _cleanup_free_ char *text = NULL;
        char *save = NULL;
        int r;

        r = read_file(dir_fd, file, TREE_LAYERS_MAX, &text);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
                if (layer_concerns(line, path, scope))
                        return 1;
        return 0;
}

static int split_lines(char *text, char ***ret) {
        _cleanup_(strv_freep) char **lines = NULL;
        char *save = NULL;
        size_t n = 0;

        for (const char *c = text; *c != '\0'; c++)
                n += *c == '\n';
        lines = calloc(n + 2, sizeof(char *));
        if (!lines)
                return -ENOMEM;
        n = 0;
        for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                lines[n] = strdup(line);
                if (!lines[n++])
                        return -ENOMEM;
        }
        *ret = TAKE_PTR(lines);
        return 0;
}

int tree_layers_read(const Paths *paths, const char *name, char ***ret) {
        _cleanup_close_ int dir_fd = -EBADF;
        char file[INSTANCE_NAME_MAX + sizeof(TREE_LAYERS_SUFFIX)];
        _cleanup_free_ char *text = NULL;
        int r;

        dir_fd = open(paths->trees_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dir_fd < 0)
                return -errno;
        (void) snprintf(file, sizeof(file), "%s" TREE_LAYERS_SUFFIX, name);
        r = read_file(dir_fd, file, TREE_LAYERS_MAX, &text);
        return r < 0 ? r : split_lines(text, ret);
}

int tree_layers_find(const Paths *paths, const char *path, LayerScope scope) {
        _cleanup_(closedirp) DIR *dir = opendir(paths->trees_dir);
        const struct dirent *entry;
        int r;

        if (!dir)
                return errno == ENOENT ? 0 : -errno;
        while ((r = next_entry(dir, &entry)) > 0) {
                r = is_layers_file(entry->d_name) ? has_line(dirfd(dir), entry->d_name, path, scope)
                                                  : 0;
                if (r != 0)
                        return r;
        }
        return r;
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
