/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/report.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

#define REPORT_NAME    "generator.errors"
#define TEMPORARY_NAME ".generator.errors.tmp"

/* The errors of one file are short of this by far, so that a report stays below its maximum. */
enum { STOP_SIZE = GENERATOR_REPORT_MAX / 2 };

int generator_report_open(GeneratorReport *report) {
        *report = (GeneratorReport) {};

        report->stream = open_memstream(&report->text, &report->size);
        return report->stream ? 0 : -errno;
}

void generator_report_close(GeneratorReport *report) {
        if (report->stream)
                (void) fclose(report->stream);
        free(report->text);
        *report = (GeneratorReport) {};
}

static bool has_room(const GeneratorReport *report) {
        return ftell(report->stream) < STOP_SIZE;
}

void generator_report_errors(GeneratorReport *report, const SpecErrors *errors) {
        if (has_room(report))
                spec_errors_print(errors, report->stream);
        else
                report->n_left_out += errors->n_items + errors->n_dropped;
}

void generator_report_failure(GeneratorReport *report, const char *format, ...) {
        va_list ap;

        if (!has_room(report)) {
                report->n_left_out++;
                return;
        }

        (void) fputs("left4me-generator: error: ", report->stream);
        va_start(ap, format);
        (void) vfprintf(report->stream, format, ap);
        va_end(ap);
        (void) fputc('\n', report->stream);
}

static int remove_report(const Paths *paths) {
        return unlink(paths->generator_errors) < 0 && errno != ENOENT ? -errno : 0;
}

static int fill(int fd, const GeneratorReport *report, const Paths *paths) {
        struct stat owner;
        int r;

        r = write_all(fd, report->text, report->size);
        if (r < 0)
                return r;
        if (geteuid() != 0 || stat(paths->instances_dir, &owner) < 0)
                return 0;
        return fchown(fd, owner.st_uid, owner.st_gid) < 0 ? -errno : 0;
}

/* The directory is volatile, and at boot we come before anybody who would have made it. */
static int open_run_dir(const Paths *paths) {
        int fd;

        if (mkdir(paths->run_dir, 0755) < 0 && errno != EEXIST)
                return -errno;
        fd = open(paths->run_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static int replace_report(const GeneratorReport *report, const Paths *paths) {
        _cleanup_close_ int dir_fd = -EBADF, fd = -EBADF;
        int r;

        dir_fd = open_run_dir(paths);
        if (dir_fd < 0)
                return dir_fd;

        (void) unlinkat(dir_fd, TEMPORARY_NAME, 0); /* of a killed run */
        fd = openat(
                dir_fd, TEMPORARY_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
        if (fd < 0)
                return -errno;

        r = fill(fd, report, paths);
        if (r >= 0 && renameat(dir_fd, TEMPORARY_NAME, dir_fd, REPORT_NAME) < 0)
                r = -errno;
        if (r < 0)
                (void) unlinkat(dir_fd, TEMPORARY_NAME, 0);
        return r;
}

int generator_report_publish(GeneratorReport *report, const Paths *paths) {
        if (report->n_left_out > 0)
                (void) fprintf(report->stream, "… and %zu more errors\n", report->n_left_out);
        if (fflush(report->stream) != 0)
                return -errno;

        return report->size > 0 ? replace_report(report, paths) : remove_report(paths);
}

int generator_report_read(const Paths *paths, char **ret) {
        const FileLimits limits = { .size_max = GENERATOR_REPORT_MAX };
        _cleanup_close_ int dir_fd = -EBADF;
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        dir_fd = open(paths->run_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        r = dir_fd < 0 ? -errno : read_file_beneath(dir_fd, REPORT_NAME, &limits, &text, &size);
        if (r == -ENOENT)
                text = strdup("");
        else if (r < 0)
                return r;
        if (!text)
                return -ENOMEM;

        *ret = TAKE_PTR(text);
        return 0;
}
