/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/download.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/queue.h>
#include <sys/wait.h>

#include "app/answer.h"
#include "app/stream.h"
#include "auth/users.h"
#include "base/log.h"
#include "base/text.h"
#include "exec/queue.h"
#include "http/response.h"

enum { DOWNLOADS_MAX = 16, DOWNLOADS_OF_USER_MAX = 2 };

typedef struct Download {
        Stream *stream;
        Web *web;
        DownloadRight *is_allowed;
        char subject[ROUTE_VALUE_MAX];
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

        return download->is_allowed(download->web, download->subject, user);
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
        const char *argv[CHILD_ARGUMENTS_MAX + 3] = { "l4d2ctl" };
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        sigset_t none;
        int r;

        argv[1] = as_user;
        for (size_t i = 0; arguments[i]; i++) {
                if (i == CHILD_ARGUMENTS_MAX)
                        return -E2BIG;
                argv[i + 2] = arguments[i];
        }
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

/* The name as RFC 8187 has it, so that no name can break out of the header. */
static int add_disposition(Request *request, const char *name) {
        static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789-._~";
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return -ENOMEM;
        (void) fputs("attachment; filename*=UTF-8''", f);
        for (const char *p = name; *p; p++)
                if (strchr(plain, *p))
                        (void) fputc(*p, f);
                else
                        (void) fprintf(f, "%%%02X", (unsigned char) *p);
        if (fclose(f) != 0 || !text)
                return -ENOMEM;
        return http_response_header(&request->http, "Content-Disposition", text);
}

static int start_download(Request *request, const DownloadSource *what, Download *download) {
        const StreamSource source = {
                .content_type = what->content_type,
                .read = on_read,
                .is_allowed = is_allowed,
                .breaks_off = true,
                .closed = on_closed,
                .userdata = download,
        };
        int r;

        r = add_disposition(request, what->name);
        if (r >= 0)
                r = start_child(request, what->arguments, download);
        return r < 0 ? r : answer_stream(request, &source, &download->stream);
}

int answer_download(Request *request, const DownloadSource *source) {
        Download *download;
        int r;

        if (!has_room(request->user->name))
                return answer_busy(
                        request, _("Too many downloads in progress. Try again when one is done."),
                        NULL, NULL);
        download = calloc(1, sizeof(*download));
        if (!download)
                return -ENOMEM;
        TAILQ_INSERT_TAIL(&downloads, download, link);
        download->fd = -EBADF;
        download->web = request->web;
        download->is_allowed = source->is_allowed;
        (void) snprintf(download->subject, sizeof(download->subject), "%s", source->subject);
        (void) snprintf(download->user, sizeof(download->user), "%s", request->user->name);
        r = start_download(request, source, download);
        if (r < 0) {
                download->is_dead = !download->child;
                on_closed(download);
        }
        return r;
}
