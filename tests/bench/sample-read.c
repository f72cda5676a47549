/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Reads the points of a chart as the web app does, of the first N servers that sample-fill invents,
 * and prints how many answers are in them.
 *
 * Usage: sample-read HOURS POINTS N
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "live/samples.h"

static int compare(const void *a, const void *b) {
        return strcmp(((const LiveServer *) a)->name, ((const LiveServer *) b)->name);
}

int main(int argc, char *argv[]) {
        uint64_t now = (uint64_t) time(NULL) * 1000000, since;
        _cleanup_free_ LiveServer *servers = NULL;
        LiveSeries series = {};
        size_t n, n_points;
        int r;

        if (argc != 4)
                return EXIT_FAILURE;
        since = now - strtoul(argv[1], NULL, 10) * 60 * live_level_usec(LIVE_LEVEL_MINUTE);
        n_points = strtoul(argv[2], NULL, 10);
        n = strtoul(argv[3], NULL, 10);
        servers = calloc(n + 1, sizeof(*servers));
        if (!servers)
                return EXIT_FAILURE;
        for (size_t i = 0; i < n; i++)
                (void) snprintf(servers[i].name, sizeof(servers[i].name), "server-%zu", i + 1);
        qsort(servers, n, sizeof(*servers), compare);

        r = live_series_read(servers, n, since, now, n_points, &series);
        if (r < 0) {
                (void) fprintf(stderr, "%s\n", strerror(-r));
                return EXIT_FAILURE;
        }
        (void) printf("%" PRIu64 "\n", series.total.of[LIVE_PLAYERS].n);
        for (size_t i = 0; i < n; i++)
                (void) printf("%s %.2f\n", servers[i].name, servers[i].total.of[LIVE_PLAYERS].mean);
        live_series_clear(&series);
        return EXIT_SUCCESS;
}
