/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Unpacks an archive that a user has put into LEFT4ME_UPLOADS into an overlay, as the producer of
 * its unit (common/producer.h). The job has "archive", a name there, "path", a directory of the
 * overlay (missing: the overlay itself), and "layout": "auto" finds out where the files belong,
 * "export" is for an exported overlay, whose definition goes to the directory for reports.
 *
 * Exit status: 0 done, 1 failed and said why.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/open.h"
#include "archive/unpack.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "layer/tree-edit.h"
#include "common/producer.h"
#include "archive/report.h"

static int open_archive(const Producer *producer, int *ret_fd) {
        const char *name = producer_text(producer, "archive", "");
        _cleanup_close_ int uploads_fd = -EBADF, fd = -EBADF;
        struct stat st;
        int r;

        r = producer_passage("LEFT4ME_UPLOADS", &uploads_fd);
        if (r < 0)
                return r;
        fd = open_beneath(uploads_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return log_error_errno(fd, "Failed to open the archive '%s'", name);
        if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
                log_error("Failed to open the archive '%s': not a regular file", name);
                return -EBADFD;
        }
        *ret_fd = TAKE_FD(fd);
        return 0;
}

static void tell_progress(uint64_t done, uint64_t size, uint64_t n_files, void *userdata) {
        char words[64];

        (void) snprintf(
                words, sizeof(words), text_count("%" PRIu64 " file", "%" PRIu64 " files", n_files),
                n_files);
        producer_progress(userdata, done, size, words);
}

static int run(Producer *producer) {
        UnpackOptions options = {
                .path = producer_text(producer, "path", "."),
                .beside_fd = producer->out_fd,
                .limits = unpack_limits,
                .progress = tell_progress,
                .userdata = producer,
        };
        const char *layout = producer_text(producer, "layout", "auto");
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *report = NULL;
        _cleanup_close_ int fd = -EBADF;
        ArchiveExport export = {};
        UnpackResult result = {};
        int r;

        if (strcmp(layout, "export") == 0)
                options.export = &export;
        /* A user who names a place knows it. */
        else
                options.is_auto = strcmp(layout, "auto") == 0 && strcmp(options.path, ".") == 0;
        options.limits.bytes = producer_number(producer, "size_max_bytes", options.limits.bytes);
        if (strcmp(options.path, ".") != 0 && !tree_path_is_valid(options.path)) {
                log_error("Invalid path '%s' in the job", options.path);
                return -EINVAL;
        }
        r = open_archive(producer, &fd);
        if (r >= 0)
                r = archive_unpack(fd, producer->tree_fd, &options, &result);
        if (r < 0)
                return r;
        unpack_report_log(&result);
        r = unpack_report_build(&result, &report);
        if (r < 0)
                return log_error_errno(r, "Failed to write the report");
        return producer_report(producer, report);
}

int main(void) {
        Producer producer;
        int r;

        text_setup();
        log_setup("left4me-unpack", LOG_TARGET_STDERR);
        if (archive_use_utf8() < 0) {
                log_error("Failed to set the locale C.UTF-8");
                return EXIT_FAILURE;
        }
        r = producer_open(&producer);
        if (r < 0)
                return EXIT_FAILURE;
        r = run(&producer);
        producer_close(&producer);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
