/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl disk: how much room each layer takes: versions of the game, overlays, and what each
 * server wrote. As root; others see what they may read, and are told what they may not.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "base/tree-size.h"
#include "common/listing.h"
#include "common/output.h"
#include "common/terminal.h"
#include "spec/overlay-dir.h"
#include "spec/state-dir.h"
#include "verbs/verbs.h"

enum { LAYERS_MAX = 16384 };

/* Where the rows go: a table, or JSON. */
typedef struct Output {
        Listing *listing;
        sd_json_variant *array;
        bool is_incomplete; /* a layer could not be read */
} Output;

static void output_done(Output *output) {
        listing_free(output->listing);
        sd_json_variant_unref(output->array);
}

static int add_json(
        Output *output, const char *kind, const char *name, const char *path,
        const TreeSize *size) {
        return sd_json_variant_append_arraybo(
                &output->array, SD_JSON_BUILD_PAIR_STRING("kind", kind),
                SD_JSON_BUILD_PAIR_STRING("name", name), SD_JSON_BUILD_PAIR_STRING("path", path),
                SD_JSON_BUILD_PAIR_UNSIGNED("bytes", size->bytes),
                SD_JSON_BUILD_PAIR_UNSIGNED("saved_bytes", size->saved),
                SD_JSON_BUILD_PAIR_UNSIGNED("n_files", size->n_files));
}

static int add_row(Output *output, const char *kind, const char *name, const TreeSize *size) {
        char bytes[SIZE_TEXT_MAX], saved[SIZE_TEXT_MAX], files[24];

        (void) snprintf(files, sizeof(files), "%" PRIu64, size->n_files);
        return listing_add(
                output->listing,
                (const char *[]) { kind, name, size_format(size->bytes, bytes),
                                   size->saved == 0 ? NULL : size_format(size->saved, saved),
                                   files });
}

/* path: below root_fd, which is root. */
static int add_layer(
        Output *output, const char *kind, const char *name, int root_fd, const char *root,
        const char *path) {
        _cleanup_free_ char *whole = NULL;
        TreeSize size;
        int r;

        if (asprintf(&whole, "%s/%s", root, path) < 0)
                return -ENOMEM;
        r = tree_size(root_fd, path, &size);
        if (r == -ENOENT)
                return 0;
        if (r == -EACCES || r == -ELOOP) {
                (void) log_error_errno(r, "Failed to examine %s", whole);
                output->is_incomplete = true;
                return 0;
        }
        if (r < 0)
                return r;
        if (size.is_partial) {
                log_error(
                        "Failed to look at all of %s: a directory in it was moved meanwhile, so "
                        "it takes more space than is shown here",
                        whole);
                output->is_incomplete = true;
        }
        return output->listing ? add_row(output, kind, name, &size)
                               : add_json(output, kind, name, whole, &size);
}

/* No link: "versions" is in the hands of steamcmd's user. */
static int open_dir(const char *path, int *ret_fd) {
        *ret_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return *ret_fd < 0 ? -errno : 0;
}

/* Every directory NAME of root, at root/NAME and suffix; a root that isn't there has none. */
static int add_each(Output *output, const char *kind, const char *root, const char *suffix) {
        _cleanup_(strv_freep) char **names = NULL;
        _cleanup_close_ int root_fd = -EBADF;
        int r;

        r = open_dir(root, &root_fd);
        if (r == -ENOENT)
                return 0;
        if (r == -ENOTDIR || r == -EACCES) {
                (void) log_error_errno(r, "Failed to examine %s", root);
                output->is_incomplete = true;
                return 0;
        }
        if (r >= 0)
                r = state_dir_list(root_fd, "", LAYERS_MAX, &names);
        for (char **name = names; r >= 0 && *name; name++) {
                _cleanup_free_ char *path = NULL;

                if (asprintf(&path, "%s%s", *name, suffix) < 0)
                        return -ENOMEM;
                r = add_layer(output, kind, *name, root_fd, root, path);
        }
        return r;
}

static int add_versions(Output *output, const char *installation) {
        _cleanup_free_ char *versions = NULL;

        if (asprintf(&versions, "%s/versions", installation) < 0)
                return -ENOMEM;
        return add_each(output, "game", versions, "");
}

/* The versions of an overlay that has some: only its owner can read what is being made. */
static int add_overlay(Output *output, int root_fd, const char *root, const char *ref) {
        _cleanup_close_ int fd = open_beneath(root_fd, ref, O_PATH | O_DIRECTORY);
        _cleanup_free_ char *versions = NULL;
        int r = fd < 0 ? 0 : overlay_dir_has_versions(fd);

        if (r == -EACCES)
                r = 0; /* add_layer() says so */
        if (r > 0 && asprintf(&versions, "%s/versions", ref) < 0)
                return -ENOMEM;
        return r < 0 ? r : add_layer(output, "overlay", ref, root_fd, root, versions ?: ref);
}

static int add_overlays(Output *output, const char *root) {
        _cleanup_(strv_freep) char **refs = NULL;
        _cleanup_close_ int root_fd = -EBADF;
        int r;

        r = open_dir(root, &root_fd);
        if (r == -ENOENT)
                return 0;
        if (r >= 0)
                r = overlay_dir_list(root_fd, &refs);
        for (char **ref = refs; r >= 0 && *ref; ref++)
                r = add_overlay(output, root_fd, root, *ref);
        return r;
}

static int add_all(Output *output, const Paths *paths) {
        int r;

        r = add_versions(output, paths->installation_dir);
        if (r >= 0)
                r = add_overlays(output, paths->overlays_dir);
        if (r >= 0)
                r = add_each(output, "server", paths->runtime_dir, "/upper");
        return r;
}

static int print_as_json(const Ctl *ctl, Output *output) {
        const char *state_dir = ctl->paths->state_dir;
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        struct statvfs fs;
        int r;

        r = statvfs(state_dir, &fs) < 0 ? -errno : 0;
        if (r >= 0)
                r = sd_json_buildo(
                        &object, SD_JSON_BUILD_PAIR_STRING("path", state_dir),
                        SD_JSON_BUILD_PAIR_UNSIGNED("total_bytes", fs.f_blocks * fs.f_frsize),
                        SD_JSON_BUILD_PAIR_UNSIGNED("available_bytes", fs.f_bavail * fs.f_frsize),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_complete", !output->is_incomplete),
                        SD_JSON_BUILD_PAIR_VARIANT("layers", output->array));
        if (r < 0) {
                (void) log_error_errno(r, "Failed to examine %s", state_dir);
                return CTL_FAILURE;
        }
        return output_json(ctl, object);
}

int verb_disk(Ctl *ctl) {
        static const ListingColumn columns[] = { { N_("KIND"), false }, { N_("NAME"), false },
                                                 { N_("SIZE"), true },  { N_("SAVED"), true },
                                                 { N_("FILES"), true }, {} };
        _cleanup_(output_done) Output output = {};
        int r;

        r = ctl->options.json ? sd_json_variant_new_array(&output.array, NULL, 0)
                              : listing_new(columns, &output.listing);
        if (r >= 0)
                r = add_all(&output, ctl->paths);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to measure the layers");
                return CTL_FAILURE;
        }
        r = ctl->options.json ? print_as_json(ctl, &output) : listing_print(output.listing);
        return exit_code_merge(r, output.is_incomplete ? CTL_FAILURE : CTL_OK);
}
