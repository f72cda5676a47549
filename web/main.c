/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * left4me-web: the web app. One process, one event loop; it shows what systemd, the journal and the
 * files say, and changes things by running l4d2ctl. It opens no socket: left4me-web.socket does.
 */

#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include <systemd/sd-daemon.h>

#include "app/dispatch.h"
#include "app/event-stream.h"
#include "app/fallback.h"
#include "app/outcome.h"
#include "app/reading.h"
#include "app/stream-watch.h"
#include "auth/hasher.h"
#include "auth/login-limit.h"
#include "auth/session.h"
#include "auth/users.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "config-watch.h"
#include "exec/queue.h"
#include "http/server.h"
#include "pages/routes.h"
#include "pages/static-files.h"
#include "serverlog/hub.h"
#include "servers/servers.h"
#include "threads/worker.h"
#include "view/language.h"

#define LOCALES_DIRECTORY   "/usr/share/locale"
#define TEMPLATES_DIRECTORY "/usr/share/left4me/web/templates"
#define STATIC_DIRECTORY    "/usr/share/left4me/web/static"
#define HTMX_DIRECTORY      "/usr/share/javascript/htmx"
/* The links codemirror.js and codemirror.css beside it are not followed. */
#define CODEMIRROR_DIRECTORY "/usr/share/javascript/codemirror/lib"
/* One file; what else is beside it would be 1.5 MiB in memory. */
#define CHARTS_FILE        "/usr/share/javascript/chart.js/chart.min.js"
#define SESSIONS_DIRECTORY "/run/left4me-web/sessions"

/* Requests that have begun have this long to finish, so that they do not hold up a restart. */
#define PATIENCE (USEC_PER_SEC / 2)

static int on_signal(
        _unused_ sd_event_source *source, _unused_ const struct signalfd_siginfo *info,
        void *userdata) {
        Web *web = userdata;

        (void) sd_notify(false, "STOPPING=1");
        http_server_drain(web->http, PATIENCE);
        return 0;
}

static int setup_signals(Web *web) {
        sigset_t child;
        int r;

        (void) signal(SIGPIPE, SIG_IGN);
        /* Or sd_event_add_child_pidfd() refuses. */
        (void) sigemptyset(&child);
        (void) sigaddset(&child, SIGCHLD);
        if (sigprocmask(SIG_BLOCK, &child, NULL) < 0)
                return -errno;

        r = sd_event_add_signal(
                web->event, NULL, SIGTERM | SD_EVENT_SIGNAL_PROCMASK, on_signal, web);
        if (r < 0)
                return r;
        return sd_event_add_signal(
                web->event, NULL, SIGINT | SD_EVENT_SIGNAL_PROCMASK, on_signal, web);
}

/* --- what it needs ---------------------------------------------------------------------------- */

static int load_config(Web *web) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        const char *link;
        int r;

        r = paths_from_environment(&web->paths);
        if (r < 0)
                return log_error_errno(r, "Failed to use LEFT4ME_ROOT");
        /* `l4d2ctl validate` reports its errors. */
        r = host_config_load(web->paths, &errors, &web->config);
        if (r < 0)
                return log_error_errno(r, "Failed to read the configuration");
        if (paths_find_symlink(web->paths, &link)) {
                log_error("Failed to use %s: it " PATHS_SYMLINK_MESSAGE, link);
                return -ELOOP;
        }
        r = spec_context_open(web->paths, web->config, &web->specs);
        if (r < 0)
                return log_error_errno(r, "Failed to open %s", web->paths->instances_dir);
        /* A user who may see a server gets its errors, and need not learn of other servers. */
        web->specs.hides_others = true;
        return 0;
}

static int load_pages(Web *web) {
        static const char *const directories[] = { STATIC_DIRECTORY, HTMX_DIRECTORY,
                                                   CODEMIRROR_DIRECTORY, CHARTS_FILE, NULL };
        MustacheError error = {};
        int r;

        r = languages_load(TEMPLATES_DIRECTORY, LOCALES_DIRECTORY, &error, &web->languages);
        if (r < 0)
                return log_error_errno(
                        r, "Failed to load the template '%s': %u:%u: %s", error.name, error.line,
                        error.column, error.message);
        r = static_files_load(directories, &web->files);
        if (r < 0)
                return log_error_errno(r, "Failed to load " STATIC_DIRECTORY);
        r = fallback_new(&web->fallback);
        if (r < 0)
                return log_error_errno(r, "Failed to make the answer for failures");
        return 0;
}

static int setup_people(Web *web) {
        int r;

        r = users_open(web->paths, &web->users);
        if (r < 0)
                return log_error_errno(r, "Failed to open %s", web->paths->users_dir);
        if (mkdir(SESSIONS_DIRECTORY, 0700) < 0 && errno != EEXIST)
                return log_error_errno(-errno, "Failed to make " SESSIONS_DIRECTORY);
        r = sessions_open(SESSIONS_DIRECTORY, &web->sessions);
        if (r < 0)
                return log_error_errno(r, "Failed to read " SESSIONS_DIRECTORY);
        r = login_limits_new(&web->limits);
        if (r < 0)
                return log_error_errno(r, "Failed to make a table of logins");
        r = hasher_new(web->event, &web->hasher);
        if (r < 0)
                return log_error_errno(r, "Failed to start the thread for passwords");
        return 0;
}

static int setup_bus(Web *web) {
        int r;

        r = sd_bus_open_system(&web->bus);
        if (r < 0)
                return log_error_errno(r, "Failed to connect to the system bus");
        r = sd_bus_attach_event(web->bus, web->event, SD_EVENT_PRIORITY_NORMAL);
        if (r < 0)
                return log_error_errno(r, "Failed to use the system bus");
        return 0;
}

/* Every stream socket that systemd passed, TCP or Unix: all but those of host_sockets_find(). */
static int listen_sockets(Web *web) {
        int n = sd_listen_fds(true), r;

        if (n < 0)
                return log_error_errno(n, "Failed to take the sockets from systemd");
        if (n == 0)
                return log_error_errno(
                        -ENOTCONN,
                        "No sockets from systemd: left4me-web.socket must start this service");

        for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + n; fd++) {
                if (fd == web->host_sockets.route_fd || fd == web->host_sockets.diag_fd)
                        continue;
                if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, true) <= 0)
                        return log_error_errno(-EINVAL, "Descriptor %d listens to no stream", fd);
                r = http_server_listen(web->http, fd);
                if (r < 0)
                        return log_error_errno(r, "Failed to listen");
        }
        return 0;
}

/* So that a page shows the servers' state right after the start, and not that it is unknown. */
#define SETTLE_TIME (3 * USEC_PER_SEC)

static int setup_watching(Web *web) {
        int r;

        web->started = now_realtime();
        host_sockets_find(&web->host_sockets);
        r = servers_new(web->event, &web->specs, &web->host_sockets, &web->servers);
        if (r < 0)
                return log_error_errno(r, "Failed to watch servers");
        r = config_watch_new(web, &web->config_watch);
        if (r < 0)
                return log_error_errno(r, "Failed to watch the configuration");
        r = log_hub_new(web->event, &web->logs);
        if (r < 0)
                return log_error_errno(r, "Failed to prepare for logs");
        r = event_streams_new(web, &web->events);
        if (r < 0)
                return log_error_errno(r, "Failed to prepare for streams of events");
        r = stream_watch_new(web, &web->stream_watch);
        if (r < 0)
                return log_error_errno(r, "Failed to watch for the end of streams");
        return servers_settle(web->servers, SETTLE_TIME);
}

static int setup(Web *web) {
        const HttpHandlers handlers = dispatch_handlers(web);
        int r;

        r = sd_event_default(&web->event);
        if (r < 0)
                return log_error_errno(r, "Failed to make an event loop");
        r = setup_signals(web);
        if (r < 0)
                return log_error_errno(r, "Failed to watch for signals");
        r = load_config(web);
        if (r >= 0)
                r = load_pages(web);
        if (r >= 0)
                r = setup_people(web);
        if (r >= 0)
                r = setup_bus(web);
        if (r < 0)
                return r;

        r = setup_watching(web);
        if (r < 0)
                return r;
        r = children_new(web->event, CHILD_PROGRAM, &web->children);
        if (r < 0)
                return log_error_errno(r, "Failed to prepare for " CHILD_PROGRAM);
        r = outcomes_new(&web->outcomes);
        if (r < 0)
                return log_error_errno(r, "Failed to prepare for results");
        r = worker_new(web->event, READING_THREADS, &web->readers);
        if (r < 0)
                return log_error_errno(r, "Failed to start the threads that read journals");
        r = http_server_new(web->event, &handlers, &web->http);
        if (r < 0)
                return log_error_errno(r, "Failed to start the HTTP library");
        r = listen_sockets(web);
        if (r < 0)
                return r;
        r = sd_event_set_watchdog(web->event, true);
        if (r < 0)
                return log_error_errno(r, "Failed to set up the watchdog");
        return 0;
}

static void teardown(Web *web) {
        /* First the parts that answer requests, then the requests, then all that these use. */
        web->children = children_free(web->children);
        web->hasher = hasher_free(web->hasher);
        web->readers = worker_free(web->readers);
        web->http = http_server_free(web->http);
        outcomes_free(web->outcomes);
        stream_watch_free(web->stream_watch);
        event_streams_free(web->events);
        log_hub_free(web->logs);
        config_watch_free(web->config_watch);
        servers_free(web->servers);
        login_limits_free(web->limits);
        sessions_free(web->sessions);
        users_free(web->users);
        static_files_free(web->files);
        fallback_free(web->fallback);
        languages_free(web->languages);
        sd_bus_flush_close_unref(web->bus);
        spec_context_close(&web->specs);
        host_config_free(web->config);
        paths_free(web->paths);
        sd_event_unref(web->event);
}

static int run(void) {
        Web web = { .routes = &routes, .specs = { .instances_fd = -EBADF } };
        int r;

        r = setup(&web);
        if (r >= 0) {
                (void) sd_notify(false, "READY=1");
                /* Without memory for a moment; what waits is still there. */
                do
                        r = sd_event_loop(web.event);
                while (r == -ENOMEM);
                if (r < 0)
                        (void) log_error_errno(r, "The event loop failed");
        }
        teardown(&web);
        return r;
}

int main(int argc, char *argv[]) {
        log_setup("left4me-web", LOG_TARGET_STDERR);
        log_keep_english();
        text_setup();

        if (argc == 2 && strcmp(argv[1], "--routes") == 0)
                return routes_print(&routes) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        if (argc > 1) {
                log_error("Usage: left4me-web [--routes]");
                return 2;
        }
        return run() < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
