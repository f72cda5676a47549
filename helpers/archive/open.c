/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "archive/open.h"

#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "archive/rar.h"
#include "base/log.h"
#include "base/text.h"
#include "base/visible-text.h"

enum { BLOCK_SIZE = 256 * 1024 };

typedef int (*Support)(struct archive *archive);

/*
 * One by one: libarchive's "all" has formats that are programs of their own kind, as mtree, which
 * names files of the host, and filters that run programs. The zip reader that seeks uses the
 * central directory alone, as every other program does.
 */
static const Support supports[] = {
        archive_read_support_format_zip_seekable, archive_read_support_format_7zip,
        archive_read_support_format_tar,          archive_read_support_format_rar,
        archive_read_support_format_rar5,         archive_read_support_filter_gzip,
        archive_read_support_filter_bzip2,        archive_read_support_filter_xz,
        archive_read_support_filter_zstd,
};

int archive_use_utf8(void) {
        return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -ENOENT;
}

/* libarchive's words, which may have bytes of the archive in them; from malloc. */
static char *reason_of(struct archive *archive) {
        const char *text = archive_error_string(archive);
        size_t size = text ? strlen(text) : 0;
        char *shown = malloc(VISIBLE_TEXT_MAX(size));

        if (shown)
                (void) visible_line(text ? text : "", size, shown);
        return shown;
}

static bool is_about_encryption(struct archive *archive) {
        const char *text = archive_error_string(archive);

        return archive_read_has_encrypted_entries(archive) > 0 ||
               (text && (strcasestr(text, "encrypt") || strcasestr(text, "passphrase")));
}

int archive_refuse_encrypted(const char *path) {
        log_error(
                "Failed to unpack '%s': it is encrypted; pack the files again without a password",
                path);
        return -EBADMSG;
}

static int complain(struct archive *archive, const char *path) {
        _cleanup_free_ char *reason = NULL;

        if (archive_errno(archive) == ENOMEM)
                return log_error_errno(-ENOMEM, "Failed to read the archive");
        if (is_about_encryption(archive) && path)
                return archive_refuse_encrypted(path);
        if (is_about_encryption(archive)) {
                log_error("Failed to read the archive: it is encrypted; pack the files again "
                          "without a password");
                return -EBADMSG;
        }
        reason = reason_of(archive);
        if (path)
                log_error(
                        "Failed to unpack '%s': the archive is damaged (%s)", path,
                        reason ? reason : "");
        else
                log_error("Failed to read the archive: %s", reason ? reason : "");
        return -EBADMSG;
}

/*
 * While no format is chosen, libarchive 3.7 must not be asked about encryption: it would look
 * behind the last of its formats.
 */
static int complain_about_format(struct archive *archive) {
        _cleanup_free_ char *reason = reason_of(archive);

        log_error(
                "Failed to read the archive: %s; accepted are zip, 7z, rar and tar, also with gzip, "
                "bzip2, xz or zstd",
                reason ? reason : "");
        return -EBADMSG;
}

static int check_rar(int fd) {
        uint8_t head[RAR_HEAD_SIZE];
        ssize_t n = pread(fd, head, sizeof(head), 0);
        const char *problem;

        if (n < 0)
                return log_error_errno(-errno, "Failed to read the archive");
        problem = rar_find_problem(head, (size_t) n);
        if (!problem)
                return 0;
        log_error("Failed to read the archive: %s", _(problem));
        return -EBADMSG;
}

int archive_open(int fd, struct archive **ret) {
        _cleanup_(archive_closep) struct archive *archive = archive_read_new();
        int r;

        if (!archive)
                return log_error_errno(-ENOMEM, "Failed to read the archive");
        r = check_rar(fd);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ELEMENTSOF(supports); i++) {
                /* ARCHIVE_WARN: a filter would run a program. */
                if (supports[i](archive) != ARCHIVE_OK)
                        return log_error_errno(
                                -EOPNOTSUPP, "Failed to read archives with this libarchive");
        }
        if (archive_read_open_fd(archive, fd, BLOCK_SIZE) != ARCHIVE_OK)
                return complain_about_format(archive);
        *ret = TAKE_PTR(archive);
        return 0;
}

int archive_next(struct archive *archive, struct archive_entry **ret) {
        int r = archive_read_next_header(archive, ret);

        /* A warning is about a name or a time; names are checked by the caller. */
        if (r == ARCHIVE_EOF)
                return 0;
        return r == ARCHIVE_OK || r == ARCHIVE_WARN ? 1 : complain(archive, NULL);
}

int archive_next_data(
        struct archive *archive, const char *path, const void **ret, size_t *ret_size,
        int64_t *ret_offset) {
        int r = archive_read_data_block(archive, ret, ret_size, ret_offset);

        if (r == ARCHIVE_EOF)
                return 0;
        /* Also a warning is an error here: a wrong checksum is one for zip. */
        return r == ARCHIVE_OK ? 1 : complain(archive, path);
}
