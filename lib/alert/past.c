/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "alert/past.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/time-text.h"

enum { PAST_SIZE_MAX = 64 };

void alert_past_name(const AlertName *name, char ret[static ALERT_UNIT_MAX]) {
        const char *kind = alert_kind_to_string(name->kind), *slash = strchr(name->ref, '/');

        if (name->kind != ALERT_JOB)
                (void) snprintf(ret, ALERT_UNIT_MAX, "%s:%s.past", kind, name->server);
        else if (slash)
                (void) snprintf(
                        ret, ALERT_UNIT_MAX, "%s:%.*s:.past", kind, (int) (slash - name->ref),
                        name->ref);
        else
                (void) snprintf(ret, ALERT_UNIT_MAX, "%s:%s.past", kind, name->ref);
}

bool alert_past_is_due(AlertPast *past, uint64_t now, uint64_t interval) {
        if (past->sent == 0 || now < past->sent || now - past->sent >= interval)
                return true;
        past->left_out++;
        return false;
}

uint64_t alert_past_send(AlertPast *past, uint64_t now) {
        uint64_t left_out = past->left_out;

        *past = (AlertPast) { .sent = now };
        return left_out;
}

int alert_past_load(int dir_fd, const char *name, AlertPast *ret) {
        const FileLimits limits = { .size_max = PAST_SIZE_MAX };
        _cleanup_free_ char *text = NULL;
        AlertPast past = {};
        size_t size;
        int r;

        r = read_file_beneath(dir_fd, name, &limits, &text, &size);
        if (r == -ENOMEM)
                return r;
        if (r < 0 || sscanf(text, "%" SCNu64 " %" SCNu64, &past.sent, &past.left_out) != 2)
                past = (AlertPast) {};
        *ret = past;
        return 0;
}

int alert_past_save(int dir_fd, const char *name, const AlertPast *past) {
        char text[PAST_SIZE_MAX];
        int n = snprintf(
                text, sizeof(text), "%" PRIu64 " %" PRIu64 "\n", past->sent, past->left_out);

        return write_file_atomic(dir_fd, name, text, (size_t) n, 0600);
}

static int remove_if_old(int dir_fd, const char *name, void *userdata) {
        const char *suffix = strrchr(name, '.');
        const uint64_t *before = userdata;
        struct stat st;

        if (!suffix || (strcmp(suffix, ".past") != 0 && strcmp(suffix, ".json") != 0))
                return 0;
        /* Another instance may remove it meanwhile. */
        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
            ((uint64_t) st.st_mtim.tv_sec < *before / USEC_PER_SEC &&
             unlinkat(dir_fd, name, 0) < 0))
                return errno == ENOENT ? 0 : -errno;
        return 0;
}

int alert_files_remove_old(int dir_fd, uint64_t before) {
        return each_entry(dir_fd, remove_if_old, &before);
}
