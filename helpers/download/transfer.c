/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "download/transfer.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "base/time-text.h"
#include "content/http-range.h"

enum {
        SLOWEST = 1024,         /* bytes a second */
        PROGRESS = 1024 * 1024, /* bytes after which failed tries are forgotten */
        BUFFER = 256 * 1024,    /* of libcurl, for each transfer */
        TRY_AGAIN = 0,
        COMPLETE = 1,
};

/* --- the temporary file
 * --------------------------------------------------------------------------- */

static int open_part(const Transfer *t) {
        const Download *d = t->download;
        int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
        _cleanup_close_ int fd = -EBADF;
        struct stat st;

        fd = d->part ? openat(t->options->dir_fd, d->part, flags, 0644)
                     : memfd_create("download", MFD_CLOEXEC);
        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        return S_ISREG(st.st_mode) ? TAKE_FD(fd) : -EBADFD;
}

/* Forgets all bytes but the first ones. */
static int cut(Transfer *t, uint64_t size) {
        if (ftruncate(t->fd, (off_t) size) < 0)
                return download_refuse(t->download, -errno, "%s", strerror(errno));
        t->download->received = size;
        return 0;
}

/* The bytes of an earlier process count when they can be the beginning of this content. */
static int find_beginning(Transfer *t) {
        Download *d = t->download;
        struct stat st;

        if (fstat(t->fd, &st) < 0)
                return download_refuse(d, -errno, "%s", strerror(errno));
        d->received = (uint64_t) st.st_size;
        if (!d->resume || d->received > d->size_max || d->received > d->size)
                return cut(t, 0);
        t->best = d->received;
        return 0;
}

bool transfer_is_complete(const Transfer *t) {
        return t->download->size != DOWNLOAD_SIZE_UNKNOWN && t->download->received > 0 &&
               t->download->received == t->download->size;
}

/* --- the answer
 * ----------------------------------------------------------------------------------- */

static const char *find_header(const Transfer *t, const char *name) {
        struct curl_header *header;

        /* -1: of the last answer, when there were redirects. */
        return curl_easy_header(t->easy, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK
                       ? header->value
                       : NULL;
}

/* Compares the size of the whole file, as the server announces it. */
static int check_size(Download *d, uint64_t size) {
        if (size > d->size_max)
                return download_refuse(
                        d, -EFBIG, "it has %llu bytes, the limit is %llu",
                        (unsigned long long) size, (unsigned long long) d->size_max);
        if (d->size != DOWNLOAD_SIZE_UNKNOWN && size != d->size)
                return download_refuse(
                        d, -EBADMSG, "it has %llu bytes instead of %llu", (unsigned long long) size,
                        (unsigned long long) d->size);
        return 0;
}

/* The server sends the rest of the file. Another range than this is useless; without one the next
 * try can work. */
static int accept_rest(Transfer *t) {
        Download *d = t->download;
        const char *text = find_header(t, "Content-Range");
        HttpRange range;

        if (!text || http_range_parse(text, &range) < 0 || range.first != d->received) {
                t->no_range = true;
                t->again = true;
                return download_refuse(d, -EBADMSG, "the server answered with another range of it");
        }
        /* The end of the file could not be told from the end of the connection. */
        if (range.size == HTTP_SIZE_UNKNOWN && d->size == DOWNLOAD_SIZE_UNKNOWN) {
                t->no_range = true;
                t->again = true;
                return download_refuse(d, -EBADMSG, "the server does not tell its size");
        }
        t->expected = range.size;
        return range.size == HTTP_SIZE_UNKNOWN ? 0 : check_size(d, range.size);
}

static int accept_whole(Transfer *t) {
        curl_off_t size = -1;
        int r = 0;

        (void) curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &size);
        if (size >= 0)
                r = check_size(t->download, (uint64_t) size);
        return r < 0 || t->download->received == 0 ? r : cut(t, 0);
}

/* A weak tag can name two contents, so that a range of one may not fit the other. */
static void note_validator(Transfer *t) {
        const char *text = find_header(t, "ETag");

        if (!text || strncmp(text, "W/", 2) == 0)
                text = find_header(t, "Last-Modified");
        if (!text || strlen(text) >= sizeof(t->validator))
                text = "";
        (void) snprintf(t->validator, sizeof(t->validator), "%s", text);
}

static int note_etag(Transfer *t) {
        const char *text = find_header(t, "ETag");

        if (!text)
                return 0;
        free(t->download->etag);
        t->download->etag = strdup(text);
        return t->download->etag ? 0
                                 : download_refuse(t->download, -ENOMEM, "%s", strerror(ENOMEM));
}

/* Decides from the headers whether the body goes into the file. */
static int begin_body(Transfer *t) {
        Download *d = t->download;
        long status = 0;
        int r;

        (void) curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
        t->expected = DOWNLOAD_SIZE_UNKNOWN;
        if (status == 304 && d->known) {
                d->is_known = t->has_body = true;
                return cut(t, 0);
        }
        if (status != 200 && (status != 206 || !t->is_rest))
                return download_refuse(d, -EIO, "the server answered with status %ld", status);
        r = status == 206 ? accept_rest(t) : accept_whole(t);
        if (r >= 0)
                r = note_etag(t);
        if (r < 0)
                return r;
        if (lseek(t->fd, (off_t) d->received, SEEK_SET) < 0)
                return download_refuse(d, -errno, "%s", strerror(errno));
        note_validator(t);
        t->has_body = true;
        return 0;
}

static int take_body(Transfer *t, const char *data, size_t size) {
        Download *d = t->download;
        uint64_t limit = d->size < d->size_max ? d->size : d->size_max;
        int r = t->has_body ? 0 : begin_body(t);

        if (r < 0)
                return r;
        if (size > limit - d->received)
                return download_refuse(
                        d, d->size <= d->size_max ? -EBADMSG : -EFBIG,
                        "it has more than %llu bytes", (unsigned long long) limit);
        r = write_all(t->fd, data, size);
        if (r < 0)
                return download_refuse(d, r, "%s", strerror(-r));
        d->received += size;
        return 0;
}

static size_t on_body(char *data, size_t size, size_t n, void *userdata) {
        return take_body(userdata, data, size * n) < 0 ? CURL_WRITEFUNC_ERROR : size * n;
}

/* --- a try
 * ---------------------------------------------------------------------------------------- */

static int add_header(Transfer *t, const char *name, const char *value) {
        _cleanup_free_ char *line = NULL;
        struct curl_slist *longer;

        if (asprintf(&line, "%s: %s", name, value) < 0)
                return -ENOMEM;
        longer = curl_slist_append(t->headers, line);
        if (!longer)
                return -ENOMEM;
        t->headers = longer;
        return 0;
}

/* Asks for what is missing, on condition that it is still the same content: the server or the
 * caller knows that. */
static int ask_for_rest(Transfer *t) {
        const Download *d = t->download;
        char range[32];

        t->is_rest = d->received > 0 && !t->no_range && !d->form && (t->validator[0] || d->resume);
        if (!t->is_rest)
                return cut(t, 0);
        (void) snprintf(range, sizeof(range), "%llu-", (unsigned long long) t->download->received);
        if (curl_easy_setopt(t->easy, CURLOPT_RANGE, range) != CURLE_OK)
                return -ENOMEM;
        return t->validator[0] ? add_header(t, "If-Range", t->validator) : 0;
}

int transfer_prepare(Transfer *t) {
        Download *d = t->download;
        int r = 0;

        download_done(d);
        d->result = 0;
        d->transferred = true;
        d->retry_after = 0;
        t->has_body = t->again = t->is_passing = false;
        t->retry_at = 0;
        t->detail[0] = '\0';
        curl_slist_free_all(t->headers);
        t->headers = NULL;
        (void) curl_easy_setopt(t->easy, CURLOPT_RANGE, NULL);

        if (d->accept)
                r = add_header(t, "Accept", d->accept);
        if (r >= 0 && d->known)
                r = add_header(t, "If-None-Match", d->known);
        if (r >= 0)
                r = ask_for_rest(t);
        (void) curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
        return r < 0 ? download_refuse(d, r, "%s", strerror(-r)) : 0;
}

/* The pause before the next try: longer each time, and not the same for all that failed at once. */
static uint64_t backoff(const Transfer *t) {
        uint64_t pause = t->options->pause_usec, random = 0;

        for (unsigned i = 1; i < t->n_failed && pause < t->options->wait_max_usec; i++)
                pause *= 2;
        if (getrandom(&random, sizeof(random), GRND_NONBLOCK) == sizeof(random))
                pause += random % (pause / 4 + 1);
        return pause < t->options->wait_max_usec ? pause : t->options->wait_max_usec;
}

/* Whether progress was made since failed tries are counted. */
static void count_failure(Transfer *t) {
        if (t->download->received >= t->best + PROGRESS) {
                t->best = t->download->received;
                t->n_failed = 0;
        }
        t->n_failed++;
}

static int try_again(Transfer *t) {
        Download *d = t->download;
        curl_off_t seconds = 0;
        uint64_t pause;

        t->is_passing = true;
        count_failure(t);
        (void) curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &seconds);
        d->retry_after = seconds > 0 ? (uint64_t) seconds : 0;
        if (t->n_failed >= t->options->n_tries)
                return d->result;
        pause = backoff(t);
        if (seconds > 0 && (uint64_t) seconds * USEC_PER_SEC > t->options->wait_max_usec) {
                download_done(d);
                d->result = 0;
                return download_refuse(
                        d, -EIO, "the server asks to wait for %llu seconds",
                        (unsigned long long) seconds);
        }
        if (seconds > 0 && (uint64_t) seconds * USEC_PER_SEC > pause)
                pause = (uint64_t) seconds * USEC_PER_SEC;
        t->retry_at = now_monotonic() + pause;
        return TRY_AGAIN;
}

/* Failures of the network, which another try may not have. */
static bool is_passing(CURLcode code) {
        static const CURLcode passing[] = {
                CURLE_COULDNT_RESOLVE_PROXY,
                CURLE_COULDNT_RESOLVE_HOST,
                CURLE_COULDNT_CONNECT,
                CURLE_PARTIAL_FILE,
                CURLE_OPERATION_TIMEDOUT,
                CURLE_GOT_NOTHING,
                CURLE_SEND_ERROR,
                CURLE_RECV_ERROR,
                CURLE_SSL_CONNECT_ERROR,
                CURLE_HTTP2,
                CURLE_HTTP2_STREAM,
                CURLE_WEIRD_SERVER_REPLY,
        };

        for (size_t i = 0; i < ELEMENTSOF(passing); i++)
                if (passing[i] == code)
                        return true;
        return false;
}

/* 416: the file has as many bytes as the server's, or is not its beginning. */
static int range_is_refused(Transfer *t) {
        const char *text = find_header(t, "Content-Range");
        HttpRange range;

        if (text && http_range_parse(text, &range) >= 0 && range.size == t->download->received &&
            (t->download->size == DOWNLOAD_SIZE_UNKNOWN || t->download->size == range.size))
                return COMPLETE;
        (void) download_refuse(t->download, -EBADMSG, "the server has no such range of it");
        if (t->no_range)
                return t->download->result;
        t->no_range = true;
        return try_again(t);
}

static int status_means(Transfer *t) {
        Download *d = t->download;
        long status = 0;

        (void) curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
        if (status == 416)
                return range_is_refused(t);
        (void) download_refuse(
                d,
                status == 404 || status == 410   ? -ENOENT
                : status == 401 || status == 403 ? -EACCES
                                                 : -EIO,
                "the server answered with status %ld", status);
        if (status == 408 || status == 425 || status == 429 || (status >= 500 && status != 501))
                return try_again(t);
        return d->result;
}

/* All of the body is there. Without a length, the connection can have been closed too early. */
static int body_ended(Transfer *t) {
        Download *d = t->download;
        uint64_t expected;
        int r = t->has_body ? 0 : begin_body(t);

        if (r < 0)
                return t->again ? try_again(t) : r;
        expected = d->size == DOWNLOAD_SIZE_UNKNOWN ? t->expected : d->size;
        if (d->is_known || expected == DOWNLOAD_SIZE_UNKNOWN || d->received == expected)
                return COMPLETE;
        (void) download_refuse(
                d, -EBADMSG, "it has %llu bytes instead of %llu", (unsigned long long) d->received,
                (unsigned long long) expected);
        return try_again(t);
}

int transfer_ended(Transfer *t, CURLcode code) {
        if (t->download->result < 0)
                return t->again ? try_again(t) : t->download->result;
        if (code == CURLE_OK)
                return body_ended(t);
        if (code == CURLE_HTTP_RETURNED_ERROR)
                return status_means(t);
        (void) download_refuse(
                t->download, -EIO, "%s", t->detail[0] ? t->detail : curl_easy_strerror(code));
        t->again = is_passing(code);
        return t->again ? try_again(t) : t->download->result;
}

/* --- a download
 * ----------------------------------------------------------------------------------- */

/* Once the way is safe, it stays safe. */
static const char *protocols_after(const char *url) {
        return strncmp(url, "https:", strlen("https:")) == 0 ? "https" : "http,https";
}

static CURLcode set_numbers(CURL *easy, const DownloadOptions *o) {
        const struct {
                CURLoption option;
                long value;
        } numbers[] = {
                { CURLOPT_NOSIGNAL, 1 },
                { CURLOPT_FAILONERROR, 1 },
                { CURLOPT_FOLLOWLOCATION, 1 },
                { CURLOPT_MAXREDIRS, (long) o->n_redirects },
                { CURLOPT_DISALLOW_USERNAME_IN_URL, 1 },
                { CURLOPT_CONNECTTIMEOUT, (long) o->connect_seconds },
                { CURLOPT_TIMEOUT, (long) o->try_seconds },
                { CURLOPT_LOW_SPEED_LIMIT, SLOWEST },
                { CURLOPT_LOW_SPEED_TIME, (long) o->stall_seconds },
                { CURLOPT_BUFFERSIZE, BUFFER },
        };
        CURLcode code = CURLE_OK;

        for (size_t i = 0; i < ELEMENTSOF(numbers) && code == CURLE_OK; i++)
                code = curl_easy_setopt(easy, numbers[i].option, numbers[i].value);
        return code;
}

static CURLcode set_texts(CURL *easy, const Download *d) {
        const struct {
                CURLoption option;
                const char *value;
        } texts[] = {
                { CURLOPT_URL, d->url },
                { CURLOPT_POSTFIELDS, d->form },
                { CURLOPT_USERAGENT, "left4me" },
                { CURLOPT_PROTOCOLS_STR, "http,https" },
                { CURLOPT_REDIR_PROTOCOLS_STR, protocols_after(d->url) },
        };
        CURLcode code = CURLE_OK;

        for (size_t i = 0; i < ELEMENTSOF(texts) && code == CURLE_OK; i++)
                if (texts[i].value)
                        code = curl_easy_setopt(easy, texts[i].option, texts[i].value);
        return code;
}

static bool set_up(CURL *easy, Transfer *t) {
        return set_numbers(easy, t->options) == CURLE_OK &&
               set_texts(easy, t->download) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->detail) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_WRITEDATA, t) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_PRIVATE, t) == CURLE_OK;
}

int transfer_open(Transfer *t, const DownloadOptions *options, Download *download) {
        *t = (Transfer) { .options = options, .download = download, .fd = -EBADF };

        t->fd = open_part(t);
        if (t->fd < 0)
                return download_refuse(download, t->fd, "%s", strerror(-t->fd));
        t->easy = curl_easy_init();
        if (!t->easy || !set_up(t->easy, t))
                return download_refuse(download, -ENOMEM, "%s", strerror(ENOMEM));
        return find_beginning(t);
}

void transfer_close(Transfer *t) {
        const DownloadOptions *o = t->options;
        Download *d = t->download;
        bool keep = d->result >= 0 || (d->resume && t->is_passing);
        int r;

        if (o->finished) {
                r = o->finished(d, d->result >= 0 ? t->fd : -EBADF, o->userdata);
                if (r < 0 && d->result >= 0) {
                        (void) download_refuse(d, r, "%s", strerror(-r));
                        keep = false;
                }
        }
        if (d->part && !keep)
                (void) unlinkat(o->dir_fd, d->part, 0);
        curl_slist_free_all(t->headers);
        curl_easy_cleanup(t->easy);
        safe_close(t->fd);
        *t = (Transfer) { .fd = -EBADF };
}
