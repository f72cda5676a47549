/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A log to download, as large as it is: a child prints it into a pipe, from which is read only what
 * the browser takes. A slow one makes the child wait; one that goes ends it.
 */

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/queue.h>
#include <sys/wait.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/stream.h"
#include "auth/users.h"
#include "base/log.h"
#include "base/text.h"
#include "exec/queue.h"
#include "http/response.h"
#include "pages/log-query.h"
#include "pages/pages.h"
#include "pages/server-lookup.h"

enum { DOWNLOADS_MAX = 16, DOWNLOADS_OF_USER_MAX = 2 };

typedef struct Download {
        Stream *stream;
        Web *web;
        char name[INSTANCE_NAME_MAX + 1]; /* of the server */
        char user[INSTANCE_NAME_MAX + 1];
        TAILQ_ENTRY(Download) link;
        int fd; /* of the pipe */
        pid_t pid;
        sd_event_source *readable, *child;
        bool is_dead, is_failed, is_closed;
} Download;

static TAILQ_HEAD(Downloads, Download) downloads = TAILQ_HEAD_INITIALIZER(downloads);

static bool has_room(const char *user) {
        unsigned n = 0, of_user = 0;

        for (const Download *d = TAILQ_FIRST(&downloads); d; d = TAILQ_NEXT(d, link)) {
                n++;
                of_user += strcmp(d->user, user) == 0;
        }
        return n < DOWNLOADS_MAX && of_user < DOWNLOADS_OF_USER_MAX;
}

static void download_free_if_over(Download *download) {
        if (!download->is_dead || !download->is_closed)
                return;
        sd_event_source_disable_unref(download->child);
        TAILQ_REMOVE(&downloads, download, link);
        free(download);
}

static int on_readable(
        sd_event_source *source, int fd _unused_, uint32_t events _unused_, void *userdata) {
        Download *download = userdata;

        stream_wake(download->stream);
        return sd_event_source_set_enabled(source, SD_EVENT_OFF);
}

static ssize_t on_read(void *userdata, char *buffer, size_t size) {
        Download *download = userdata;
        ssize_t n = read(download->fd, buffer, size);

        if (n > 0)
                return n;
        /* An incomplete log must not look complete, so this waits for l4d2ctl's end. */
        if (n == 0 && !download->is_dead)
                return STREAM_SLEEP;
        if (n == 0)
                return download->is_failed ? STREAM_ABORT : STREAM_END;
        if (errno != EAGAIN && errno != EINTR)
                return STREAM_ABORT;
        (void) sd_event_source_set_enabled(download->readable, SD_EVENT_ON);
        return STREAM_SLEEP;
}

static bool is_allowed(void *userdata, const WebUser *user) {
        Download *download = userdata;
        const Server *server = servers_find(download->web->servers, download->name);

        return server && user_may_see(user, server_blueprint(server));
}

static void on_closed(void *userdata) {
        Download *download = userdata;

        download->readable = sd_event_source_disable_unref(download->readable);
        download->fd = safe_close(download->fd);
        if (!download->is_dead)
                (void) kill(download->pid, SIGTERM);
        download->is_closed = true;
        download_free_if_over(download);
}

static int on_end(sd_event_source *source _unused_, const siginfo_t *info, void *userdata) {
        Download *download = userdata;

        download->is_dead = true;
        download->is_failed = info->si_code != CLD_EXITED || info->si_status != 0;
        if (!download->is_closed)
                stream_wake(download->stream);
        download_free_if_over(download);
        return 0;
}

/* --- the child ----------------------------------------------------------------------------------
 */

static int spawn(const char *as_user, const char *const *arguments, int output, pid_t *ret) {
        const char *argv[LOG_ARGUMENTS_MAX + 3] = { "l4d2ctl" };
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        sigset_t none;
        int r;

        argv[1] = as_user;
        for (size_t i = 0; arguments[i]; i++)
                argv[i + 2] = arguments[i];
        if (posix_spawn_file_actions_init(&actions) != 0)
                return -ENOMEM;
        if (posix_spawnattr_init(&attributes) != 0) {
                (void) posix_spawn_file_actions_destroy(&actions);
                return -ENOMEM;
        }
        (void) sigemptyset(&none);
        r = posix_spawnattr_setsigmask(&attributes, &none);
        if (r == 0)
                r = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
        if (r == 0)
                r = posix_spawn(
                        ret, CHILD_PROGRAM, &actions, &attributes, (char **) (void *) argv,
                        environ);
        (void) posix_spawn_file_actions_destroy(&actions);
        (void) posix_spawnattr_destroy(&attributes);
        return -r;
}

static int start_child(const Request *request, const char *const *arguments, Download *download) {
        char as_user[INSTANCE_NAME_MAX + sizeof("--as-user=")];
        sd_event *event = request->web->event;
        int fds[2], r;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        download->fd = fds[0];
        (void) snprintf(as_user, sizeof(as_user), "--as-user=%s", request->user->name);
        /* Ours alone: the child writes and waits. */
        r = fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0
                    ? -errno
                    : spawn(as_user, arguments, fds[1], &download->pid);
        (void) close(fds[1]);
        if (r < 0)
                return r;
        r = sd_event_add_child(event, &download->child, download->pid, WEXITED, on_end, download);
        if (r >= 0)
                r = sd_event_add_io(
                        event, &download->readable, download->fd, EPOLLIN, on_readable, download);
        if (r >= 0)
                r = sd_event_source_set_enabled(download->readable, SD_EVENT_OFF);
        return r;
}

/* --- the answer ---------------------------------------------------------------------------------
 */

static int start_download(Request *request, const char *const *arguments, Download *download) {
        const StreamSource source = {
                .content_type = "text/plain; charset=utf-8",
                .read = on_read,
                .is_allowed = is_allowed,
                .breaks_off = true,
                .closed = on_closed,
                .userdata = download,
        };
        char disposition[INSTANCE_NAME_MAX + 64];
        int r;

        (void) snprintf(
                disposition, sizeof(disposition), "attachment; filename=\"%s.log\"",
                request_parameter(request, "name"));
        r = http_response_header(&request->http, "Content-Disposition", disposition);
        if (r >= 0)
                r = start_child(request, arguments, download);
        return r < 0 ? r : answer_stream(request, &source, &download->stream);
}

int page_log_text(Request *request) {
        LogArguments arguments;
        Download *download;
        LogQuery query;
        int r;

        if (!page_find_server(request, &r))
                return r;
        if (!has_room(request->user->name))
                return answer_busy(
                        request, _("Too many downloads in progress. Try again when one is done."),
                        NULL, NULL);
        log_query_read(request, &query);
        if (!log_arguments_make(request_parameter(request, "name"), &query, 0, false, &arguments))
                return answer_error(request, 422, _("The search text is too long."));

        download = calloc(1, sizeof(*download));
        if (!download)
                return -ENOMEM;
        TAILQ_INSERT_TAIL(&downloads, download, link);
        download->fd = -EBADF;
        download->web = request->web;
        (void) snprintf(
                download->name, sizeof(download->name), "%s", request_parameter(request, "name"));
        (void) snprintf(download->user, sizeof(download->user), "%s", request->user->name);
        r = start_download(request, arguments.items, download);
        if (r < 0) {
                download->is_dead = !download->child;
                on_closed(download);
        }
        return r;
}
