/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * /metrics, for Prometheus and what speaks like it. It costs no call on the bus: the app knows the
 * states already, reads three files of the kernel for each running server, and the journal of jobs
 * once a minute.
 */

#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>

#include "app/answer.h"
#include "content/update-check.h"
#include "http/response.h"
#include "pages/metrics-model.h"
#include "pages/pages.h"

static void add_disk(const Request *request, Metrics *metrics) {
        struct statvfs fs;

        if (statvfs(request->web->paths->state_dir, &fs) < 0)
                return;
        metrics_family(
                metrics, "left4me_state_free_bytes", METRIC_GAUGE,
                "Room for users on the file system of /var/lib/left4me.");
        metrics_value(metrics, NULL, (double) fs.f_bavail * (double) fs.f_frsize);
        metrics_family(
                metrics, "left4me_state_size_bytes", METRIC_GAUGE, "Size of that file system.");
        metrics_value(metrics, NULL, (double) fs.f_blocks * (double) fs.f_frsize);
}

static void add_game(const Request *request, Metrics *metrics) {
        _cleanup_(game_update_clear) GameUpdate update = {};
        const char *slash;

        game_update_load(request->web->paths, &update);
        if (!update.version)
                return;
        slash = strrchr(update.version, '/');

        const MetricLabel labels[] = {
                { "version", slash ? slash + 1 : update.version },
                { "build", update.build },
                {},
        };

        metrics_family(
                metrics, "left4me_game_info", METRIC_GAUGE,
                "The version of the game that servers get, and its build.");
        metrics_value(metrics, labels, 1);
        if (!update.has_update && !update.is_newest)
                return;
        metrics_family(
                metrics, "left4me_game_outdated", METRIC_GAUGE,
                "Whether Steam had another build at the last check.");
        metrics_value(metrics, NULL, update.has_update);
}

static void add_host(const Request *request, Metrics *metrics) {
        struct utsname kernel;

        if (uname(&kernel) >= 0) {
                const MetricLabel labels[] = { { "kernel", kernel.release }, {} };

                metrics_family(metrics, "left4me_host_info", METRIC_GAUGE, "The host's kernel.");
                metrics_value(metrics, labels, 1);
        }
        metrics_family(
                metrics, "left4me_web_start_time_seconds", METRIC_GAUGE,
                "When the web app started, since 1970.");
        metrics_value(metrics, NULL, (double) request->web->started / 1000000);
        add_disk(request, metrics);
        add_game(request, metrics);
}

static int write_all(const Request *request, Metrics *metrics) {
        int r;

        add_host(request, metrics);
        r = metrics_add_servers(request, metrics);
        if (r < 0)
                return r;
        metrics_add_jobs(request, metrics);
        return metrics_end(metrics);
}

int page_metrics(Request *request) {
        Metrics metrics = { .is_open = metrics_wants_open(request_header(request, "Accept")) };
        char *text = NULL;
        size_t size = 0;
        int r;

        metrics.f = open_memstream(&text, &size);
        if (!metrics.f)
                return -ENOMEM;
        r = write_all(request, &metrics);
        if (fclose(metrics.f) != 0 && r >= 0)
                r = -ENOMEM;
        if (r < 0) {
                free(text);
                return r;
        }
        return http_response_data(&request->http, 200, metrics_content_type(&metrics), text, size);
}
