/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The whole path of a request without a service manager: a real HttpServer with real sessions,
 * users, rights and templates on a Unix socket below a temporary root. The program that includes it
 * defines the table `path_routes`, which takes the place of the one in pages/routes.c. Runs in the
 * checkout, or where LEFT4ME_TEMPLATES says that the templates are. A broken promise aborts, also
 * in a fuzzer.
 */

#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "app/dispatch.h"
#include "app/fallback.h"
#include "app/router.h"
#include "auth/login-limit.h"
#include "auth/session.h"
#include "base/time-text.h"
#include "http/server.h"
#include "view/language.h"

#define PATH_CHECK(condition)                                                           \
        do {                                                                            \
                if (!(condition)) {                                                     \
                        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
                        abort();                                                        \
                }                                                                       \
        } while (0)

/* Hash of "left4me". */
#define PATH_HASH "$y$j9T$KtFMxdZ4PgN8oRSuhwohe/$5bfywKmHatFzeI2Rg499uhOKmAwI.hpFZ7neIK7663/"

enum { PATH_ANSWER_MAX = 64 * 1024 };

static struct {
        Web web;
        char root[64];
        int listen_fd;
        struct sockaddr_un address;
} path;

static const RouteTable path_routes; /* defined by the program */

/* --- files --------------------------------------------------------------------------------------
 */

_unused_ static void path_write(const char *name, const char *text) {
        char full[512];
        FILE *f;

        (void) snprintf(full, sizeof(full), "%s/%s", path.root, name);
        for (char *p = full + 1; *p; p++)
                if (*p == '/') {
                        *p = '\0';
                        PATH_CHECK(mkdir(full, 0755) == 0 || errno == EEXIST);
                        *p = '/';
                }
        f = fopen(full, "we");
        PATH_CHECK(f);
        PATH_CHECK(fputs(text, f) >= 0);
        PATH_CHECK(fclose(f) == 0);
}

_unused_ static void path_write_user(const char *name, const char *role) {
        char file[128], text[256];

        (void) snprintf(file, sizeof(file), "var/lib/left4me/users/%s.yaml", name);
        (void) snprintf(text, sizeof(text), "role: %s\npassword: '%s'\n", role, PATH_HASH);
        path_write(file, text);
}

_unused_ static void path_remove_user(const char *name) {
        char file[128];

        (void) snprintf(file, sizeof(file), "%s/var/lib/left4me/users/%s.yaml", path.root, name);
        PATH_CHECK(unlink(file) == 0);
}

static int path_remove(
        const char *name, const struct stat *st _unused_, int type _unused_,
        struct FTW *ftw _unused_) {
        return remove(name);
}

/* --- the service -------------------------------------------------------------------------------
 */

static void path_load(Web *web) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        const char *templates = getenv("LEFT4ME_TEMPLATES");
        MustacheError error;
        char sessions[128];

        path_write("var/lib/left4me/instances/1/spec.yaml", "port: 27015\nblueprint: alice/one\n");
        path_write("var/lib/left4me/blueprints/alice/one.yaml", "config: []\n");
        path_write_user("alice", "user");
        path_write_user("bob", "user");
        path_write_user("chief", "admin");
        PATH_CHECK(paths_new(path.root, &web->paths) == 0);
        PATH_CHECK(host_config_load(web->paths, &errors, &web->config) == 0);
        PATH_CHECK(spec_context_open(web->paths, web->config, &web->specs) == 0);
        PATH_CHECK(users_open(web->paths, &web->users) == 0);
        (void) snprintf(sessions, sizeof(sessions), "%s/sessions", path.root);
        PATH_CHECK(mkdir(sessions, 0700) == 0);
        PATH_CHECK(sessions_open(sessions, &web->sessions) == 0);
        PATH_CHECK(login_limits_new(&web->limits) == 0);
        PATH_CHECK(fallback_new(&web->fallback) == 0);
        PATH_CHECK(
                languages_load(
                        templates ? templates : "web/templates", "/nonexistent", &error,
                        &web->languages) == 0);
}

_unused_ static void path_open(void) {
        Web *web = &path.web;
        HttpHandlers handlers;

        (void) signal(SIGPIPE, SIG_IGN);
        *web = (Web) { .routes = &path_routes, .specs = { .instances_fd = -EBADF } };
        (void) snprintf(path.root, sizeof(path.root), "/tmp/left4me-path-XXXXXX");
        PATH_CHECK(mkdtemp(path.root));
        path_load(web);

        PATH_CHECK(sd_event_default(&web->event) >= 0);
        handlers = dispatch_handlers(web);
        PATH_CHECK(http_server_new(web->event, &handlers, &web->http) == 0);
        path.address.sun_family = AF_UNIX;
        (void) snprintf(
                path.address.sun_path, sizeof(path.address.sun_path), "%s/socket", path.root);
        path.listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        PATH_CHECK(path.listen_fd >= 0);
        PATH_CHECK(
                bind(path.listen_fd, (struct sockaddr *) &path.address, sizeof(path.address)) == 0);
        PATH_CHECK(listen(path.listen_fd, 64) == 0);
        PATH_CHECK(http_server_listen(web->http, path.listen_fd) == 0);
}

_unused_ static void path_close(void) {
        Web *web = &path.web;

        web->http = http_server_free(web->http);
        (void) close(path.listen_fd);
        login_limits_free(web->limits);
        sessions_free(web->sessions);
        users_free(web->users);
        fallback_free(web->fallback);
        languages_free(web->languages);
        spec_context_close(&web->specs);
        host_config_free(web->config);
        paths_free(web->paths);
        sd_event_unref(web->event);
        (void) nftw(path.root, path_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* --- clients ------------------------------------------------------------------------------------
 */

/* The token for the cookie, and what forms need. */
_unused_ static Session *path_log_in(const char *name, char token[static SESSION_TOKEN_MAX]) {
        const WebUser *user = users_find(path.web.users, name);
        Session *session = NULL;

        PATH_CHECK(user);
        PATH_CHECK(sessions_create(path.web.sessions, user, sessions_now(), token, &session) == 0);
        return session;
}

/* Lets the service do all that it can do now. A moment without memory doesn't end it. */
_unused_ static void path_settle(void) {
        int r;

        do
                r = sd_event_run(path.web.event, 0);
        while (r > 0 || r == -ENOMEM);
        PATH_CHECK(r == 0);
}

_unused_ static int path_connect(void) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        PATH_CHECK(fd >= 0);
        PATH_CHECK(connect(fd, (struct sockaddr *) &path.address, sizeof(path.address)) == 0);
        return fd;
}

/* Sends it and lets the service work; a service that closed meanwhile is not an error. */
_unused_ static void path_send(int fd, const char *data, size_t size) {
        while (size > 0) {
                ssize_t n = send(fd, data, size, MSG_NOSIGNAL);

                path_settle();
                if (n < 0 && errno != EAGAIN)
                        return;
                if (n > 0) {
                        data += n;
                        size -= (size_t) n;
                }
        }
        path_settle();
}

/* Reads up to the end of the connection, or until the service has no more to send. */
_unused_ static size_t path_receive(int fd, char answer[static PATH_ANSWER_MAX], bool *ret_closed) {
        size_t size = 0;
        ssize_t n;

        do {
                n = recv(fd, answer + size, PATH_ANSWER_MAX - 1 - size, 0);
                if (n > 0)
                        size += (size_t) n;
                path_settle();
        } while (n > 0 && size < PATH_ANSWER_MAX - 1);
        answer[size] = '\0';
        *ret_closed = n == 0 || (n < 0 && errno != EAGAIN);
        return size;
}

/* The answer to bytes of any kind, after which the client says no more: the service closes. */
_unused_ static size_t path_ask(
        const char *data, size_t data_size, char answer[static PATH_ANSWER_MAX]) {
        int fd = path_connect();
        bool closed;
        size_t size;

        path_send(fd, data, data_size);
        (void) shutdown(fd, SHUT_WR);
        path_settle();
        size = path_receive(fd, answer, &closed);
        PATH_CHECK(closed);
        (void) close(fd);
        path_settle();
        return size;
}

_unused_ static unsigned path_status(const char *answer) {
        unsigned status;

        return sscanf(answer, "HTTP/1.1 %u ", &status) == 1 ? status : 0;
}

/* Lets the service work until the client has something to read. */
_unused_ static void path_wait(int fd) {
        char byte;

        for (int i = 0; recv(fd, &byte, 1, MSG_PEEK) < 0; i++) {
                PATH_CHECK(errno == EAGAIN);
                /* A minute, for a machine that is busy. */
                PATH_CHECK(i < 600);
                PATH_CHECK(sd_event_run(path.web.event, 100000) >= 0);
        }
        path_settle();
}
