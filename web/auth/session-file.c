/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "auth/session-file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <systemd/sd-json.h>

#include "base/file.h"
#include "base/json.h"
#include "base/name.h"
#include "base/time-text.h"

enum { FILE_SIZE_MAX = 8 * 1024 };

/* --- reading ---------------------------------------------------------------------------------- */

static bool take_number(sd_json_variant *v, const char *key, uint64_t *ret) {
        sd_json_variant *value = sd_json_variant_by_key(v, key);

        if (!value || !sd_json_variant_is_unsigned(value))
                return false;
        *ret = sd_json_variant_unsigned(value);
        return true;
}

static int read_session(int directory_fd, const char *id, Session *ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *v = NULL;
        _cleanup_free_ char *text = NULL;
        FileLimits limits = { .size_max = FILE_SIZE_MAX };
        Session session = {};
        struct stat st;
        size_t size;
        int r;

        if (!hex_is_valid(id, sizeof(session.id) - 1))
                return -EINVAL;
        r = read_file_beneath(directory_fd, id, &limits, &text, &size);
        if (r < 0)
                return r;
        if (fstatat(directory_fd, id, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        r = sd_json_parse(text, SD_JSON_PARSE_SENSITIVE, &v, NULL, NULL);
        if (r < 0)
                return r;

        memcpy(session.id, id, sizeof(session.id));
        session.used = timespec_usec(&st.st_mtim);
        session.used_written = session.used;
        if (!json_copy_text(v, "user", session.user, sizeof(session.user)) ||
            !json_copy_text(v, "csrf", session.csrf, sizeof(session.csrf)) ||
            !json_copy_text(v, "notice", session.notice, sizeof(session.notice)) ||
            !take_number(v, "created", &session.created) ||
            !take_number(v, "inode", &session.identity.inode) ||
            !take_number(v, "changed", &session.identity.changed) ||
            !take_number(v, "size", &session.identity.size))
                return -EINVAL;

        *ret = session;
        return 0;
}

int session_files_read(
        int directory_fd, int (*handler)(const Session *session, void *userdata), void *userdata) {
        _cleanup_(closedirp) DIR *dir = NULL;
        _cleanup_close_ int fd = openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct dirent *entry;
        int r;

        if (fd < 0)
                return -errno;
        dir = fdopendir(fd);
        if (!dir)
                return -errno;
        (void) TAKE_FD(fd);

        while ((entry = readdir(dir))) {
                Session session;

                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                        continue;
                r = read_session(directory_fd, entry->d_name, &session);
                if (r == -ENOMEM)
                        return r;
                if (r >= 0)
                        r = handler(&session, userdata);
                if (r == -ENOMEM)
                        return r;
                if (r <= 0)
                        (void) unlinkat(directory_fd, entry->d_name, 0);
        }
        return 0;
}

/* --- writing ---------------------------------------------------------------------------------- */

int session_file_write(int directory_fd, const Session *session) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *v = NULL;
        _cleanup_free_ char *text = NULL;
        int r;

        r = sd_json_buildo(
                &v, SD_JSON_BUILD_PAIR_STRING("user", session->user),
                SD_JSON_BUILD_PAIR_STRING("csrf", session->csrf),
                SD_JSON_BUILD_PAIR_STRING("notice", session->notice),
                SD_JSON_BUILD_PAIR_UNSIGNED("created", session->created),
                SD_JSON_BUILD_PAIR_UNSIGNED("inode", session->identity.inode),
                SD_JSON_BUILD_PAIR_UNSIGNED("changed", session->identity.changed),
                SD_JSON_BUILD_PAIR_UNSIGNED("size", session->identity.size));
        if (r < 0)
                return r;
        r = sd_json_variant_format(v, 0, &text);
        if (r < 0)
                return r;
        r = write_file_atomic(directory_fd, session->id, text, strlen(text), 0600);
        if (r < 0)
                return r;
        session_file_touch(directory_fd, session->id, session->used);
        return 0;
}

void session_file_remove(int directory_fd, const char *id) {
        (void) unlinkat(directory_fd, id, 0);
}

void session_file_touch(int directory_fd, const char *id, uint64_t now) {
        struct timespec time = {
                .tv_sec = (time_t) (now / USEC_PER_SEC),
                .tv_nsec = (long) (now % USEC_PER_SEC) * 1000,
        };

        (void) utimensat(
                directory_fd, id, (const struct timespec[]) { time, time }, AT_SYMLINK_NOFOLLOW);
}
