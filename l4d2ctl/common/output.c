/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/output.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"

static int write_to(const char *path, const char *text) {
        const char *name = strrchr(path, '/');
        _cleanup_free_ char *directory = NULL;
        _cleanup_close_ int fd = -EBADF;

        directory = name ? strndup(path, (size_t) (name - path) + 1) : strdup(".");
        if (!directory)
                return -ENOMEM;
        fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        return write_file_atomic(fd, name ? name + 1 : path, text, strlen(text), 0640);
}

int output_json(const Ctl *ctl, sd_json_variant *v) {
        const char *path = ctl->options.output;
        _cleanup_free_ char *text = NULL;
        int r;

        if (!path)
                return print_json(v);
        r = sd_json_variant_format(v, SD_JSON_FORMAT_NEWLINE, &text);
        if (r >= 0)
                r = write_to(path, text);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to write %s", path);
                return CTL_FAILURE;
        }
        return CTL_OK;
}
