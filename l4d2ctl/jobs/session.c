/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/session.h"

#include <string.h>

#include "base/log.h"
#include "base/time-text.h"
#include "server/browse.h"
#include "servers/servers.h"

enum { ANSWER_USEC = 10 * 1000 * 1000 };

static int say_failure(const char *name, int error) {
        log_error("Failed to ask '%s': %s", name, console_error_message(error));
        return error == -ENOTCONN ? CTL_NOT_RUNNING : CTL_FAILURE;
}

/* A running server with its spec; clear the servers in any case. */
static int find_server(Ctl *ctl, const char *name, Servers *servers, const Server **ret) {
        char *names[] = { strdup(name), NULL };
        const Server *server;
        int r;

        r = names[0] ? servers_load(ctl, names, 1, servers) : CTL_FAILURE;
        free(names[0]);
        if (r != CTL_OK)
                return r;
        server = &servers->items[0];
        if (server->state != SERVER_RUNNING)
                return say_failure(name, -ENOTCONN);
        if (!server->spec.spec) {
                log_error("Failed to ask '%s': its spec is missing or has errors", name);
                return CTL_INVALID_SPEC;
        }
        *ret = server;
        return CTL_OK;
}

int session_open(Ctl *ctl, const char *name, Console **ret) {
        _cleanup_(servers_clear) Servers servers = {};
        const Server *server;
        int r;

        r = find_server(ctl, name, &servers, &server);
        if (r != CTL_OK)
                return r;
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

static ServerStatus *new_status(const char *name) {
        ServerStatus *status = malloc(sizeof(*status));

        if (!status)
                (void) log_error_errno(-ENOMEM, "Failed to ask '%s'", name);
        return status;
}

/* 0 or -errno. */
static int ask_status(Console *console, ServerStatus *ret) {
        const char *answer;
        size_t size;
        int r;

        r = console_run(console, "status", true, now_monotonic() + ANSWER_USEC);
        if (r < 0)
                return r;
        answer = rcon_answer(console->rcon, &size);
        return status_parse(answer, size, ret);
}

int session_status(Console *console, ServerStatus **ret) {
        _cleanup_free_ ServerStatus *status = new_status(console->name);
        int r;

        if (!status)
                return CTL_FAILURE;
        r = ask_status(console, status);
        if (r < 0)
                return say_failure(console->name, r);
        *ret = TAKE_PTR(status);
        return CTL_OK;
}

/* After RCON failed with that error. */
static int browse(const Server *server, int error, ServerStatus *status) {
        bool has_players;

        if (error == -ENOTCONN || server_browse(&server->query.state, status, &has_players) < 0)
                return say_failure(server->name, error);
        log_notice(
                "Asked '%s' as the server browser does, which tells no SteamIDs, because RCON failed: %s",
                server->name, console_error_message(error));
        if (!has_players && status->humans + status->bots > 0)
                log_notice("'%s' does not tell the names of its players", server->name);
        return CTL_OK;
}

int session_players(Ctl *ctl, const char *name, ServerStatus **ret, bool *ret_is_browsed) {
        _cleanup_(servers_clear) Servers servers = {};
        _cleanup_(console_freep) Console *console = NULL;
        _cleanup_free_ ServerStatus *status = new_status(name);
        const Server *server;
        int r, error;

        if (!status)
                return CTL_FAILURE;
        r = find_server(ctl, name, &servers, &server);
        if (r != CTL_OK)
                return r;
        error = console_open(ctl->paths, server->spec.spec, &server->query.state, &console);
        if (error >= 0)
                error = ask_status(console, status);
        if (error < 0)
                r = browse(server, error, status);
        if (r != CTL_OK)
                return r;
        *ret_is_browsed = error < 0;
        *ret = TAKE_PTR(status);
        return CTL_OK;
}

int session_cvars(Ctl *ctl, const char *name, CvarList *ret) {
        _cleanup_(console_freep) Console *console = NULL;
        const char *answer;
        size_t size;
        int r;

        r = session_open(ctl, name, &console);
        if (r == CTL_OK)
                r = session_run(console, "cvarlist", true, &answer, &size);
        if (r != CTL_OK)
                return r;
        r = cvar_list_parse(answer, size, ret);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read the variables of '%s'", name);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

static const char *blueprint_of(const Server *server) {
        return server->spec.spec && server->spec.spec->blueprint ? server->spec.spec->blueprint
                                                                 : "";
}

static const Server *find_named(const Servers *servers, const char *name) {
        for (size_t i = 0; i < servers->n_items; i++)
                if (strcmp(servers->items[i].name, name) == 0)
                        return &servers->items[i];
        return NULL;
}

static bool can_be_asked(const Server *server) {
        return server->state == SERVER_RUNNING && server->spec.spec &&
               server->spec.spec->rcon_password;
}

/* One of the same blueprint if there is one, else any; NULL: none. */
static const Server *find_other(const Servers *servers, const char *blueprint) {
        const Server *any = NULL;

        for (size_t i = 0; i < servers->n_items; i++) {
                const Server *server = &servers->items[i];

                if (!can_be_asked(server))
                        continue;
                if (blueprint[0] != '\0' && strcmp(blueprint_of(server), blueprint) == 0)
                        return server;
                any = any ? any : server;
        }
        return any;
}

int session_cvars_near(
        Ctl *ctl, const char *name, char ret_asked[static INSTANCE_NAME_MAX + 1], CvarList *ret) {
        _cleanup_(servers_clear) Servers servers = {};
        const Server *server, *other = NULL;
        int r;

        r = servers_load_all(ctl, &servers);
        if (r != CTL_OK)
                return r;
        server = find_named(&servers, name);
        if (server && server->state != SERVER_RUNNING)
                other = find_other(&servers, blueprint_of(server));
        if (other)
                log_notice(
                        "'%s' does not run: its config is compared with what '%s' knows", name,
                        other->name);
        (void) snprintf(ret_asked, INSTANCE_NAME_MAX + 1, "%s", other ? other->name : name);
        return session_cvars(ctl, ret_asked, ret);
}
