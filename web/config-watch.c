/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config-watch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

#include "base/log.h"
#include "servers/servers.h"

struct ConfigWatch {
        Web *web;
        char *directory, *drop_ins; /* /etc/left4me and left4me.conf.d in it */
        sd_event_source *directory_source, *drop_ins_source;
};

static void reload(Web *web) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        HostConfig *config;
        int r;

        /* Lines with errors are ignored, as at the start and by all the others. */
        r = host_config_load(web->paths, &errors, &config);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read the changed configuration");
                return;
        }
        host_config_free(web->config);
        web->config = config;
        web->specs.config = config;
        servers_specs_stale(web->servers);
        servers_host_stale(web->servers);
}

static int watch_drop_ins(ConfigWatch *watch);

static int on_change(
        sd_event_source *source, const struct inotify_event *event _unused_, void *userdata) {
        ConfigWatch *watch = userdata;

        /* left4me.conf.d may have come, gone or been exchanged. */
        if (source == watch->directory_source) {
                int r = watch_drop_ins(watch);

                if (r < 0)
                        (void) log_error_errno(r, "Failed to watch %s", watch->drop_ins);
        }
        reload(watch->web);
        return 0;
}

/* Before requests of the same moment: they are to be answered with what holds now. */
static int add_watch(ConfigWatch *watch, const char *path, sd_event_source **source) {
        int r;

        *source = sd_event_source_disable_unref(*source);
        r = sd_event_add_inotify(
                watch->web->event, source, path,
                IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB |
                        IN_ONLYDIR,
                on_change, watch);
        if (r < 0)
                return r == -ENOENT || r == -ENOTDIR ? 0 : r;
        return sd_event_source_set_priority(*source, SD_EVENT_PRIORITY_IMPORTANT);
}

static int watch_drop_ins(ConfigWatch *watch) {
        return add_watch(watch, watch->drop_ins, &watch->drop_ins_source);
}

int config_watch_new(Web *web, ConfigWatch **ret) {
        _cleanup_(config_watch_freep) ConfigWatch *watch = calloc(1, sizeof(*watch));
        const char *file = web->paths->config_file;
        int r;

        if (!watch)
                return -ENOMEM;
        watch->web = web;
        watch->directory = strndup(file, (size_t) (strrchr(file, '/') - file));
        if (!watch->directory)
                return -ENOMEM;
        if (asprintf(&watch->drop_ins, "%s.d", file) < 0) {
                watch->drop_ins = NULL;
                return -ENOMEM;
        }

        r = add_watch(watch, watch->directory, &watch->directory_source);
        if (r >= 0 && !watch->directory_source)
                log_warning(
                        "Missing directory %s: a new configuration is read at the next start",
                        watch->directory);
        if (r >= 0)
                r = watch_drop_ins(watch);
        if (r < 0)
                return r;

        /* It may have changed between the first reading and now. */
        reload(web);
        *ret = TAKE_PTR(watch);
        return 0;
}

ConfigWatch *config_watch_free(ConfigWatch *watch) {
        if (!watch)
                return NULL;
        sd_event_source_disable_unref(watch->directory_source);
        sd_event_source_disable_unref(watch->drop_ins_source);
        free(watch->directory);
        free(watch->drop_ins);
        free(watch);
        return NULL;
}
