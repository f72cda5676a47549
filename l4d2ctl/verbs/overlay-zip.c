/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* l4d2ctl overlay zip REF [PATH]: a directory of an overlay's current version as an archive. */

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "content/store.h"
#include "spec/overlay-dir.h"
#include "verbs/overlays.h"

#define ZIP_PROGRAM "/usr/lib/left4me/left4me-zip"

/* The directory in the archive has the name of the last part. */
static const char *last_part(const char *path) {
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

int overlay_zip(Ctl *ctl) {
        const char *ref = ctl->operands[0], *path = ctl->n_operands > 1 ? ctl->operands[1] : ".";
        bool is_top = strcmp(path, ".") == 0 || strcmp(path, "./") == 0;
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = overlay_open_entry(ctl, ref, path, O_RDONLY | O_DIRECTORY, &fd);
        if (r != CTL_OK)
                return r;
        if (isatty(STDOUT_FILENO)) {
                log_error("The archive is not for a terminal: write it to a file");
                return CTL_USAGE;
        }
        if (dup2(fd, STDIN_FILENO) < 0)
                r = -errno;
        else {
                (void) execl(
                        ZIP_PROGRAM, "left4me-zip", last_part(is_top ? ref : path), (char *) NULL);
                r = -errno;
        }
        (void) log_error_errno(r, "Failed to run %s", ZIP_PROGRAM);
        return CTL_FAILURE;
}
