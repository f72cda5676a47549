/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A download, as large as it is: l4d2ctl prints it into a pipe, from which is read only what the
 * browser takes. A slow one makes l4d2ctl wait; one that goes ends it. A few at a time for each
 * user.
 */

#include "app/request.h"

/* Whether the user may read on; subject is the source's. */
typedef bool DownloadRight(Web *web, const char *subject, const WebUser *user);

typedef struct DownloadSource {
        const char *const *arguments; /* of l4d2ctl, NULL-terminated */
        const char *content_type;
        const char *name; /* of the file; any text */
        DownloadRight *is_allowed;
        const char *subject; /* what is_allowed() gets: the name of a server, a ref, … */
} DownloadSource;

/* Answers with the download, or that there are too many. As a RouteHandler. */
int answer_download(Request *request, const DownloadSource *source) _must_check_;
