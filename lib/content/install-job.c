/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/install-job.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"

/* In a directory of the control plane's user, below run_dir. */
#define REQUESTS "requests"
#define REQUEST  "install"

enum { REQUEST_SIZE_MAX = 64 };

static const char *const actions[_INSTALL_ACTION_MAX] = {
        [INSTALL_UPDATE] = "update",
        [INSTALL_VALIDATE] = "validate",
        [INSTALL_CHECK] = "check",
};

const char *install_action_to_string(InstallAction action) {
        return actions[action];
}

int install_action_from_string(const char *text, InstallAction *ret) {
        for (InstallAction action = 0; action < _INSTALL_ACTION_MAX; action++)
                if (strcmp(actions[action], text) == 0) {
                        *ret = action;
                        return 0;
                }
        return -EINVAL;
}

static int open_requests(const Paths *paths) {
        _cleanup_close_ int run_fd = open(paths->run_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

        return run_fd < 0 ? -errno : open_beneath(run_fd, REQUESTS, O_RDONLY | O_DIRECTORY);
}

int install_request_write(const Paths *paths, InstallAction action) {
        _cleanup_close_ int fd = open_requests(paths);

        if (fd < 0)
                return fd;
        if (action == INSTALL_UPDATE)
                return unlinkat(fd, REQUEST, 0) < 0 && errno != ENOENT ? -errno : 0;
        return write_file_atomic(fd, REQUEST, actions[action], strlen(actions[action]), 0644);
}

InstallAction install_request_take(const Paths *paths) {
        static const FileLimits limits = { .size_max = REQUEST_SIZE_MAX };
        _cleanup_close_ int fd = open_requests(paths);
        InstallAction action = INSTALL_UPDATE;
        _cleanup_free_ char *text = NULL;
        size_t size;

        if (fd < 0)
                return action;
        if (read_file_beneath(fd, REQUEST, &limits, &text, &size) >= 0)
                (void) !install_action_from_string(text, &action);
        (void) unlinkat(fd, REQUEST, 0);
        return action;
}
