/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "specs/executed.h"

#include <fcntl.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "layer/cfg.h"
#include "spec/overlay-dir.h"

static void warn_unusable(const char *ref, int error) {
        log_warning(
                "The %s of overlay '%s' can't be executed, and keeps servers from starting: %s",
                LAYER_CFG_SOURCE, ref,
                error == -ENOENT || error == -ENOTDIR ? _("the overlay has no such file")
                                                      : _(file_error_message(error)));
}

static void warn_hidden(const char *ref) {
        log_warning(
                "The %s of overlay '%s' is hidden and has no effect; {ref: %s, exec: true} in 'overlays' executes it",
                LAYER_CFG_SOURCE, ref, ref);
}

/* The owner of the overlays may not let others look at their work in progress: -EACCES. */
static void look_at(int overlays_fd, const char *ref, bool is_executed) {
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *version = NULL, *text = NULL;
        size_t size;
        int r;

        if (overlay_dir_open(overlays_fd, ref, &fd, &version) < 0)
                return; /* said elsewhere */
        r = layer_cfg_read(fd, &text, &size);
        if (r < 0 && is_executed)
                warn_unusable(ref, r);
        else if (r >= 0 && !is_executed)
                warn_hidden(ref);
}

void executed_warn(const Ctl *ctl, char *const *overlays, uint64_t executed) {
        _cleanup_close_ int fd = open(ctl->paths->overlays_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

        for (size_t i = 0; fd >= 0 && overlays && overlays[i]; i++)
                look_at(fd, overlays[i], executed >> i & 1);
}
