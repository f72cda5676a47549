/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/layers.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "layer/outdated.h"
#include "layer/tree-record.h"
#include "spec/overlay-dir.h"
#include "specs/instance.h"

static void layer_done(ContentLayer *layer) {
        free(layer->name);
        free(layer->version);
}

void layers_done(LayerList *layers) {
        for (size_t i = 0; i < layers->n; i++) {
                layer_done(&layers->items[i]);
                safe_close(layers->fds[i]);
        }
        free(layers->items);
        free(layers->fds);
        *layers = (LayerList) {};
}

/* Takes over the layer and the descriptor, which is negative with an error. */
static int push(LayerList *list, ContentLayer layer, int fd) {
        _cleanup_close_ int owned = fd;
        ContentLayer *items = array_for_one_more(list->items, list->n, sizeof(*items));
        int *fds;

        if (items)
                list->items = items;
        fds = array_for_one_more(list->fds, list->n, sizeof(*fds));
        if (fds)
                list->fds = fds;
        if (!items || !fds) {
                layer_done(&layer);
                return -ENOMEM;
        }
        layer.error = fd < 0 ? fd : 0;
        list->items[list->n] = layer;
        list->fds[list->n++] = TAKE_FD(owned);
        return 0;
}

/* --- the game and overlays as they are now ---------------------------------------------------- */

/* Without a game the list has none. */
static int push_game(const Ctl *ctl, LayerList *list) {
        _cleanup_close_ int root_fd = -EBADF;
        ContentLayer layer = { .kind = "game" };
        int fd = -EBADF, r;

        root_fd = open(ctl->paths->installation_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        r = root_fd < 0 ? -errno : overlay_dir_open_current(root_fd, &fd, &layer.version);
        return r == -ENOMEM ? r : push(list, layer, r < 0 ? r : fd);
}

static int push_overlay(int root_fd, const char *ref, LayerList *list) {
        ContentLayer layer = { .kind = "overlay", .name = strdup(ref) };
        int fd = -EBADF, r;

        if (!layer.name)
                return -ENOMEM;
        r = overlay_dir_open(root_fd, ref, &fd, &layer.version);
        return push(list, layer, r < 0 ? r : fd);
}

int layers_of_overlay(Ctl *ctl, int root_fd, const char *ref, LayerList *ret) {
        int r;

        *ret = (LayerList) {};
        r = push_overlay(root_fd, ref, ret);
        if (r >= 0)
                r = push_game(ctl, ret);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read the overlay '%s'", ref);
                layers_done(ret);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

/* --- the tree of a server --------------------------------------------------------------------- */

/* A directory that only exists while the server has a tree. */
static int push_directory(
        LayerList *list, const char *kind, const char *directory, const char *name,
        const char *below) {
        char path[PATH_MAX];
        int fd;

        (void) snprintf(path, sizeof(path), "%s/%s%s", directory, name, below);
        fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT)
                return 0;
        return push(list, (ContentLayer) { .kind = kind }, fd < 0 ? -errno : fd);
}

/* A line of the record about the mounted tree. */
static int push_line(const Ctl *ctl, const char *path, LayerList *list) {
        _cleanup_close_ int root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        MountedLayer mounted;
        ContentLayer layer;
        int r;

        r = mounted_layer_parse(ctl->paths, path, &mounted);
        if (r < 0)
                return r;
        layer = (ContentLayer) {
                .kind = mounted.is_game ? "game" : "overlay",
                .name = mounted.ref,
                .version = mounted.version,
        };
        return push(
                list, layer, open_beneath(root_fd, path + strspn(path, "/"), O_PATH | O_DIRECTORY));
}

static int push_mounted(const Ctl *ctl, char *const *lines, LayerList *list) {
        int r = 0;

        list->is_mounted = true;
        for (; *lines && r >= 0; lines++)
                r = push_line(ctl, *lines, list);
        return r;
}

static int push_next(const Ctl *ctl, const Spec *spec, LayerList *list) {
        _cleanup_close_ int root_fd =
                open(ctl->paths->overlays_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        int r = 0;

        for (char **ref = spec->overlays; *ref && r >= 0; ref++)
                r = push_overlay(root_fd, *ref, list);
        return r < 0 ? r : push_game(ctl, list);
}

int layers_of_server(Ctl *ctl, const char *name, LayerList *ret) {
        _cleanup_(strv_freep) char **lines = NULL;
        _cleanup_(spec_freep) Spec *spec = NULL;
        int r;

        *ret = (LayerList) {};
        r = instance_load(ctl, name, &spec);
        if (r != CTL_OK)
                return r;
        r = push_directory(ret, "server", ctl->paths->runtime_dir, name, "/upper");
        if (r >= 0)
                r = push_directory(ret, "instance", ctl->paths->layers_dir, name, "");
        if (r >= 0) {
                r = tree_layers_read(ctl->paths, name, &lines);
                if (r == -ENOENT)
                        r = push_next(ctl, spec, ret);
                else if (r >= 0)
                        r = push_mounted(ctl, lines, ret);
        }
        if (r < 0) {
                (void) log_error_errno(r, "Failed to find the layers of '%s'", name);
                layers_done(ret);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

/* --- words ------------------------------------------------------------------------------------ */

const char *layer_label(const ContentLayer *layer) {
        return layer->name ? layer->name : layer->kind;
}

int layers_to_json(const LayerList *layers, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        int r;

        r = sd_json_variant_new_array(&array, NULL, 0);
        for (size_t i = 0; i < layers->n && r >= 0; i++) {
                const ContentLayer *layer = &layers->items[i];

                r = sd_json_variant_append_arraybo(
                        &array, SD_JSON_BUILD_PAIR_STRING("kind", layer->kind),
                        SD_JSON_BUILD_PAIR_STRING("name", layer->name),
                        SD_JSON_BUILD_PAIR_STRING("version", layer->version),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_readable", layer->error == 0));
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(array);
        return 0;
}

int content_of_layers(Ctl *ctl, const LayerList *layers, ContentReport *ret) {
        const ContentLayers content = {
                .fds = layers->fds,
                .n = layers->n,
                .n_checked = layers->n > 0 ? layers->n - 1 : 0,
                .root = ctl->paths->root,
        };
        int r;

        r = content_report(&content, ret);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to look at the content");
                return CTL_FAILURE;
        }
        return CTL_OK;
}
