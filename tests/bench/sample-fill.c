/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Writes samples of so many servers over so many days until now, as left4me-watch.service does: an
 * entry a minute and one of ten minutes. It runs as that service, because readers believe no other.
 *
 * Usage: sample-fill SERVERS DAYS [PREFIX]      (default: server-)
 */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include <time.h>

#include "live/samples.h"

static unsigned long number(const char *text) {
        return text ? strtoul(text, NULL, 10) : 0;
}

/* An evening of eight players once a day, another one for each server, and numbers that differ, so
 * that they compress as real ones do. */
static LiveSample invent(const char *prefix, unsigned long server, uint64_t at, uint32_t n) {
        double day = (double) (at / 60000000 % 1440) / 1440;
        double players = fmax(0, 10 * sin(6.283 * (day + (double) server / 50)) - 2);
        unsigned noise = (unsigned) (at / 60000000 * 2654435761u + server * 40503u) >> 8;
        LiveSample sample = {
                .n = n,
                .n_looks = n,
                .humans = players,
                .humans_max = (uint32_t) players + 1,
                .bots = 4,
                .slots = 12,
                .has_stats = true,
                .fps = 30 - (double) (noise % 100) / 100,
                .fps_min = 29 - (double) (noise % 7),
                .has_cpu = true,
                .cpu_percent = 5 + players * 4 + (double) (noise % 300) / 100,
                .cpu_max = 50 + (double) (noise % 1000) / 100,
                .in_bytes_per_sec = (uint64_t) (players * 4000) + noise % 1000,
                .out_bytes_per_sec = (uint64_t) (players * 20000) + noise % 5000,
                .memory_bytes = 700000000 + noise % 100000 * 1024,
                .tasks = 14,
        };

        (void) snprintf(sample.name, sizeof(sample.name), "%s%lu", prefix, server);
        return sample;
}

static int send_entry(LiveLevel level, uint64_t at, const char *prefix, unsigned long n_servers) {
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);
        int r = f ? 0 : -ENOMEM;

        for (unsigned long i = 1; r >= 0 && i <= n_servers; i++) {
                LiveSample sample = invent(prefix, i, at, level == LIVE_LEVEL_MINUTE ? 6 : 60);

                r = live_sample_format(f, &sample);
        }
        if (f && fclose(f) != 0)
                r = -ENOMEM;
        if (r >= 0)
                r = sd_journal_send(
                        "MESSAGE_ID=" LIVE_SAMPLE_MESSAGE_ID, "MESSAGE=Samples of %lu servers",
                        n_servers, "PRIORITY=7", "LEFT4ME_LEVEL=%s", live_level_name(level),
                        "LEFT4ME_AT=%llu", (unsigned long long) at, "LEFT4ME_SAMPLES=%s", text,
                        NULL);
        free(text);
        return r;
}

int main(int argc, char *argv[]) {
        unsigned long n_servers = number(argc > 1 ? argv[1] : NULL);
        unsigned long days = number(argc > 2 ? argv[2] : NULL);
        const char *prefix = argc > 3 ? argv[3] : "server-";
        const uint64_t minute = live_level_usec(LIVE_LEVEL_MINUTE);
        const uint64_t ten = live_level_usec(LIVE_LEVEL_TEN_MINUTES);
        uint64_t now = (uint64_t) time(NULL) * 1000000 / minute * minute, since;

        if (n_servers == 0 || days == 0)
                return EXIT_FAILURE;
        since = (now - days * 24 * 60 * minute) / ten * ten;

        for (uint64_t at = since; at < now; at += minute) {
                int r = send_entry(LIVE_LEVEL_MINUTE, at, prefix, n_servers);

                if (r >= 0 && (at + minute) % ten == 0)
                        r = send_entry(
                                LIVE_LEVEL_TEN_MINUTES, at + minute - ten, prefix, n_servers);
                if (r < 0)
                        return EXIT_FAILURE;
        }
        /* journald can't tell the unit of a process that has gone. */
        return system("journalctl --namespace=left4me-watch --sync") == 0 /* NOLINT */
                       ? EXIT_SUCCESS
                       : EXIT_FAILURE;
}
