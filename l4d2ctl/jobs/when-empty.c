/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/when-empty.h"

#include "base/log.h"
#include "base/time-text.h"
#include "common/audit-log.h"
#include "server/owner.h"
#include "server/queued-restart.h"
#include "servers/generated.h"
#include "servers/servers.h"
#include "specs/instance.h"

/* See json_copy_owner(). */
static void get_owner(const Ctl *ctl, char ret[static INSTANCE_NAME_MAX + 1]) {
        (void) snprintf(
                ret, INSTANCE_NAME_MAX + 1, "%s", ctl->is_limited ? ctl->options.as_user : "");
}

static int say_failure(int error, const char *name) {
        (void) log_error_errno(error, "Failed to queue a restart of '%s'", name);
        return CTL_FAILURE;
}

/* Its players can't be seen without a password, so without a deadline it would wait forever. */
static int check_password(const Server *server, uint64_t deadline) {
        if (server->spec.spec->rcon_password || deadline > 0)
                return CTL_OK;
        log_error(
                "Failed to queue a restart of '%s': without rcon_password left4me can't see its "
                "players; set one, or use --deadline=TIME",
                server->name);
        return CTL_FAILURE;
}

static int check_server(const Server *server, uint64_t deadline) {
        if (server_spec_is_refused(&server->spec)) {
                log_error(
                        "Failed to queue a restart of '%s': its spec has errors, which 'l4d2ctl "
                        "validate %s' shows",
                        server->name, server->name);
                return CTL_INVALID_SPEC;
        }
        return check_password(server, deadline);
}

static void say_queued(const QueuedRestart *restart, const char *name) {
        char time[TIME_TEXT_MAX];

        if (restart->deadline_usec > 0)
                log_notice(
                        "'%s' restarts when its players have left, at the latest on %s; 'l4d2ctl "
                        "restart --cancel %s' forgets it",
                        name, time_format(restart->deadline_usec, time), name);
        else
                log_notice(
                        "'%s' restarts when its players have left; 'l4d2ctl restart --cancel %s' "
                        "forgets it",
                        name, name);
}

/* Without this check, a dense schedule would postpone its own deadline forever, and a build would
 * replace the deadline that a user has set. */
static bool is_queued_already(Ctl *ctl, const Server *server, uint64_t deadline) {
        QueuedRestart old;
        int r;

        r = queued_restart_load(&ctl->specs, server->name, &old);
        if (r < 0 || !queued_restart_is_due(&old, &server->query.state) ||
            server_owner_is(&ctl->specs, server->name, old.owner) <= 0)
                return false;
        if (deadline > 0 && (old.deadline_usec == 0 || old.deadline_usec > deadline))
                return false;
        say_queued(&old, server->name);
        return true;
}

static int queue_server(
        Ctl *ctl, const Server *server, uint64_t deadline, uint64_t boottime, bool keep_earlier) {
        QueuedRestart restart = {
                .queued_usec = now_realtime(),
                .deadline_usec = deadline,
                .deadline_boottime = boottime,
        };
        const UnitState *unit = &server->query.state;
        int r;

        if (!unit_state_is_active(unit)) {
                log_notice("'%s' does not run: nothing is to be restarted", server->name);
                return CTL_OK;
        }
        if (keep_earlier && is_queued_already(ctl, server, deadline))
                return CTL_OK;
        r = check_server(server, deadline);
        if (r != CTL_OK)
                return r;

        (void) snprintf(
                restart.invocation_id, sizeof(restart.invocation_id), "%s", unit->invocation_id);
        audit_log_get_user(restart.user, sizeof(restart.user));
        get_owner(ctl, restart.owner);
        r = queued_restart_save(&ctl->specs, server->name, &restart);
        if (r < 0)
                return say_failure(r, server->name);
        audit_log(server->name, "restart --when-empty");
        say_queued(&restart, server->name);
        return CTL_OK;
}

int when_empty_queue(
        Ctl *ctl, char *const *names, size_t n_names, uint64_t deadline, uint64_t boottime,
        bool keep_earlier) {
        _cleanup_(servers_clear) Servers servers = {};
        int r;

        r = servers_load(ctl, names, n_names, &servers);
        if (r != CTL_OK)
                return r;

        /* Now, because left4me-when-empty.service may not have systemd read specs. A spec that
         * can't be read is said below. */
        for (size_t i = 0; i < servers.n_items; i++) {
                char *name = servers.items[i].name;

                if (servers.items[i].spec.is_unread)
                        r = exit_code_merge(r, generated_update(ctl, &name, 1));
        }
        for (size_t i = 0; i < servers.n_items; i++)
                r = exit_code_merge(
                        r, queue_server(ctl, &servers.items[i], deadline, boottime, keep_earlier));
        return r;
}

/* --- after a build ------------------------------------------------------------------------------
 */

static int queue_after_build(Ctl *ctl, const Server *server, const BuildWish *wish) {
        BuildWish own = *wish;
        int r;

        /* Without a view of its players it would wait forever. */
        r = check_server(server, wish->is_now ? wish->queued_usec : 0);
        if (r != CTL_OK)
                return r;
        audit_log_get_user(own.user, sizeof(own.user));
        get_owner(ctl, own.owner);
        r = build_wish_save(&ctl->specs, server->name, &own);
        if (r < 0)
                return say_failure(r, server->name);
        audit_log(server->name, "restart --after-build");
        if (wish->is_now)
                log_notice(
                        "'%s' restarts when the job has made a new version; 'l4d2ctl restart "
                        "--cancel %s' forgets it",
                        server->name, server->name);
        else
                log_notice(
                        "'%s' restarts when the job has made a new version and its players have "
                        "left; 'l4d2ctl restart --cancel %s' forgets it",
                        server->name, server->name);
        return CTL_OK;
}

int when_empty_queue_after_build(
        Ctl *ctl, char *const *names, size_t n_names, const BuildWish *wish) {
        _cleanup_(servers_clear) Servers servers = {};
        int r;

        r = servers_load(ctl, names, n_names, &servers);
        if (r != CTL_OK)
                return r;
        for (size_t i = 0; i < servers.n_items; i++)
                r = exit_code_merge(r, queue_after_build(ctl, &servers.items[i], wish));
        return r;
}

/* --- forgetting ---------------------------------------------------------------------------------
 */

static int cancel_one(Ctl *ctl, const char *name) {
        int r, n;

        if (instance_exists(ctl, name) != CTL_OK) {
                log_error("No server named '%s'", name);
                return CTL_NO_INSTANCE;
        }
        /* First: one of these becomes a queued restart when its build ends. */
        n = build_wishes_remove(&ctl->specs, name);
        r = n < 0 ? n : queued_restart_remove(&ctl->specs, name);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to cancel the restart of '%s'", name);
                return CTL_FAILURE;
        }
        if (r > 0 || n > 0)
                audit_log(name, "restart --cancel");
        else
                log_notice("No restart of '%s' is queued", name);
        return CTL_OK;
}

int when_empty_cancel(Ctl *ctl, char *const *names, size_t n_names) {
        int r;

        r = ctl_open_specs(ctl);
        for (size_t i = 0; r == CTL_OK && i < n_names; i++)
                r = cancel_one(ctl, names[i]);
        return r;
}
