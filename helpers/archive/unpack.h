/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Unpacks archives that are untrusted into a tree: zip, 7z, tar (plain or with gzip, bzip2, xz,
 * zstd) and rar, by libarchive. For producers of content (left4me-unpack, left4me-release), which
 * run as left4me-build. Everything is unpacked into a directory of its own in the tree before the
 * first file gets to its place, so an archive with a fault changes nothing.
 *
 * Refused: paths that leave the tree, hard links, devices, pipes, encrypted files, names that are
 * not UTF-8, and more bytes or entries than the limits. Symbolic links are skipped and named. Files
 * get mode 0644, or 0755 when the archive says that they are executable; no other bit counts.
 */

#include <stdbool.h>
#include <stdint.h>

#include "archive/export.h"
#include "archive/names.h"
#include "base/cleanup.h"

typedef struct UnpackLimits {
        uint64_t bytes;   /* of all files */
        uint64_t entries; /* of the archive */
        uint64_t ratio;   /* unpacked bytes for each byte of the archive … */
        uint64_t free;    /* … which counts above so many unpacked ones */
} UnpackLimits;

extern const UnpackLimits unpack_limits;

/* So much of the archive was read. */
typedef void (*UnpackProgress)(uint64_t done, uint64_t size, uint64_t n_files, void *userdata);

typedef struct UnpackOptions {
        const char *path;      /* into this directory of the tree, which is made; ".": the tree */
        bool is_auto;          /* find out where the files belong below path (layout.h) */
        ArchiveExport *export; /* the archive must be an exported overlay; NULL: any */
        int beside_fd;         /* gets the definition of an exported overlay */
        unsigned strip;        /* remove so many leading parts of each path */
        char *const *keep; /* files that the tree has already and that match stay; may be NULL */
        ArchiveNames
                *placed; /* gets the paths of the files in the tree, kept ones too; may be NULL */
        UnpackLimits limits;
        UnpackProgress progress; /* may be NULL */
        void *userdata;
} UnpackOptions;

typedef struct UnpackResult {
        uint64_t n_files, n_bytes; /* of the archive */
        uint64_t n_links;          /* symbolic links that were skipped */
        uint64_t n_kept;           /* files that keep matched */
        uint64_t n_left_out;       /* entries without a place */
        uint64_t n_clashes;        /* names that differ from others in case only */
        const char *to;            /* where they are below path, "." for itself; static storage */
} UnpackResult;

/*
 * Unpacks the regular file archive_fd into tree_fd, which belongs to the caller. The process has a
 * UTF-8 locale (archive_use_utf8() of open.h). 0, or -errno after the reason was logged:
 * -EBADMSG the archive is damaged, in no known format or was refused; -E2BIG a limit; -ENOSPC and
 * the like. On failure the tree may hold ARCHIVE_DIRECTORY only where it can't be removed.
 */
int archive_unpack(int archive_fd, int tree_fd, const UnpackOptions *options, UnpackResult *ret)
        _must_check_;
