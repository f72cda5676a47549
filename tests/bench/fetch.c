/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Downloads files with helpers/download/download.c, for its suite and its benchmark.
 *
 * Usage: fetch [NAME=NUMBER…] DIRECTORY URL…
 *
 * Numbers: parallel, tries, pause_ms, wait_ms, connect, stall, seconds (of a try), size, max
 * (bytes), resume, text (1: into memory, printed), keep (1: renamed to its last part of the URL,
 * without it the temporary file stays). Prints a line for each: name, result, bytes, whether the
 * server was asked, SHA-256 and reason. Exit status 1 when one failed.
 */

#include <fcntl.h>
#include <string.h>

#include "base/text.h"
#include "base/time-text.h"
#include "download/download.h"

typedef struct Fetch {
        DownloadOptions options;
        uint64_t size, max, resume, text, keep;
} Fetch;

static const char *last_part(const char *url) {
        return strrchr(url, '/') + 1;
}

static int finished(Download *d, int fd, void *userdata) {
        const Fetch *fetch = userdata;
        char digest[SHA256_TEXT_MAX] = "-";
        int r = 0;

        if (fd >= 0)
                r = download_sha256(fd, digest);
        if (r >= 0 && fd >= 0 && fetch->keep)
                r = download_keep(fetch->options.dir_fd, d, fd, last_part(d->url));
        printf("%s %d %llu %s %s %s\n", last_part(d->url), d->result,
               (unsigned long long) d->received, d->transferred ? "asked" : "not-asked", digest,
               d->error ? d->error : "");
        return r;
}

static void set_number(Fetch *fetch, const char *name, uint64_t value) {
        DownloadOptions *o = &fetch->options;
        const struct {
                const char *name;
                uint64_t *number;
                unsigned *small;
                uint64_t factor;
        } numbers[] = {
                { "parallel", NULL, &o->n_parallel, 1 },
                { "tries", NULL, &o->n_tries, 1 },
                { "connect", NULL, &o->connect_seconds, 1 },
                { "stall", NULL, &o->stall_seconds, 1 },
                { "seconds", NULL, &o->try_seconds, 1 },
                { "pause_ms", &o->pause_usec, NULL, 1000 },
                { "wait_ms", &o->wait_max_usec, NULL, 1000 },
                { "size", &fetch->size, NULL, 1 },
                { "max", &fetch->max, NULL, 1 },
                { "resume", &fetch->resume, NULL, 1 },
                { "text", &fetch->text, NULL, 1 },
                { "keep", &fetch->keep, NULL, 1 },
        };

        for (size_t i = 0; i < ELEMENTSOF(numbers); i++) {
                if (strcmp(numbers[i].name, name) != 0)
                        continue;
                if (numbers[i].small)
                        *numbers[i].small = (unsigned) value;
                else
                        *numbers[i].number = value * numbers[i].factor;
                return;
        }
        fprintf(stderr, "Unknown number '%s'\n", name);
        exit(2);
}

static int fetch_text(const Fetch *fetch, const char *url) {
        Download d = { .url = url, .size = fetch->size, .size_max = fetch->max };
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r = download_text(&fetch->options, &d, &text, &size);

        if (r >= 0)
                (void) fwrite(text, size, 1, stdout);
        else
                printf("%d %s\n", r, d.error ? d.error : "");
        download_done(&d);
        return r < 0;
}

static int fetch_files(Fetch *fetch, char **urls, size_t n) {
        _cleanup_free_ Download *downloads = calloc(n, sizeof(*downloads));
        int r, status = 0;

        if (!downloads)
                return 1;
        for (size_t i = 0; i < n; i++) {
                _cleanup_free_ char *part = NULL;

                if (asprintf(&part, "%s.part", last_part(urls[i])) < 0)
                        return 1;
                downloads[i] = (Download) {
                        .url = urls[i],
                        .part = TAKE_PTR(part),
                        .resume = fetch->resume,
                        .size = fetch->size,
                        .size_max = fetch->max,
                };
        }
        fetch->options.finished = finished;
        fetch->options.userdata = fetch;
        r = download_all(&fetch->options, downloads, n);
        for (size_t i = 0; i < n; i++) {
                status |= downloads[i].result < 0;
                free((char *) (uintptr_t) downloads[i].part);
                download_done(&downloads[i]);
        }
        return r < 0 || status;
}

int main(int argc, char *argv[]) {
        Fetch fetch = {
                .options = DOWNLOAD_OPTIONS_DEFAULT,
                .size = DOWNLOAD_SIZE_UNKNOWN,
                .max = UINT64_MAX,
        };
        int i = 1;

        text_setup();
        for (; i < argc && strchr(argv[i], '=') && argv[i][0] != '/'; i++) {
                char *value = strchr(argv[i], '=');

                *value++ = '\0';
                set_number(&fetch, argv[i], strtoull(value, NULL, 10));
        }
        if (argc - i < 2)
                return 2;
        fetch.options.dir_fd = open(argv[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fetch.options.dir_fd < 0)
                return 1;
        return fetch.text ? fetch_text(&fetch, argv[i + 1])
                          : fetch_files(&fetch, argv + i + 1, (size_t) (argc - i - 1));
}
