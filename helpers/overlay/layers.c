/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "overlay/layers.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/text.h"
#include "layer/overlay-readable.h"
#include "layer/tree-record.h"
#include "spec/overlay-dir.h"

enum {
        /* The kernel takes at most 255 bytes as the value of a mount option. */
        LAYER_PATH_MAX = 255,
};

/* Why a layer can't be used, in words that fit behind its name. */
static const char *explain(int error) {
        switch (-error) {
        case ENAMETOOLONG:
                return _("has a path of more than 255 bytes");
        case EEXIST:
                return _("is the same as, or lies within, another layer of this server");
        default:
                return overlay_error_message(error);
        }
}

/* Takes over fd. */
static int push(LayerStack *stack, int fd, const char *root, const char *ref, const char *version) {
        _cleanup_close_ int owned = fd;
        _cleanup_free_ char *path = NULL;

        if (asprintf(
                    &path, "%s%s%s%s%s", root, ref ? "/" : "", ref ?: "", version ? "/" : "",
                    version ?: "") < 0) {
                path = NULL;
                return -ENOMEM;
        }
        if (strlen(path) > LAYER_PATH_MAX)
                return -ENAMETOOLONG;

        for (size_t i = 0; i < stack->n_items; i++)
                if (layer_concerns(stack->items[i].path, path, LAYER_IN_PATH))
                        return -EEXIST;

        stack->items[stack->n_items++] = (Layer) { .path = TAKE_PTR(path), .fd = TAKE_FD(owned) };
        return 0;
}

static int push_overlay(LayerStack *stack, int root_fd, const char *root, const char *ref) {
        _cleanup_free_ char *version = NULL;
        int fd = -EBADF, r;

        r = overlay_dir_open(root_fd, ref, &fd, &version);
        return r < 0 ? r : push(stack, fd, root, ref, version);
}

/* Names the file that lists the overlay, because that is where an admin fixes it. */
static void complain(const Paths *paths, const Spec *spec, const char *ref, int error) {
        char file[PATH_MAX];

        if (spec->blueprint)
                (void) snprintf(
                        file, sizeof(file), "%s/%s.yaml", paths->blueprints_dir, spec->blueprint);
        else
                (void) snprintf(
                        file, sizeof(file), "%s/%s/spec.yaml", paths->instances_dir,
                        spec->settings.name);
        log_error(
                "Failed to mount overlay '%s' named in %s: %s/%s %s", ref, file,
                paths->overlays_dir, ref, explain(error));
}

/* An unreadable file may be one that the game doesn't need; an unreadable directory hides all that
 * is in it and below it. */
static int check_readable(const Layer *layer) {
        _cleanup_(unreadable_done) Unreadable unreadable = {};
        int r;

        r = overlay_find_unreadable(layer->fd, &unreadable);
        if (r < 0)
                return log_error_errno(r, "Failed to examine %s", layer->path);
        if (!unreadable.path)
                return 0;
        if (!unreadable.is_directory) {
                log_warning(
                        "%s/%s can't be read by left4me-game; run \"chmod -R o+rX %s\"",
                        layer->path, unreadable.path, layer->path);
                return 0;
        }

        log_error(
                "Failed to mount the overlay %s: left4me-game can't read its directory %s; run "
                "\"chmod -R o+rX %s\"",
                layer->path, unreadable.path, layer->path);
        return -EACCES;
}

static int push_overlays(LayerStack *stack, const Paths *paths, const Spec *spec) {
        _cleanup_close_ int root_fd = -EBADF;
        int r;

        if (!spec->overlays || !*spec->overlays)
                return 0;

        root_fd = open(paths->overlays_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0)
                return log_error_errno(-errno, "Failed to open %s", paths->overlays_dir);

        for (char **ref = spec->overlays; *ref; ref++) {
                if (stack->n_items == SPEC_OVERLAYS_MAX)
                        return log_error_errno(-E2BIG, "Failed to stack the overlays");

                r = push_overlay(stack, root_fd, paths->overlays_dir, *ref);
                if (r < 0) {
                        complain(paths, spec, *ref, r);
                        return r;
                }

                r = check_readable(&stack->items[stack->n_items - 1]);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int push_installation(LayerStack *stack, const Paths *paths) {
        _cleanup_close_ int root_fd = -EBADF;
        _cleanup_free_ char *version = NULL;
        int fd = -EBADF, r;

        root_fd = open(paths->installation_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        r = root_fd < 0 ? -errno : overlay_dir_open_current(root_fd, &fd, &version);
        if (r >= 0)
                r = push(stack, fd, paths->installation_dir, NULL, version);
        if (r == -ENODATA || r == -ENOENT)
                log_error(
                        "Failed to mount the game: %s has no finished installation; run "
                        "\"l4d2ctl install\"",
                        paths->installation_dir);
        else if (r < 0)
                log_error("Failed to mount the game: %s %s", paths->installation_dir, explain(r));

        return r;
}

int layer_stack_resolve(LayerStack *stack, const Paths *paths, const Spec *spec) {
        int r;

        r = push_overlays(stack, paths, spec);
        if (r < 0)
                return r;

        return push_installation(stack, paths);
}

int layer_stack_is_in_place(const LayerStack *stack) {
        for (size_t i = 0; i < stack->n_items; i++) {
                struct stat mounted, there;

                if (fstat(stack->items[i].fd, &mounted) < 0)
                        return -errno;
                if (lstat(stack->items[i].path, &there) < 0)
                        return errno == ENOENT ? 0 : -errno;
                if (mounted.st_dev != there.st_dev || mounted.st_ino != there.st_ino)
                        return 0;
        }
        return 1;
}

void layer_stack_done(LayerStack *stack) {
        for (size_t i = 0; i < stack->n_items; i++) {
                free(stack->items[i].path);
                safe_close(stack->items[i].fd);
        }
        stack->n_items = 0;
}
