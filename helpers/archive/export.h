/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Archives that `l4d2ctl overlay export` writes, which are as untrusted as all others. They have
 * one directory, and in it
 *
 *     overlay.yaml, script     the definition, as far as there is one
 *     files/                   the content
 */

#include <archive_entry.h>
#include <limits.h>

#include "archive/layout.h"

typedef struct ArchiveExport {
        char top[NAME_MAX + 1]; /* the one directory; "": no entry was seen yet */
} ArchiveExport;

/* About an entry with its path as archive_path_clean() makes it. NULL: an export can have it; else
 * why not, in English (N_()). */
const char *archive_export_check(
        ArchiveExport *export, const char *path, struct archive_entry *entry);

/*
 * For the unpacked archive top_fd: copies overlay.yaml and script into beside_fd, and makes files/
 * the layout. 0, or -errno after the reason was logged.
 */
int archive_export_place(int top_fd, const ArchiveExport *export, int beside_fd, Layout *ret)
        _must_check_;
