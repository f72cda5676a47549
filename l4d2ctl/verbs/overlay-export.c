/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl overlay export REF and overlay zip REF [PATH]: a version of an overlay, or a directory of
 * it, as an archive on standard output. left4me-zip writes it from descriptors opened here.
 */

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "content/definition.h"
#include "content/store.h"
#include "layer/versions.h"
#include "spec/overlay-dir.h"
#include "verbs/overlays.h"

#define ZIP_PROGRAM "/usr/lib/left4me/left4me-zip"

/* The directory in the archive has the name of the last part. */
static const char *last_part(const char *path) {
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

static int refuse_terminal(void) {
        if (!isatty(STDOUT_FILENO))
                return CTL_OK;
        log_error("The archive is not for a terminal: write it to a file");
        return CTL_USAGE;
}

/* Returns only when it fails. content_fd becomes the program's standard input. */
static int execute(int content_fd, const char *const *arguments) {
        int r;

        if (dup2(content_fd, STDIN_FILENO) >= 0)
                (void) execv(ZIP_PROGRAM, (char *const *) (uintptr_t) arguments);
        r = -errno;
        (void) log_error_errno(r, "Failed to run %s", ZIP_PROGRAM);
        return CTL_FAILURE;
}

int overlay_zip(Ctl *ctl) {
        const char *ref = ctl->operands[0], *path = ctl->n_operands > 1 ? ctl->operands[1] : ".";
        bool is_top = strcmp(path, ".") == 0 || strcmp(path, "./") == 0;
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = overlay_open_entry(ctl, ref, path, O_RDONLY | O_DIRECTORY, &fd);
        if (r == CTL_OK)
                r = refuse_terminal();
        if (r != CTL_OK)
                return r;
        return execute(
                fd, (const char *[]) { "left4me-zip", last_part(is_top ? ref : path), NULL });
}

/* --- export -------------------------------------------------------------------------------------
 */

/* The directory with overlay.yaml and versions/; -EBADF for an overlay that is its content. */
static int open_store(const Ctl *ctl, const char *ref, int *ret_fd) {
        _cleanup_close_ int root_fd = -EBADF, fd = -EBADF;
        int r;

        r = store_check_ref(ref);
        if (r == CTL_OK)
                r = overlay_open_root(ctl, &root_fd);
        if (r != CTL_OK)
                return r;
        fd = open_beneath(root_fd, ref, O_RDONLY | O_DIRECTORY);
        r = fd < 0 ? fd : overlay_dir_has_versions(fd);
        if (r < 0)
                return overlay_complain(ctl, ref, r);
        *ret_fd = r > 0 ? TAKE_FD(fd) : -EBADF;
        return CTL_OK;
}

/* One of the list of versions, so that an id is never a path. */
static int open_version(const char *ref, int store_fd, const char *id, int *ret_fd) {
        _cleanup_(version_list_clear) VersionList list = {};
        _cleanup_free_ char *path = NULL;
        int r;

        r = store_fd < 0 ? 0 : version_list_load(store_fd, &list);
        if (r >= 0 && !version_list_find(&list, id)) {
                log_error(
                        "No version '%s' of the overlay '%s': see 'l4d2ctl overlay versions %s'",
                        id, ref, ref);
                return CTL_NO_INSTANCE;
        }
        if (r >= 0 && asprintf(&path, VERSIONS_PREFIX "%s", id) < 0) {
                path = NULL;
                r = -ENOMEM;
        }
        if (r >= 0)
                r = open_beneath(store_fd, path, O_RDONLY | O_DIRECTORY);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to open version %s of the overlay '%s'", id, ref);
                return store_exit_code(r);
        }
        *ret_fd = r;
        return CTL_OK;
}

static int open_content(Ctl *ctl, const char *ref, int store_fd, int *ret_fd) {
        if (ctl->options.version)
                return open_version(ref, store_fd, ctl->options.version, ret_fd);
        return overlay_open_entry(ctl, ref, ".", O_RDONLY | O_DIRECTORY, ret_fd);
}

int overlay_export(Ctl *ctl) {
        const char *ref = ctl->operands[0];
        _cleanup_close_ int store_fd = -EBADF, fd = -EBADF, inherited = -EBADF;
        char number[16];
        int r;

        r = refuse_terminal();
        if (r == CTL_OK)
                r = open_store(ctl, ref, &store_fd);
        if (r == CTL_OK)
                r = open_content(ctl, ref, store_fd, &fd);
        if (r != CTL_OK)
                return r;
        if (store_fd >= 0) {
                inherited = fcntl(store_fd, F_DUPFD, 3);
                if (inherited < 0) {
                        (void) log_error_errno(-errno, "Failed to run %s", ZIP_PROGRAM);
                        return CTL_FAILURE;
                }
        }
        (void) snprintf(number, sizeof(number), "%d", inherited);
        /* Scripts are for admins to see. */
        return execute(
                fd, (const char *[]) { "left4me-zip", "--tar", last_part(ref),
                                       inherited >= 0 ? number : NULL, OVERLAY_FILE,
                                       ctl->is_limited ? NULL : OVERLAY_SCRIPT_FILE, NULL });
}
