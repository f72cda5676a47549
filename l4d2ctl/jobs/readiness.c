/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/readiness.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "journal/sync.h"
#include "layer/tree-record.h"
#include "render/report.h"
#include "server/state.h"
#include "servers/log-lines.h"
#include "specs/instance.h"
#include "systemd/unit-ports.h"

enum {
        /* The kernel does not announce that a port was bound, so this is how often to look. */
        LOOK_USEC = 50 * 1000,
        LOG_LINES = 10,
        SYNC_USEC = 5 * 1000 * 1000,
};

/*
 * Whether the server has the port of its command line open; a changed port gets there only by a
 * restart. Another server's socket on the same port doesn't count.
 */
static int port_is_open(const UnitState *state, uint16_t port) {
        char address[INET_ADDRSTRLEN];
        bool open;
        int r;

        if (state->tree_port > 0)
                port = state->tree_port;
        r = unit_has_udp_port(-EBADF, state->control_group, port, &open);
        /* For kernels that don't tell whose a socket is: any of the game's user counts. */
        if (r == -EOPNOTSUPP)
                return user_udp_address(GAME_USER, port, address);
        if (r == -ENOENT) /* it ends just now */
                return 0;
        return r < 0 ? r : open;
}

static int query_server(Ctl *ctl, const char *name, UnitQuery *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        UnitNames units;
        int r;

        unit_names(name, &units);
        *ret = (UnitQuery) {
                .unit = units.server,
                .overlay = units.overlay,
                .with_control_group = true,
        };
        r = bus_query_units(ctl->bus, ret, 1, &error);
        ret->unit = ret->overlay = NULL;
        if (r < 0) {
                log_error(
                        "Failed to ask systemd about '%s': %s", name, bus_error_message(&error, r));
                return r;
        }
        unit_state_read_tree(&ret->state, ctl->paths, name);
        return 0;
}

void log_job_failure(const char *verb, const char *name, const char *reason) {
        if (strcmp(verb, "stop") == 0)
                log_error("Failed to stop '%s': %s", name, reason);
        else if (strcmp(verb, "restart") == 0)
                log_error("Failed to restart '%s': %s", name, reason);
        else if (strcmp(verb, "reset") == 0)
                log_error("Failed to reset '%s': %s", name, reason);
        else
                log_error("Failed to start '%s': %s", name, reason);
}

static int complain(Ctl *ctl, const char *name, const char *unit, const char *reason) {
        log_job_failure(ctl->verb->name, name, reason);
        (void) fprintf(stderr, _("Last lines of %s:\n"), unit);
        /* The line that gives the reason may still be on its way. */
        (void) !journal_sync(SYNC_USEC);
        (void) !print_last_lines(name, unit, LOG_LINES, stderr);
        return CTL_FAILURE;
}

int readiness_explain_tree(Ctl *ctl, const char *name) {
        _cleanup_free_ char *error = NULL;
        _cleanup_free_ char *reason = NULL;
        UnitNames units;

        unit_names(name, &units);
        if (tree_error_read(ctl->paths, name, &error) >= 0 &&
            asprintf(&reason, _("no game tree: %s"), error) < 0)
                reason = NULL;
        return complain(
                ctl, name, units.overlay,
                reason ? reason : _("its game tree could not be mounted"));
}

int readiness_explain(Ctl *ctl, const char *name, const char *result) {
        char words[RESULT_TEXT_MAX] = "";
        UnitNames units;
        UnitQuery q;

        unit_names(name, &units);
        /* The generated drop-in was checked before, so the assertion that failed is the mount's. */
        if (result && strcmp(result, "assert") == 0)
                return readiness_explain_tree(ctl, name);

        if (query_server(ctl, name, &q) >= 0)
                describe_result(&q.state, words, sizeof(words));
        unit_query_clear(&q);
        if (words[0] == '\0')
                (void) snprintf(words, sizeof(words), "%s", result ? result : _("it has ended"));
        return complain(ctl, name, units.server, words);
}

/* One look at a server: what it is, and whether its port is open (1, 0 or -errno). */
typedef struct Look {
        bool runs;
        int open;
} Look;

static int look(Ctl *ctl, const char *name, uint16_t port, Look *ret) {
        UnitQuery q;
        Look seen = {};
        int r;

        r = query_server(ctl, name, &q);
        if (r >= 0) {
                seen.runs = strcmp(q.state.active_state, "active") == 0;
                seen.open = seen.runs ? port_is_open(&q.state, port) : 0;
        }
        unit_query_clear(&q);
        if (r < 0)
                return r;
        if (seen.open < 0)
                return log_error_errno(seen.open, "Failed to check the port of '%s'", name);

        *ret = seen;
        return 0;
}

static int give_up(Ctl *ctl, const char *name) {
        UnitNames units;

        unit_names(name, &units);
        return complain(ctl, name, units.server, _("it runs, but has not opened its port in time"));
}

int readiness_wait(Ctl *ctl, const char *name) {
        uint64_t deadline = now_monotonic() + ctl->options.timeout;
        _cleanup_(spec_freep) Spec *spec = NULL;
        Look seen = {};
        int r;

        r = instance_load(ctl, name, &spec);
        if (r != CTL_OK)
                return r;

        for (;;) {
                bool was_open = seen.open > 0;

                if (look(ctl, name, spec->settings.port, &seen) < 0)
                        return CTL_FAILURE;
                if (!seen.runs)
                        return readiness_explain(ctl, name, NULL);
                /* Seen twice: what crashes right after it opened its port is not up. */
                if (was_open && seen.open > 0)
                        return CTL_OK;
                if (now_monotonic() >= deadline)
                        return give_up(ctl, name);

                r = seen.open > 0 ? 0 : bus_step(ctl->bus, LOOK_USEC);
                if (r < 0) {
                        (void) log_error_errno(r, "Failed to wait for systemd");
                        return CTL_FAILURE;
                }
        }
}
