/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/install-job.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"

/* In a directory of the control plane's user, below run_dir. */
#define REQUESTS "requests"
#define REQUEST  "install"

enum { REQUEST_SIZE_MAX = REF_COMPONENT_MAX + 16 };

static const char *const actions[_INSTALL_ACTION_MAX] = {
        [INSTALL_UPDATE] = "update",
        [INSTALL_VALIDATE] = "validate",
        [INSTALL_ROLLBACK] = "rollback",
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

static bool version_is_valid(const char *version) {
        return ref_is_valid(version) && !strchr(version, '/');
}

int install_request_write(const Paths *paths, const InstallRequest *request) {
        char text[REQUEST_SIZE_MAX];
        _cleanup_close_ int fd = -EBADF;

        if (request->version[0] != '\0' && !version_is_valid(request->version))
                return -EINVAL;
        fd = open_requests(paths);
        if (fd < 0)
                return fd;
        if (request->action == INSTALL_UPDATE)
                return unlinkat(fd, REQUEST, 0) < 0 && errno != ENOENT ? -errno : 0;
        (void) snprintf(
                text, sizeof(text), "%s%s%s", actions[request->action],
                request->version[0] != '\0' ? " " : "", request->version);
        return write_file_atomic(fd, REQUEST, text, strlen(text), 0644);
}

/* "ACTION" or "ACTION VERSION". */
static int parse_request(const char *text, InstallRequest *ret) {
        char action[REQUEST_SIZE_MAX];
        size_t n = strcspn(text, " ");
        const char *version = text[n] == ' ' ? text + n + 1 : "";

        if (n >= sizeof(action) || strlen(version) >= sizeof(ret->version) ||
            (text[n] == ' ' && !version_is_valid(version)))
                return -EINVAL;
        memcpy(action, text, n);
        action[n] = '\0';
        (void) snprintf(ret->version, sizeof(ret->version), "%s", version);
        return install_action_from_string(action, &ret->action);
}

void install_request_take(const Paths *paths, InstallRequest *ret) {
        static const FileLimits limits = { .size_max = REQUEST_SIZE_MAX };
        _cleanup_close_ int fd = open_requests(paths);
        InstallRequest request = {};
        _cleanup_free_ char *text = NULL;
        size_t size;

        *ret = (InstallRequest) { .action = INSTALL_UPDATE };
        if (fd < 0)
                return;
        if (read_file_beneath(fd, REQUEST, &limits, &text, &size) >= 0 &&
            parse_request(text, &request) >= 0)
                *ret = request;
        (void) unlinkat(fd, REQUEST, 0);
}
