/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/outdated.h"

#include <fcntl.h>
#include <string.h>

#include "base/array.h"
#include "base/path-below.h"
#include "layer/tree-record.h"
#include "spec/overlay-dir.h"

/* --- a layer ---------------------------------------------------------------------------------- */

/* Where the version begins in "REF/versions/ID" or "versions/ID", NULL: it has none. */
static const char *find_version(const char *path) {
        const size_t n = strlen(VERSIONS_PREFIX);
        const char *id = strrchr(path, '/');

        if (!id || (size_t) (id + 1 - path) < n || strncmp(id + 1 - n, VERSIONS_PREFIX, n) != 0)
                return NULL;
        id += 1 - (ptrdiff_t) n;
        return id == path || id[-1] == '/' ? id : NULL;
}

static int split_version(const char *path, MountedLayer *layer) {
        const char *found = find_version(path);
        size_t n = found ? (size_t) (found - path) : strlen(path);

        while (n > 0 && path[n - 1] == '/')
                n--;
        if (found)
                layer->version = strdup(found);
        if (n > 0)
                layer->ref = strndup(path, n);
        return (found && !layer->version) || (n > 0 && !layer->ref) ? -ENOMEM : 0;
}

int mounted_layer_parse(const Paths *paths, const char *path, MountedLayer *ret) {
        const char *overlay = path_below(path, paths->overlays_dir),
                   *game = path_below(path, paths->installation_dir);
        MountedLayer layer = { .is_game = game };
        int r = overlay || game ? split_version(overlay ? overlay : game, &layer) : 0;

        if (r < 0) {
                mounted_layer_done(&layer);
                return r;
        }
        *ret = layer;
        return 0;
}

void mounted_layer_done(MountedLayer *layer) {
        free(layer->ref);
        free(layer->version);
        *layer = (MountedLayer) {};
}

/* --- a server --------------------------------------------------------------------------------- */

/* The version that a start would mount now; NULL: none, or it has no versions. */
static int find_current(const Paths *paths, const MountedLayer *layer, char **ret) {
        _cleanup_close_ int root_fd = -EBADF, fd = -EBADF;
        int r;

        *ret = NULL;
        root_fd =
                open(layer->is_game ? paths->installation_dir : paths->overlays_dir,
                     O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0)
                return 0;
        r = layer->is_game ? overlay_dir_open_current(root_fd, &fd, ret)
                           : overlay_dir_open(root_fd, layer->ref, &fd, ret);
        return r == -ENOMEM ? r : 0;
}

static bool same_version(const char *a, const char *b) {
        return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Takes the layer over. */
static int compare(const Paths *paths, MountedLayer *mounted, OutdatedLayers *layers) {
        OutdatedLayer layer = { .mounted = *mounted }, *grown;
        int r = mounted->is_game || mounted->ref ? find_current(paths, mounted, &layer.current) : 0;

        if (r >= 0 && !same_version(layer.current, mounted->version)) {
                grown = array_for_one_more(layers->items, layers->n_items, sizeof(*grown));
                if (grown) {
                        layers->items = grown;
                        grown[layers->n_items++] = layer;
                        return 0;
                }
                r = -ENOMEM;
        }
        free(layer.current);
        mounted_layer_done(mounted);
        return r;
}

int outdated_layers_find(const Paths *paths, const char *name, OutdatedLayers *ret) {
        _cleanup_(strv_freep) char **lines = NULL;
        int r;

        *ret = (OutdatedLayers) {};
        r = tree_layers_read(paths, name, &lines);
        for (char **line = lines; r >= 0 && *line; line++) {
                MountedLayer mounted = {};

                r = mounted_layer_parse(paths, *line, &mounted);
                if (r >= 0)
                        r = compare(paths, &mounted, ret);
        }
        return r == -ENOENT ? 0 : r;
}

void outdated_layers_clear(OutdatedLayers *layers) {
        for (size_t i = 0; i < layers->n_items; i++) {
                mounted_layer_done(&layers->items[i].mounted);
                free(layers->items[i].current);
        }
        free(layers->items);
        *layers = (OutdatedLayers) {};
}
