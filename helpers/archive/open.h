/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Archives as libarchive reads them, with the formats that content comes in and no others. */

#include <archive.h>
#include <archive_entry.h>

#include "base/cleanup.h"

/*
 * Opens the archive that the descriptor of a regular file has, which stays the caller's. Formats
 * are zip, 7z, tar and rar, filters gzip, bzip2, xz and zstd, all of them inside of this process.
 * -EBADMSG, which was logged: in no such format.
 */
int archive_open(int fd, struct archive **ret) _must_check_;

/* 1: ret is the next entry; 0: the end; -EBADMSG, which was logged: damaged or encrypted. */
int archive_next(struct archive *archive, struct archive_entry **ret) _must_check_;

/* As archive_next() for the data of the entry path, a piece at its place at a time. */
int archive_next_data(
        struct archive *archive, const char *path, const void **ret, size_t *ret_size,
        int64_t *ret_offset) _must_check_;

/* Logs that this entry is encrypted. -EBADMSG. */
int archive_refuse_encrypted(const char *path);

/* Lets libarchive read names in UTF-8, whatever the language is. */
int archive_use_utf8(void) _must_check_;

static inline struct archive *archive_close(struct archive *archive) {
        (void) archive_read_free(archive);
        return NULL;
}

DEFINE_CLEANUP(struct archive *, archive_close)
