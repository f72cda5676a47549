/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "overlay-layers.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "log.h"
#include "name.h"

#define VERSIONS "versions/"

enum {
        /* The kernel takes at most 255 bytes as the value of a mount option. */
        LAYER_PATH_MAX = 255,
};

/* Why a layer can't be used, in words that fit behind its name. */
static const char *explain(int error) {
        switch (-error) {
        case ENOENT:
                return "does not exist";
        case ELOOP:
                return "is reached through a symbolic link, which is not accepted";
        case EXDEV:
                return "leads out of its directory, which is not accepted";
        case ENOTDIR:
                return "is not a directory";
        case ENODATA:
                return "has no finished version yet (no link \"current\")";
        case EBADMSG:
                return "has a link \"current\" that does not say versions/ID";
        case ESTALE:
                return "has a link \"current\" to a version that does not exist";
        case ENAMETOOLONG:
                return "has a path of more than 255 bytes";
        case EEXIST:
                return "is the same as, or lies within, another layer of this server";
        default:
                return strerror(-error);
        }
}

static int exists(int dir_fd, const char *name) {
        struct stat st;

        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) >= 0)
                return 1;
        return errno == ENOENT ? 0 : -errno;
}

/*
 * Reads "current" by hand: it is the one symlink of the tree that counts, and it may say exactly
 * versions/ID. ret_version gets that text.
 */
static int read_current(int dir_fd, char **ret_version) {
        char target[sizeof(VERSIONS) + REF_COMPONENT_MAX + 1];
        const char *id = target + strlen(VERSIONS);
        ssize_t n;

        n = readlinkat(dir_fd, "current", target, sizeof(target));
        if (n < 0)
                return errno == ENOENT ? -ENODATA : errno == EINVAL ? -EBADMSG : -errno;
        if ((size_t) n >= sizeof(target))
                return -EBADMSG;
        target[n] = '\0';

        if (strncmp(target, VERSIONS, strlen(VERSIONS)) != 0 || strchr(id, '/') ||
            !ref_is_valid(id))
                return -EBADMSG;

        *ret_version = strdup(target);
        return *ret_version ? 0 : -ENOMEM;
}

/* The directory to mount for dir_fd: its current version. ret_version is NULL for itself. */
static int open_current(int dir_fd, int *ret_fd, char **ret_version) {
        _cleanup_free_ char *version = NULL;
        int r;

        r = read_current(dir_fd, &version);
        if (r < 0)
                return r;

        r = open_beneath(dir_fd, version, O_PATH | O_DIRECTORY);
        if (r < 0)
                return r == -ENOENT ? -ESTALE : r;

        *ret_fd = r;
        *ret_version = TAKE_PTR(version);
        return 0;
}

/* Neither a definition nor versions: the directory is the layer. */
static int is_plain(int dir_fd) {
        int r;

        r = exists(dir_fd, "current");
        if (r != 0)
                return r < 0 ? r : 0;

        r = exists(dir_fd, "overlay.yaml");
        return r < 0 ? r : !r;
}

static bool lies_within(const char *path, const char *directory) {
        size_t n = strlen(directory);

        return strncmp(path, directory, n) == 0 && (path[n] == '\0' || path[n] == '/');
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
                if (lies_within(path, stack->items[i].path) ||
                    lies_within(stack->items[i].path, path))
                        return -EEXIST;

        stack->items[stack->n_items++] = (Layer) { .path = TAKE_PTR(path), .fd = TAKE_FD(owned) };
        return 0;
}

static int push_overlay(LayerStack *stack, int root_fd, const char *root, const char *ref) {
        _cleanup_close_ int dir_fd = -EBADF;
        _cleanup_free_ char *version = NULL;
        int fd = -EBADF, r;

        if (!ref_is_valid(ref))
                return -EINVAL;

        dir_fd = open_beneath(root_fd, ref, O_PATH | O_DIRECTORY);
        if (dir_fd < 0)
                return dir_fd;

        r = is_plain(dir_fd);
        if (r < 0)
                return r;
        if (r > 0)
                return push(stack, TAKE_FD(dir_fd), root, ref, NULL);

        r = open_current(dir_fd, &fd, &version);
        if (r < 0)
                return r;

        return push(stack, fd, root, ref, version);
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
                        log_error(
                                "Failed to mount overlay '%s' named in %s/%s/spec.yaml: %s/%s %s",
                                *ref, paths->instances_dir, spec->settings.name,
                                paths->overlays_dir, *ref, explain(r));
                        return r;
                }
        }

        return 0;
}

static int push_installation(LayerStack *stack, const Paths *paths) {
        _cleanup_close_ int root_fd = -EBADF;
        _cleanup_free_ char *version = NULL;
        int fd = -EBADF, r;

        root_fd = open(paths->installation_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        r = root_fd < 0 ? -errno : open_current(root_fd, &fd, &version);
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

void layer_stack_done(LayerStack *stack) {
        for (size_t i = 0; i < stack->n_items; i++) {
                free(stack->items[i].path);
                safe_close(stack->items[i].fd);
        }
        stack->n_items = 0;
}
