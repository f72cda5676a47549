/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One download's tries, one after the other: its handle of libcurl, its temporary file, and what an
 * end means. Used by download.c only. */

#include <curl/curl.h>

#include "download/download.h"

typedef struct Transfer {
        const DownloadOptions *options;
        Download *download; /* NULL: free */
        CURL *easy;
        struct curl_slist *headers;
        int fd;

        /* About the current try. */
        bool has_body;                /* the answer was accepted, its body goes into the file */
        bool is_rest;                 /* the server was asked for the rest of the file */
        uint64_t expected;            /* bytes of the whole file, from the answer */
        bool again;                   /* the answer was refused, but another try may do */
        bool is_passing;              /* the failure is one that another try may not have */
        char detail[CURL_ERROR_SIZE]; /* libcurl's own words */

        /* About all tries. */
        bool no_range;       /* the server sends other ranges than it is asked for */
        char validator[256]; /* of the version whose beginning the file has; "": unknown */
        uint64_t best;     /* the most bytes that the file ever had, less than 1 MiB of progress */
        unsigned n_failed; /* tries since then */
        uint64_t retry_at; /* CLOCK_MONOTONIC in microseconds; 0: it is being tried */
} Transfer;

/* Opens the temporary file and makes the handle. 0, or -errno and the download's error. */
int transfer_open(Transfer *t, const DownloadOptions *options, Download *download) _must_check_;

/* Whether the file has all bytes already, so that no server needs to be asked. */
bool transfer_is_complete(const Transfer *t);

/* Prepares the handle for a try. 0 or -errno. */
int transfer_prepare(Transfer *t) _must_check_;

/* Finds out how a try ended: 1 the file is complete, 0 it is to be tried again at retry_at, or
 * -errno and the download's error. */
int transfer_ended(Transfer *t, CURLcode code) _must_check_;

/* Ends a download: tells the caller's finished(), keeps or removes the temporary file. */
void transfer_close(Transfer *t);
