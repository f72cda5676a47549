/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "query/rcon-refusal.h"

#include <string.h>

#include "base/file.h"
#include "base/name.h"
#include "base/sha256.h"

static int make_key(
        const char *password, const char *invocation_id, char ret[static SHA256_TEXT_MAX]) {
        _cleanup_free_ char *text = NULL;
        int n;

        n = asprintf(&text, "%s\n%s\n", invocation_id, password);
        if (n < 0) {
                text = NULL;
                return -ENOMEM;
        }
        sha256_text(text, (size_t) n, ret);
        return 0;
}

bool rcon_was_refused(
        int dir_fd, const char *name, const char *password, const char *invocation_id) {
        const FileLimits limits = { .size_max = SHA256_TEXT_MAX };
        _cleanup_free_ char *text = NULL;
        char key[SHA256_TEXT_MAX];
        size_t size;

        if (dir_fd < 0 || !instance_name_is_valid(name) ||
            make_key(password, invocation_id, key) < 0 ||
            read_file_beneath(dir_fd, name, &limits, &text, &size) < 0)
                return false;
        return strcmp(text, key) == 0;
}

int rcon_note_refusal(
        int dir_fd, const char *name, const char *password, const char *invocation_id) {
        char key[SHA256_TEXT_MAX];
        int r;

        if (dir_fd < 0)
                return -EBADF;
        if (!instance_name_is_valid(name))
                return -EINVAL;
        r = make_key(password, invocation_id, key);
        if (r < 0)
                return r;
        return write_file_atomic(dir_fd, name, key, strlen(key), 0640);
}
