/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * overlays/REF/request: how the next job of an overlay differs from others. l4d2ctl writes it
 * before it starts the job's unit, whose name has no room for it; left4me-layer reads and removes
 * it as root and treats it as hostile. A missing one means that nothing differs.
 */

#include "content/definition.h"

#define REQUEST_FILE "request"

/* An archive in uploads/ that belongs to a job, which removes it when it ends: unpack-RANDOM, or
 * unpack-RANDOM.USER. */
#define ARCHIVE_PREFIX "unpack-"

typedef struct JobRequest {
        bool empty;    /* begin with an empty tree */
        char *archive; /* of an unpack job: the name of a file in uploads/ */
        char *path;    /* the directory that it is unpacked to; NULL: the overlay */
        ArchiveLayout layout;
        bool is_export; /* the archive is an exported overlay */
        Arena *arena;   /* of one that was read */
} JobRequest;

/* Replaces the request. archive and path must be valid. 0 or -errno. */
int request_write(int overlay_fd, const JobRequest *request) _must_check_;

/* Parses a text; file is what errors call it. 0, -EINVAL with errors, -ENOMEM. */
int request_parse(
        const char *file, const char *text, size_t size, SpecErrors *errors, JobRequest **ret)
        _must_check_;

/*
 * Reads the request, owned by owner or root, and removes it. A missing one gives the defaults. 0,
 * -EINVAL with errors, -ENOMEM or -errno.
 */
int request_take(
        int overlay_fd, uid_t owner, const char *file, SpecErrors *errors, JobRequest **ret)
        _must_check_;

JobRequest *request_free(JobRequest *request);
DEFINE_CLEANUP(JobRequest *, request_free)
