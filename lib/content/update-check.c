/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/update-check.h"

#include <fcntl.h>
#include <string.h>
#include <systemd/sd-json.h>

#include "base/file.h"
#include "spec/overlay-dir.h"

/* In the directory that requests for installations lie in, too. */
#define REQUESTS "requests"
#define REQUEST  "check"

#define ANSWER "check.json"

enum { ANSWER_SIZE_MAX = 4096 };

/* --- the request --------------------------------------------------------------------------------
 */

static int open_requests(const Paths *paths) {
        _cleanup_close_ int run_fd = open(paths->run_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

        return run_fd < 0 ? -errno : open_beneath(run_fd, REQUESTS, O_RDONLY | O_DIRECTORY);
}

int update_check_request_write(const Paths *paths) {
        _cleanup_close_ int fd = open_requests(paths);

        return fd < 0 ? fd : write_file_atomic(fd, REQUEST, "", 0, 0644);
}

bool update_check_request_take(const Paths *paths) {
        _cleanup_close_ int fd = open_requests(paths);

        return fd >= 0 && unlinkat(fd, REQUEST, 0) >= 0;
}

/* --- the answer ---------------------------------------------------------------------------------
 */

int update_check_open_dir(const Paths *paths) {
        int fd = open(paths->update_check_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

int update_check_write(int dir_fd, const UpdateCheck *check) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *json = NULL;
        _cleanup_free_ char *text = NULL;
        int r;

        r = sd_json_buildo(
                &json, SD_JSON_BUILD_PAIR_STRING("installed", check->installed),
                SD_JSON_BUILD_PAIR_STRING("available", check->available),
                SD_JSON_BUILD_PAIR_UNSIGNED("checked_usec", check->checked),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_news", check->is_news));
        if (r >= 0)
                r = sd_json_variant_format(json, SD_JSON_FORMAT_NEWLINE, &text);
        return r < 0 ? r : write_file_atomic(dir_fd, ANSWER, text, strlen(text), 0644);
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

static int parse(const char *text, UpdateCheck *ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *json = NULL;
        sd_json_variant *time, *news;
        UpdateCheck check = {};

        if (sd_json_parse(text, 0, &json, NULL, NULL) < 0 ||
            !read_build(json, "installed", true, check.installed) ||
            !read_build(json, "available", false, check.available))
                return -EBADMSG;
        time = sd_json_variant_by_key(json, "checked_usec");
        check.checked = sd_json_variant_is_unsigned(time) ? sd_json_variant_unsigned(time) : 0;
        news = sd_json_variant_by_key(json, "is_news");
        check.is_news = sd_json_variant_is_boolean(news) && sd_json_variant_boolean(news);
        *ret = check;
        return 0;
}

int update_check_read(const Paths *paths, UpdateCheck *ret) {
        static const FileLimits limits = { .size_max = ANSWER_SIZE_MAX };
        _cleanup_close_ int fd = update_check_open_dir(paths);
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = fd < 0 ? fd : read_file_beneath(fd, ANSWER, &limits, &text, &size);
        return r < 0 ? r : parse(text, ret);
}

/* --- what it means ------------------------------------------------------------------------------
 */

static void find_build(const Paths *paths, GameUpdate *update) {
        _cleanup_close_ int fd = -EBADF;
        _cleanup_close_ int root_fd =
                open(paths->installation_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (root_fd < 0 || overlay_dir_open_current(root_fd, &fd, &update->version) < 0)
                return;
        if (build_id_read(fd, update->build) < 0)
                update->build[0] = '\0';
}

void game_update_load(const Paths *paths, GameUpdate *ret) {
        GameUpdate update = {};
        bool is_compared, is_same;

        find_build(paths, &update);
        update.is_checked = update_check_read(paths, &update.check) >= 0;
        /* An installation or a rollback since the check has changed what servers get. */
        is_compared = update.is_checked && update.build[0] != '\0';
        is_same = is_compared && strcmp(update.build, update.check.available) == 0;
        update.has_update = is_compared && !is_same;
        update.is_newest = is_same;
        *ret = update;
}

void game_update_clear(GameUpdate *update) {
        free(update->version);
        *update = (GameUpdate) {};
}
