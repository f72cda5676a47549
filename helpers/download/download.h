/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Downloads over HTTP by libcurl, several at once, for the producers of content. Each goes into a
 * temporary file that the next try continues, also in another process. Bounded: its size, the time
 * without data, redirects, tries, and how long a server can make it wait. An answer is never
 * decoded, and only http and https are spoken, also after a redirect.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/sha256.h"

#define DOWNLOAD_SIZE_UNKNOWN UINT64_MAX

/* One file. The caller fills in the first part; all texts stay its own. */
typedef struct Download {
        const char *url;    /* http:// or https:// */
        const char *form;   /* is posted, URL-encoded; NULL: GET */
        const char *accept; /* the header Accept; NULL: any type */
        const char *part;   /* name of the temporary file; NULL: in memory */
        const char *known;  /* the ETag of the content that the caller has; NULL: it has none */
        bool resume;        /* an earlier process left the beginning of the same content in it */
        uint64_t size;      /* in bytes, when it is known; else DOWNLOAD_SIZE_UNKNOWN */
        uint64_t size_max;  /* in bytes; more is refused */
        void *userdata;

        uint64_t received;    /* bytes that the temporary file has */
        bool transferred;     /* the server was asked for it */
        bool is_known;        /* the server still has the content of `known`, and sent nothing */
        uint64_t retry_after; /* seconds that the server asked to wait at the last try; 0: none */
        char *etag;           /* of the answer; NULL: none. From malloc */
        int result;           /* 0, or -errno */
        char *error; /* the reason, in the user's language, to follow a colon; from malloc */
} Download;

/* Connections that stay open from one call to the next. */
typedef struct DownloadConnections DownloadConnections;

int download_connections_new(DownloadConnections **ret) _must_check_;
DownloadConnections *download_connections_free(DownloadConnections *connections);

typedef struct DownloadOptions {
        int dir_fd;                       /* where temporary files are */
        DownloadConnections *connections; /* NULL: they end with each call */
        unsigned n_parallel;              /* at once */
        unsigned n_tries;       /* one after the other, each with less than 1 MiB of progress */
        uint64_t pause_usec;    /* before the second try; doubles before each further one */
        uint64_t wait_max_usec; /* the longest such pause, and the longest that a server can ask for
                                 */
        unsigned n_redirects;   /* that are followed */
        unsigned connect_seconds;
        unsigned try_seconds;   /* a try ends after so long; 0: any time, as for large files */
        unsigned stall_seconds; /* a try ends after so long with less than 1 KiB a second */

        /* Called while downloads go on, some times a second at most. NULL: not wanted. */
        void (*progress)(void *userdata);
        /*
         * Called at the end of each, with its result; fd is then the complete temporary file, or
         * -EBADF. The function checks it and renames it (download_keep()), or refuses it: the
         * temporary file is removed then. NULL: the temporary file stays.
         */
        int (*finished)(Download *download, int fd, void *userdata);
        void *userdata; /* of both functions */
} DownloadOptions;

/* Numbers that suit the Internet; the caller fills in the rest. */
#define DOWNLOAD_OPTIONS_DEFAULT                          \
        {                                                 \
                .dir_fd = -EBADF,                         \
                .n_parallel = 4,                          \
                .n_tries = 5,                             \
                .pause_usec = 1000000,                    \
                .wait_max_usec = 300 * UINT64_C(1000000), \
                .n_redirects = 5,                         \
                .connect_seconds = 30,                    \
                .stall_seconds = 60,                      \
        }

/*
 * Does all of them. 0 when each has a result, or -errno when libcurl can't be used at all. After a
 * failure that another try may not have, a temporary file with `resume` stays; after any other
 * failure it is removed. The results: -EIO network or server, -ENOENT status 404 or 410, -EACCES
 * 401 or 403, -EFBIG larger than size_max, -EBADMSG other than announced, another -errno of the
 * temporary file or of finished().
 */
int download_all(const DownloadOptions *options, Download *downloads, size_t n) _must_check_;

/*
 * Downloads one in memory, for answers of a service: NUL-terminated, from malloc. The same results;
 * `error` has the reason.
 */
int download_text(
        const DownloadOptions *options, Download *download, char **ret_text, size_t *ret_size)
        _must_check_;

/*
 * Notes the first failure of a download, with a format that is translated, and returns error
 * (negative errno).
 */
int download_refuse(Download *download, int error, const char *format, ...) _printf_(3, 4);

/* Syncs a complete temporary file and gives it its name. 0 or -errno. */
int download_keep(int dir_fd, const Download *download, int fd, const char *name) _must_check_;

/* The SHA-256 of a file, from its beginning, as 64 hexadecimal digits. 0 or -errno. */
int download_sha256(int fd, char ret[static SHA256_TEXT_MAX]) _must_check_;

/* Frees the reason and the ETag. */
void download_done(Download *download);
