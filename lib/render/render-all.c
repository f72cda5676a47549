/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/render-all.h"

#include <fcntl.h>
#include <string.h>

enum { CPU_LIST_MAX = 4096 }; /* bytes of sysfs' list of CPUs */

/* The host configuration and all specs, loaded. */
typedef struct Host {
        HostConfig *config;
        SpecContext context;
        SpecSet *set; /* NULL: without an instances directory */
} Host;

static void host_done(Host *host) {
        spec_set_free(host->set);
        if (host->context.paths)
                spec_context_close(&host->context);
        host_config_free(host->config);
}

static void hand_over(SpecErrors *errors, SpecSetReport report, void *userdata) {
        if (spec_errors_any(errors))
                report(errors, userdata);
        spec_errors_clear(errors);
}

static int load_config(const Paths *paths, SpecSetReport report, void *userdata, HostConfig **ret) {
        SpecErrors errors = {};
        int r;

        r = host_config_load(paths, &errors, ret);
        hand_over(&errors, report, userdata);
        return r;
}

static int load_specs(Host *host, const Paths *paths, SpecSetReport report, void *userdata) {
        SpecContext context;
        int r;

        r = spec_context_open(paths, host->config, &context);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return r;

        host->context = context;
        return spec_set_load(&host->context, report, userdata, &host->set);
}

static int read_online_cpus(const char *path, CpuSet *ret) {
        _cleanup_close_ int fd = -EBADF;
        char text[CPU_LIST_MAX];
        ssize_t n;

        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return -errno;

        n = read(fd, text, sizeof(text) - 1);
        if (n < 0)
                return -errno;

        text[n] = '\0';
        text[strcspn(text, "\n")] = '\0';
        return cpu_set_parse(text, ret);
}

/* Without a split the CPUs aren't even looked at: most hosts have none. */
static int render_split(
        const HostConfig *config, const Paths *paths, SpecSetReport report, void *userdata,
        const RenderSink *sink) {
        const SpecPlace place = { .file = paths->config_file };
        SpecErrors errors = {};
        CpuSet online;
        int r;

        if (cpu_set_is_empty(&config->system_cpus))
                return 0;

        r = read_online_cpus(paths->cpu_online, &online);
        if (r < 0)
                spec_errors_add(
                        &errors, &place, "system_cpus= is ignored: Failed to read %s: %s",
                        paths->cpu_online, strerror(-r));
        else
                r = render_host(config, &online, paths, sink, &errors);

        if (spec_errors_any(&errors))
                r = 0; /* reported, and no reason to stop */
        hand_over(&errors, report, userdata);
        return r;
}

int render_all(const Paths *paths, SpecSetReport report, void *userdata, const RenderSink *sink) {
        _cleanup_(host_done) Host host = {};
        int r, result;

        r = load_config(paths, report, userdata, &host.config);
        if (r < 0)
                return r;

        result = render_split(host.config, paths, report, userdata, sink);
        r = render_alerts(host.config, sink);
        if (r < 0 && result == 0)
                result = r;

        r = load_specs(&host, paths, report, userdata);
        if (r < 0)
                return r;

        for (size_t i = 0; host.set && i < host.set->n_items; i++) {
                const SpecSetItem *item = &host.set->items[i];

                if (item->refused)
                        continue;
                r = render_instance(&item->settings, paths, sink);
                if (r < 0 && result == 0)
                        result = r;
        }
        return result;
}

/* Passes on what concerns one instance. */
typedef struct ReportFilter {
        const char *directory; /* of the instance, with a slash at the end */
        SpecSetReport report;
        void *userdata;
} ReportFilter;

static void report_filtered(const SpecErrors *errors, void *userdata) {
        const ReportFilter *filter = userdata;

        if (errors->n_items > 0 &&
            strncmp(errors->items[0].file, filter->directory, strlen(filter->directory)) == 0)
                filter->report(errors, filter->userdata);
}

static void report_nothing(const SpecErrors *errors, void *userdata) {
        (void) errors;
        (void) userdata;
}

int render_one(
        const Paths *paths, const char *name, SpecSetReport report, void *userdata,
        const RenderSink *sink) {
        _cleanup_(host_done) Host host = {};
        _cleanup_free_ char *directory = NULL;
        const SpecSetItem *item;
        int r;

        if (asprintf(&directory, "%s/%s/", paths->instances_dir, name) < 0) {
                directory = NULL;
                return -ENOMEM;
        }
        ReportFilter filter = { directory, report, userdata };

        r = load_config(paths, report_nothing, NULL, &host.config);
        if (r < 0)
                return r;

        r = load_specs(&host, paths, report_filtered, &filter);
        if (r < 0)
                return r;

        item = host.set ? spec_set_find(host.set, name) : NULL;
        if (!item)
                return -ENOENT;
        if (item->refused)
                return -EINVAL;
        return render_instance(&item->settings, paths, sink);
}
