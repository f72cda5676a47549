/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "servers.h"

#include <string.h>
#include <sys/stat.h>

#include "generated.h"
#include "generator-report.h"
#include "instance.h"
#include "log.h"
#include "spec-set.h"
#include "time-text.h"

#define UNIT_PREFIX  "left4me-server@"
#define UNIT_SUFFIX  ".service"
#define UNIT_PATTERN UNIT_PREFIX "*" UNIT_SUFFIX

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

/* "left4me-server@NAME.service" to NAME; false: not one of ours. */
static bool name_of_unit(const char *unit, char name[static INSTANCE_NAME_MAX + 1]) {
        size_t prefix = strlen(UNIT_PREFIX), around = prefix + strlen(UNIT_SUFFIX);
        size_t length = strlen(unit);

        if (length <= around || length - around > INSTANCE_NAME_MAX)
                return false;
        memcpy(name, unit + prefix, length - around);
        name[length - around] = '\0';
        return instance_name_is_valid(name);
}

static int compare_servers(const void *a, const void *b) {
        return strcmp(((const Server *) a)->name, ((const Server *) b)->name);
}

/* --- what their specs say -----------------------------------------------------------------------
 */

/* Another instance with the same port: then neither is taken over. */
static void check_conflict(const SpecSet *set, Server *server) {
        const InstanceSettings *own = &server->spec->settings;

        for (size_t i = 0; i < set->n_items; i++) {
                const InstanceSettings *other = &set->items[i].settings;
                SpecPlace place = {
                        .file = server->spec_path,
                        .line = server->spec->port_line,
                        .column = server->spec->port_column,
                };

                if (other->port == own->port && strcmp(other->name, own->name) != 0)
                        spec_errors_add(
                                &server->errors, &place, "port %u is also used by instance '%s'",
                                own->port, other->name);
        }
}

/* The lines of the generator's report about one file: its errors, each with its quotation. */
static char *select_report(const char *report, const char *path) {
        _cleanup_fclose_ FILE *f = NULL;
        char *text = NULL;
        size_t size = 0;
        bool ours = false;

        f = open_memstream(&text, &size);
        if (!f)
                return NULL;
        for (const char *line = report; *line != '\0';) {
                size_t length = strcspn(line, "\n");

                length += line[length] == '\n';
                if (line[0] != ' ')
                        ours = strncmp(line, path, strlen(path)) == 0 && line[strlen(path)] == ':';
                if (ours)
                        (void) fwrite(line, 1, length, f);
                line += length;
        }
        return text;
}

/* Good on its own, but not what systemd has: a conflict with another spec, or not reloaded yet. */
static int explain_unread(Ctl *ctl, const SpecSet *all, Server *server) {
        _cleanup_(spec_set_freep) SpecSet *set = NULL;
        _cleanup_free_ char *report = NULL;

        if (!all) {
                int r = spec_set_load(&ctl->specs, NULL, NULL, &set);

                if (r < 0) {
                        (void) log_error_errno(r, "Failed to read all specs");
                        return CTL_FAILURE;
                }
                all = set;
        }

        check_conflict(all, server);
        server->is_unread = !spec_errors_any(&server->errors);
        if (server->is_unread && generator_report_read(ctl->paths, &report) >= 0) {
                server->notes = select_report(report, server->spec_path);
                if (server->notes && server->notes[0] == '\0') {
                        free(server->notes);
                        server->notes = NULL;
                }
        }
        return CTL_OK;
}

static int load_spec(Ctl *ctl, const SpecSet *all, Server *server) {
        int r;

        server->spec_path = instance_spec_path(ctl, server->name);
        if (!server->spec_path)
                return out_of_memory();

        r = spec_load(&ctl->specs, server->name, &server->errors, &server->spec);
        server->has_spec = r != -ENOENT;
        if (r < 0 && r != -ENOENT && r != -EINVAL) {
                (void) log_error_errno(r, "Failed to load the spec of '%s'", server->name);
                return CTL_FAILURE;
        }
        if (r < 0)
                return CTL_OK;

        r = generated_is_current(ctl, server->name, server->spec);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read the units of '%s'", server->name);
                return CTL_FAILURE;
        }
        return r > 0 ? CTL_OK : explain_unread(ctl, all, server);
}

/* --- what systemd says --------------------------------------------------------------------------
 */

/* Also by a file of older content that was moved here: the inode's change counts, not the text's.
 */
static uint64_t spec_change_time(const Server *server) {
        struct stat st;

        if (!server->spec_path || stat(server->spec_path, &st) < 0)
                return 0;
        return (uint64_t) st.st_ctim.tv_sec * USEC_PER_SEC + (uint64_t) st.st_ctim.tv_nsec / 1000;
}

static void draw_conclusions(Server *server) {
        const UnitState *unit = &server->query.state;
        bool refused = !server->has_spec || spec_errors_any(&server->errors);

        server->state = server_state(unit, refused);
        /* The spec is read when the tree is mounted, not again when a crash is followed by a start.
         */
        if ((server->state == SERVER_RUNNING || server->state == SERVER_RESTARTING) &&
            unit->overlay_started > 0)
                server->is_changed = spec_change_time(server) > unit->overlay_started;
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

        for (size_t i = 0; i < servers->n_items; i++) {
                Server *server = &servers->items[i];

                if (loaded && !contains(loaded, server->units.server))
                        continue;
                asked[n] = server;
                queries[n++] = (UnitQuery) {
                        .unit = server->units.server,
                        .overlay = server->units.overlay,
                };
        }

        r = query_units(ctl, queries, n);
        for (size_t i = 0; i < n; i++) {
                asked[i]->query = queries[i];
                /* They point into items, which may move. */
                asked[i]->query.unit = asked[i]->query.overlay = NULL;
        }
        for (size_t i = 0; i < servers->n_items; i++)
                draw_conclusions(&servers->items[i]);
        return r;
}

/* --- all together -------------------------------------------------------------------------------
 */

static void clear_server(Server *server) {
        unit_query_clear(&server->query);
        spec_errors_clear(&server->errors);
        spec_free(server->spec);
        free(server->spec_path);
        free(server->notes);
}

/* Leaves out what neither has a spec nor runs; returns CTL_NO_INSTANCE if there was such a one. */
static int drop_missing(Servers *servers, bool say) {
        size_t n_kept = 0;
        int result = CTL_OK;

        for (size_t i = 0; i < servers->n_items; i++) {
                Server *server = &servers->items[i];

                if (server->has_spec || server->state != SERVER_REFUSED) {
                        servers->items[n_kept++] = *server;
                        continue;
                }
                if (say)
                        log_error("There is no instance '%s'", server->name);
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

                if (name_of_unit(*unit, name) && !spec_set_find(set, name))
                        r = add_server(servers, name);
        }

        if (servers->n_items > 0)
                qsort(servers->items, servers->n_items, sizeof(Server), compare_servers);
        return r;
}

static int list_loaded(Ctl *ctl, char ***ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = ctl_open_bus(ctl);
        if (r != CTL_OK)
                return r;
        r = bus_list_units(ctl->bus, UNIT_PATTERN, ret, &error);
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

void servers_clear(Servers *servers) {
        for (size_t i = 0; i < servers->n_items; i++)
                clear_server(&servers->items[i]);
        free(servers->items);
        *servers = (Servers) {};
}

const char *server_spec_word(const Server *server) {
        if (!server->has_spec)
                return "missing";
        if (spec_errors_any(&server->errors))
                return "refused";
        if (server->is_changed)
                return "changed";
        return server->is_unread ? "unread" : "valid";
}
