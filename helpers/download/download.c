/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "download/download.h"

#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "base/time-text.h"
#include "download/transfer.h"

/* Progress that came too early for a call is told with the next poll. */
enum { PROGRESS_USEC = 200000, POLL_MSEC = 250 };

/* For an answer in memory, however slowly it comes. */
enum { TEXT_SECONDS = 120 };

struct DownloadConnections {
        CURLM *multi;
};

/* All downloads of a call. A slot's transfer keeps it while it waits for its next try. */
typedef struct Queue {
        const DownloadOptions *options;
        CURLM *multi;
        Download *downloads;
        size_t n, next; /* the first that was not begun */
        Transfer *slots;
        size_t n_slots, n_used;
        uint64_t told_at; /* when progress() was called */
} Queue;

static int start_try(Queue *q, Transfer *t) {
        int r = transfer_prepare(t);

        if (r < 0)
                return r;
        return curl_multi_add_handle(q->multi, t->easy) == CURLM_OK
                       ? 0
                       : download_refuse(t->download, -ENOMEM, "%s", strerror(ENOMEM));
}

static void end(Queue *q, Transfer *t) {
        transfer_close(t);
        q->n_used--;
}

static void begin(Queue *q, Transfer *t, Download *download) {
        int r;

        q->n_used++;
        r = transfer_open(t, q->options, download);
        if (r >= 0 && !transfer_is_complete(t)) {
                r = start_try(q, t);
                if (r >= 0)
                        return;
        }
        end(q, t);
}

/* Gives free slots to the next downloads. */
static void fill_slots(Queue *q) {
        for (size_t i = 0; i < q->n_slots; i++)
                while (!q->slots[i].download && q->next < q->n)
                        begin(q, &q->slots[i], &q->downloads[q->next++]);
}

/* Starts the tries whose time has come. Milliseconds to the next one, at most POLL_MSEC. */
static int start_due_tries(Queue *q) {
        uint64_t now = now_monotonic(), wait = POLL_MSEC * UINT64_C(1000);

        for (size_t i = 0; i < q->n_slots; i++) {
                Transfer *t = &q->slots[i];

                if (!t->download || t->retry_at == 0)
                        continue;
                if (t->retry_at > now) {
                        wait = t->retry_at - now < wait ? t->retry_at - now : wait;
                        continue;
                }
                if (start_try(q, t) < 0)
                        end(q, t);
                wait = 0;
        }
        return (int) ((wait + 999) / 1000);
}

static void take_results(Queue *q) {
        CURLMsg *message;
        int n;

        while ((message = curl_multi_info_read(q->multi, &n))) {
                CURLcode code = message->data.result;
                Transfer *t = NULL;

                (void) curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **) &t);
                (void) curl_multi_remove_handle(q->multi, t->easy);
                if (transfer_ended(t, code) != 0)
                        end(q, t);
        }
}

static void tell_progress(Queue *q) {
        uint64_t now = now_monotonic();

        if (!q->options->progress || now < q->told_at + PROGRESS_USEC)
                return;
        q->told_at = now;
        q->options->progress(q->options->userdata);
}

static int run(Queue *q) {
        int n_running;

        for (;;) {
                int wait;

                fill_slots(q);
                if (q->n_used == 0)
                        return 0;
                wait = start_due_tries(q);
                if (curl_multi_perform(q->multi, &n_running) != CURLM_OK)
                        return -EIO;
                take_results(q);
                tell_progress(q);
                if (q->n_used == 0 || (q->next < q->n && q->n_used < q->n_slots))
                        continue;
                if (curl_multi_poll(q->multi, NULL, 0, wait, NULL) != CURLM_OK)
                        return -EIO;
        }
}

int download_connections_new(DownloadConnections **ret) {
        DownloadConnections *connections;

        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
                return -ENOMEM;
        connections = calloc(1, sizeof(*connections));
        if (!connections)
                return -ENOMEM;
        connections->multi = curl_multi_init();
        if (!connections->multi) {
                free(connections);
                return -ENOMEM;
        }
        *ret = connections;
        return 0;
}

DownloadConnections *download_connections_free(DownloadConnections *connections) {
        if (!connections)
                return NULL;
        (void) curl_multi_cleanup(connections->multi);
        free(connections);
        return NULL;
}

int download_all(const DownloadOptions *options, Download *downloads, size_t n) {
        Queue q = { .options = options, .downloads = downloads, .n = n };
        int r = -ENOMEM;

        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
                return -ENOMEM;
        q.n_slots = n < options->n_parallel ? n : options->n_parallel;
        q.slots = calloc(q.n_slots + 1, sizeof(*q.slots));
        q.multi = options->connections ? options->connections->multi : curl_multi_init();
        if (q.slots && q.multi)
                r = run(&q);
        for (size_t i = 0; r < 0 && q.slots && i < q.n_slots; i++)
                if (q.slots[i].download) {
                        (void) curl_multi_remove_handle(q.multi, q.slots[i].easy);
                        (void) download_refuse(q.slots[i].download, r, "%s", strerror(-r));
                        end(&q, &q.slots[i]);
                }
        free(q.slots);
        if (!options->connections)
                (void) curl_multi_cleanup(q.multi);
        return r;
}

static int read_answer(const Download *d, int fd, char **ret) {
        _cleanup_free_ char *text = malloc(d->received + 1);
        ssize_t n;

        if (!text)
                return -ENOMEM;
        if (lseek(fd, 0, SEEK_SET) < 0)
                return -errno;
        n = read_full(fd, text, d->received);
        if (n < 0)
                return (int) n;
        text[n] = '\0';
        *ret = TAKE_PTR(text);
        return 0;
}

static int keep_text(Download *d, int fd, void *userdata) {
        return fd < 0 ? 0 : read_answer(d, fd, userdata);
}

int download_text(
        const DownloadOptions *options, Download *download, char **ret_text, size_t *ret_size) {
        DownloadOptions own = *options;
        _cleanup_free_ char *text = NULL;
        int r;

        own.finished = keep_text;
        own.progress = NULL;
        if (own.try_seconds == 0)
                own.try_seconds = TEXT_SECONDS;
        own.userdata = &text;
        download->part = NULL;
        r = download_all(&own, download, 1);
        if (r < 0)
                return r;
        if (download->result < 0)
                return download->result;
        *ret_text = TAKE_PTR(text);
        *ret_size = download->received;
        return 0;
}

int download_refuse(Download *download, int error, const char *format, ...) {
        va_list arguments;

        if (download->result < 0)
                return download->result;
        download->result = error;
        va_start(arguments, format);
        if (vasprintf(&download->error, _(format), arguments) < 0)
                download->error = NULL;
        va_end(arguments);
        return error;
}

int download_keep(int dir_fd, const Download *download, int fd, const char *name) {
        if (fsync(fd) < 0 || renameat(dir_fd, download->part, dir_fd, name) < 0)
                return -errno;
        return 0;
}

int download_sha256(int fd, char ret[static SHA256_TEXT_MAX]) {
        return lseek(fd, 0, SEEK_SET) < 0 ? -errno : sha256_of_file(fd, ret);
}

void download_done(Download *download) {
        free(download->error);
        download->error = NULL;
        free(download->etag);
        download->etag = NULL;
}
