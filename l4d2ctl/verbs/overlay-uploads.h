/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The uploads that a list of changes to an overlay names: files that the web app took, which become
 * files of the overlay. All functions that return an ExitCode have said what went wrong.
 */

#include "common/ctl.h"
#include "content/tree-changes.h"

typedef struct OverlayUploads {
        const TreeChanges *changes; /* borrowed; NULL: no uploads were taken */
        int directory_fd;
        /* One for each change, -EBADF unless it is an upload; open and locked to the end, so that
         * the web app neither writes to one nor removes it. */
        int *fds;
} OverlayUploads;

#define OVERLAY_UPLOADS_INIT { .directory_fd = -EBADF }

void overlay_uploads_done(OverlayUploads *uploads);

/* Whether a change of the list is an upload. */
bool overlay_uploads_any(const TreeChanges *changes);

/* Opens and locks the uploads of the list, which must be those of the user of --as-user. Does
 * nothing for a list without any. */
int overlay_uploads_take(Ctl *ctl, const TreeChanges *changes, OverlayUploads *ret) _must_check_;

/* Compares them with their checksums, and writes them to the disk, for which the commit would wait.
 * Reading gigabytes takes time. */
int overlay_uploads_check(const OverlayUploads *uploads) _must_check_;

/* Removes their names, after they became files of a version. */
void overlay_uploads_remove(const OverlayUploads *uploads);
