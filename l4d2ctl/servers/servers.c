/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "servers/servers.h"

#include <string.h>
#include <systemd/sd-daemon.h>

#include "base/log.h"
#include "base/time-text.h"
#include "layer/tree-record.h"
#include "server/needs-update.h"
#include "spec/set.h"

static int out_of_memory(void) {
        (void) log_error_errno(-ENOMEM, "Failed to read the state of servers");
        return CTL_FAILURE;
}

/* --- which --------------------------------------------------------------------------------------
 */

static int add_server(Servers *servers, const char *name) {
        Server *items = reallocarray(servers->items, servers->n_items + 1, sizeof(*items));
        Server *server;

        if (!items)
                return out_of_memory();
        servers->items = items;
        server = &items[servers->n_items++];
        *server = (Server) {};
        memcpy(server->name, name, strlen(name) + 1);
        unit_names(name, &server->units);
        return CTL_OK;
}

static int compare_servers(const void *a, const void *b) {
        return strcmp(((const Server *) a)->name, ((const Server *) b)->name);
}

/* --- what their specs say -----------------------------------------------------------------------
 */

static int load_spec(Ctl *ctl, const SpecSet *all, Server *server) {
        int r;

        r = server_spec_load(&ctl->specs, server->name, all, &server->spec);
        if (r == -ENOMEM)
                return out_of_memory();
        if (r < 0) {
                (void) log_error_errno(r, "Failed to load the spec of '%s'", server->name);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

/* --- what systemd says --------------------------------------------------------------------------
 */

static void draw_conclusions(Server *server) {
        server->state = server_state(&server->query.state, server_spec_is_refused(&server->spec));
        server->live_port = server_live_port(server->state, &server->query.state);
        server->is_ready = server_is_ready(server->state, &server->query.state, -EBADF);
        server->is_changed = server_is_changed(server->state, &server->query.state, &server->spec);
}

/* This searches the kernel's log, so only for a server whose state suggests a blocked system call.
 * A caller who may not read the journal gets everything else. */
static void find_blocked(Server *server) {
        if (unit_state_is_killed_by_filter(&server->query.state))
                (void) !blocked_find_in_run(server->name, &server->query.state, &server->blocked);
}

static int query_units(Ctl *ctl, UnitQuery *queries, size_t n) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = ctl_open_bus(ctl);
        if (r != CTL_OK)
                return r;
        r = bus_query_units(ctl->bus, queries, n, &error);
        if (r < 0) {
                log_error(
                        "Failed to ask systemd for the servers: %s", bus_error_message(&error, r));
                return CTL_FAILURE;
        }
        return CTL_OK;
}

static bool contains(char *const *strv, const char *s) {
        for (; *strv; strv++)
                if (strcmp(*strv, s) == 0)
                        return true;
        return false;
}

/* loaded: the units worth asking for, NULL: all. */
static int query_servers(Ctl *ctl, Servers *servers, char *const *loaded) {
        _cleanup_free_ UnitQuery *queries = NULL;
        _cleanup_free_ Server **asked = NULL;
        size_t n = 0;
        int r;

        queries = calloc(servers->n_items + 1, sizeof(*queries));
        asked = calloc(servers->n_items + 1, sizeof(Server *));
        if (!queries || !asked)
                return out_of_memory();

        host_address(ctl->config, -EBADF, servers->host);
        for (size_t i = 0; i < servers->n_items; i++) {
                Server *server = &servers->items[i];

                if (loaded && !contains(loaded, server->units.server))
                        continue;
                asked[n] = server;
                queries[n++] = (UnitQuery) {
                        .unit = server->units.server,
                        .overlay = server->units.overlay,
                        .with_control_group = true,
                };
        }

        r = query_units(ctl, queries, n);
        for (size_t i = 0; i < n; i++) {
                asked[i]->query = queries[i];
                /* They point into items, which may move. */
                asked[i]->query.unit = asked[i]->query.overlay = NULL;
                unit_state_read_tree(&asked[i]->query.state, ctl->paths, asked[i]->name);
                /* Unreadable ones are not shown. */
                (void) !outdated_layers_find(ctl->paths, asked[i]->name, &asked[i]->outdated);
        }
        for (size_t i = 0; i < servers->n_items; i++) {
                draw_conclusions(&servers->items[i]);
                find_blocked(&servers->items[i]);
        }
        return r;
}

/* --- all together -------------------------------------------------------------------------------
 */

static void clear_server(Server *server) {
        unit_query_clear(&server->query);
        server_spec_clear(&server->spec);
        blocked_call_clear(&server->blocked);
        outdated_layers_clear(&server->outdated);
        suspects_clear(&server->suspects);
        free(server->live);
}

/* Leaves out what neither has a spec nor runs; returns CTL_NO_INSTANCE if there was such a one. */
static int drop_missing(Servers *servers, bool say) {
        size_t n_kept = 0;
        int result = CTL_OK;

        for (size_t i = 0; i < servers->n_items; i++) {
                Server *server = &servers->items[i];

                if (server->spec.exists || server->state != SERVER_REFUSED) {
                        servers->items[n_kept++] = *server;
                        continue;
                }
                if (say)
                        log_error("No server named '%s'", server->name);
                clear_server(server);
                result = CTL_NO_INSTANCE;
        }
        servers->n_items = n_kept;
        return result;
}

int servers_load(Ctl *ctl, char *const *names, size_t n_names, Servers *ret) {
        int r = CTL_OK;

        *ret = (Servers) {};
        for (size_t i = 0; i < n_names && r == CTL_OK; i++)
                r = add_server(ret, names[i]);
        /* The bus first: it lets us in while we read. */
        if (r == CTL_OK)
                r = ctl_open_bus(ctl);
        if (r == CTL_OK)
                r = ctl_open_specs(ctl);
        for (size_t i = 0; i < ret->n_items && r == CTL_OK; i++)
                r = load_spec(ctl, NULL, &ret->items[i]);
        if (r == CTL_OK)
                r = query_servers(ctl, ret, NULL);
        return r == CTL_OK ? drop_missing(ret, true) : r;
}

static int add_all(const SpecSet *set, char *const *loaded, Servers *servers) {
        int r = CTL_OK;

        for (size_t i = 0; i < set->n_items && r == CTL_OK; i++)
                r = add_server(servers, set->items[i].settings.name);

        for (char *const *unit = loaded; *unit && r == CTL_OK; unit++) {
                char name[INSTANCE_NAME_MAX + 1];

                if (instance_of_server_unit(*unit, name) && !spec_set_find(set, name))
                        r = add_server(servers, name);
        }

        if (servers->n_items > 0)
                qsort(servers->items, servers->n_items, sizeof(Server), compare_servers);
        return r;
}

static int list_loaded(Ctl *ctl, char ***ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        char pattern[UNIT_NAME_MAX];
        int r;

        r = ctl_open_bus(ctl);
        if (r != CTL_OK)
                return r;
        unit_name(UNIT_SERVER, "*", pattern);
        r = bus_list_units(ctl->bus, pattern, ret, &error);
        if (r < 0) {
                log_error("Failed to ask systemd for its units: %s", bus_error_message(&error, r));
                return CTL_FAILURE;
        }
        return CTL_OK;
}

int servers_load_all(Ctl *ctl, Servers *ret) {
        _cleanup_(spec_set_freep) SpecSet *set = NULL;
        _cleanup_(strv_freep) char **loaded = NULL;
        int r;

        *ret = (Servers) {};
        r = ctl_open_specs(ctl);
        if (r != CTL_OK)
                return r;
        r = spec_set_load(&ctl->specs, NULL, NULL, &set);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read the specs");
                return CTL_FAILURE;
        }
        r = list_loaded(ctl, &loaded);
        if (r == CTL_OK)
                r = add_all(set, loaded, ret);
        for (size_t i = 0; i < ret->n_items && r == CTL_OK; i++)
                r = load_spec(ctl, set, &ret->items[i]);
        if (r == CTL_OK)
                r = query_servers(ctl, ret, loaded);
        if (r == CTL_OK)
                (void) drop_missing(ret, false);
        return r;
}

void servers_find_restarts(Ctl *ctl, Servers *servers) {
        for (size_t i = 0; i < servers->n_items; i++) {
                Server *server = &servers->items[i];
                char timer[UNIT_NAME_MAX];

                if (!server->spec.spec || !server->spec.spec->schedule ||
                    server->state != SERVER_RUNNING)
                        continue;
                (void) snprintf(timer, sizeof(timer), RESTART_TIMER, server->name);
                (void) !bus_timer_next(ctl->bus, timer, &server->next_restart, NULL);
        }
}

void servers_read_logs(const Ctl *ctl, Servers *servers) {
        uint64_t now = now_realtime();

        for (size_t i = 0; i < servers->n_items; i++) {
                Server *server = &servers->items[i];
                const char *unit = server->units.server;

                (void) !last_end_find(
                        unit, now > LAST_END_AGE ? now - LAST_END_AGE : 0, &server->last_end);
                if (server_keeps_failing(server->state, &server->query.state))
                        (void) !suspects_find(
                                ctl->paths, &server->units,
                                server->spec.spec ? server->spec.spec->overlays : NULL,
                                &server->suspects);
                server->needs_update |=
                        server->state == SERVER_RUNNING &&
                        server_needs_update(unit, server->query.state.inactive_exit) > 0;
        }
}

void servers_note_restarts(Ctl *ctl, char *const *names, size_t n_names) {
        _cleanup_(servers_clear) Servers servers = {};

        /* Without a running system no server runs, and systemd can't be asked. */
        if (n_names == 0 || ctl->paths->root[0] != '\0' || sd_booted() <= 0 ||
            servers_load(ctl, names, n_names, &servers) != CTL_OK)
                return;
        for (size_t i = 0; i < servers.n_items; i++)
                if (servers.items[i].is_changed)
                        log_notice(
                                "'%s' is running: the change applies at its next start ('l4d2ctl "
                                "restart %s')",
                                servers.items[i].name, servers.items[i].name);
}

void servers_clear(Servers *servers) {
        for (size_t i = 0; i < servers->n_items; i++)
                clear_server(&servers->items[i]);
        free(servers->items);
        *servers = (Servers) {};
}
