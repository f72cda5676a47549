/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/install-job.h"

#include <fcntl.h>
#include <string.h>
#include <systemd/sd-json.h>

#include "base/file.h"

/* In a directory of the control plane's user, below run_dir. */
#define REQUESTS "requests"
#define REQUEST  "install"

#define ANSWERS "install/out"
#define CHECK   "check.json"

enum { REQUEST_SIZE_MAX = REF_COMPONENT_MAX + 16, CHECK_SIZE_MAX = 4096 };

static const char *const actions[_INSTALL_ACTION_MAX] = {
        [INSTALL_UPDATE] = "update",
        [INSTALL_VALIDATE] = "validate",
        [INSTALL_CHECK] = "check",
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

int install_open_answers(const Paths *paths) {
        _cleanup_close_ int run_fd = open(paths->run_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

        return run_fd < 0 ? -errno : open_beneath(run_fd, ANSWERS, O_RDONLY | O_DIRECTORY);
}

int install_check_write(int answers_fd, const InstallCheck *check) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *json = NULL;
        _cleanup_free_ char *text = NULL;
        int r;

        r = sd_json_buildo(
                &json, SD_JSON_BUILD_PAIR_STRING("installed", check->installed),
                SD_JSON_BUILD_PAIR_STRING("available", check->available),
                SD_JSON_BUILD_PAIR_UNSIGNED("checked_usec", check->checked));
        if (r >= 0)
                r = sd_json_variant_format(json, SD_JSON_FORMAT_NEWLINE, &text);
        return r < 0 ? r : write_file_atomic(answers_fd, CHECK, text, strlen(text), 0644);
}

/* A number, or "" where none is allowed. */
static bool read_build(
        sd_json_variant *json, const char *key, bool may_be_empty, char ret[static BUILD_ID_MAX]) {
        sd_json_variant *value = sd_json_variant_by_key(json, key);
        const char *text = sd_json_variant_is_string(value) ? sd_json_variant_string(value) : NULL;
        size_t n = text ? strlen(text) : BUILD_ID_MAX;

        if (n >= BUILD_ID_MAX || strspn(text, "0123456789") != n || (n == 0 && !may_be_empty))
                return false;
        memcpy(ret, text, n + 1);
        return true;
}

int install_check_read(const Paths *paths, InstallCheck *ret) {
        static const FileLimits limits = { .size_max = CHECK_SIZE_MAX };
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *json = NULL;
        _cleanup_close_ int fd = install_open_answers(paths);
        _cleanup_free_ char *text = NULL;
        InstallCheck check = {};
        sd_json_variant *time;
        size_t size;
        int r;

        r = fd < 0 ? fd : read_file_beneath(fd, CHECK, &limits, &text, &size);
        if (r < 0)
                return r;
        if (sd_json_parse(text, 0, &json, NULL, NULL) < 0 ||
            !read_build(json, "installed", true, check.installed) ||
            !read_build(json, "available", false, check.available))
                return -EBADMSG;
        time = sd_json_variant_by_key(json, "checked_usec");
        check.checked = sd_json_variant_is_unsigned(time) ? sd_json_variant_unsigned(time) : 0;
        *ret = check;
        return 0;
}
