/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/session.h"

#include "base/log.h"
#include "base/time-text.h"
#include "servers/servers.h"

enum { ANSWER_USEC = 10 * 1000 * 1000 };

static int say_failure(const char *name, int error) {
        log_error("Failed to ask '%s': %s", name, console_error_message(error));
        return error == -ENOTCONN ? CTL_NOT_RUNNING : CTL_FAILURE;
}

int session_open(Ctl *ctl, const char *name, Console **ret) {
        _cleanup_(servers_clear) Servers servers = {};
        char *names[] = { strdup(name), NULL };
        const Server *server;
        int r;

        r = names[0] ? servers_load(ctl, names, 1, &servers) : CTL_FAILURE;
        free(names[0]);
        if (r != CTL_OK)
                return r;
        server = &servers.items[0];
        if (server->state != SERVER_RUNNING)
                return say_failure(name, -ENOTCONN);
        if (!server->spec.spec) {
                log_error("Failed to ask '%s': its spec is missing or has errors", name);
                return CTL_INVALID_SPEC;
        }
        r = console_open(ctl->paths, server->spec.spec, &server->query.state, ret);
        return r < 0 ? say_failure(name, r) : CTL_OK;
}

int session_run(
        Console *console, const char *command, bool is_repeatable, const char **ret_answer,
        size_t *ret_size) {
        int r;

        r = console_run(console, command, is_repeatable, now_monotonic() + ANSWER_USEC);
        if (r < 0)
                return say_failure(console->name, r);
        *ret_answer = rcon_answer(console->rcon, ret_size);
        return CTL_OK;
}

int session_status(Console *console, ServerStatus **ret) {
        _cleanup_free_ ServerStatus *status = malloc(sizeof(*status));
        const char *answer;
        size_t size;
        int r;

        if (!status) {
                (void) log_error_errno(-ENOMEM, "Failed to ask '%s'", console->name);
                return CTL_FAILURE;
        }
        r = session_run(console, "status", true, &answer, &size);
        if (r != CTL_OK)
                return r;
        if (status_parse(answer, size, status) < 0)
                return say_failure(console->name, -EBADMSG);
        *ret = TAKE_PTR(status);
        return CTL_OK;
}
