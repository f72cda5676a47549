/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/file-text.h"

#include <fcntl.h>

#include "base/file.h"

enum { TEXT_MAX = 64 * 1024 };

int read_text_at(int dir_fd, const char *path, char **ret) {
        _cleanup_free_ char *text = malloc(TEXT_MAX + 1);
        _cleanup_close_ int fd = openat(dir_fd, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        ssize_t size;

        if (fd < 0)
                return -errno;
        if (!text)
                return -ENOMEM;
        size = read_full(fd, text, TEXT_MAX);
        if (size < 0)
                return (int) size;

        text[size] = '\0';
        *ret = TAKE_PTR(text);
        return 0;
}

int read_text(const char *path, char **ret) {
        return read_text_at(AT_FDCWD, path, ret);
}

bool may_access(const char *path, int mode) {
        return faccessat(AT_FDCWD, path, mode, AT_EACCESS) >= 0;
}
