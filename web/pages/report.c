/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/report.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/time-text.h"

enum { REPORT_SIZE_MAX = 8 * 1024 * 1024 };

static int open_reports(const Paths *paths) {
        _cleanup_free_ char *directory = NULL;
        int fd;

        if (asprintf(&directory, "%s/reports", paths->run_dir) < 0)
                return -ENOMEM;
        fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int report_read(const Paths *paths, const char *name, sd_json_variant **ret, uint64_t *ret_usec) {
        _cleanup_close_ int dir_fd = open_reports(paths);
        _cleanup_free_ char *file = NULL, *text = NULL;
        struct stat st;
        FileLimits limits;
        size_t size;
        int r;

        if (dir_fd < 0)
                return dir_fd;
        /* Its owner alone writes reports, root included: that is their user, left4me-report. */
        if (fstat(dir_fd, &st) < 0)
                return -errno;
        limits = (FileLimits) {
                .size_max = REPORT_SIZE_MAX,
                .owners = &st.st_uid,
                .n_owners = 1,
        };
        if (asprintf(&file, "%s.json", name) < 0)
                return -ENOMEM;
        r = read_file_beneath(dir_fd, file, &limits, &text, &size);
        if (r < 0)
                return r;
        if (fstatat(dir_fd, file, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        r = sd_json_parse(text, 0, ret, NULL, NULL);
        if (r < 0)
                return r == -ENOMEM ? r : -EIO;

        *ret_usec = timespec_usec(&st.st_mtim);
        return 0;
}
