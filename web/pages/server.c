/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One server: what it does and did, and what can be done with it. */

#include <signal.h>
#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/command.h"
#include "app/query.h"
#include "base/text.h"
#include "base/time-text.h"
#include "journal/journal.h"
#include "layer/outdated.h"
#include "pages/pages.h"
#include "pages/server-lookup.h"
#include "server/needs-update.h"
#include "serverlog/line.h"
#include "systemd/unit-names.h"
#include "view/model.h"

#define _cleanup_json_ _cleanup_(sd_json_variant_unrefp)

enum { LINES_SHOWN = 100 };

/* --- the page -----------------------------------------------------------------------------------
 */

static void log_lines_clear(LogLines *lines) {
        sd_json_variant_unref(lines->array);
}

static int read_lines(const Request *request, const Server *server, LogLines *lines) {
        UnitNames units;
        const JournalQuery query = {
                .unit = units.server,
                .all_invocations = true,
                .lines = LINES_SHOWN,
                .since = access_since(request, server_name(server)),
        };
        int64_t n;
        int r;

        unit_names(server_name(server), &units);
        lines->now = now_realtime();
        r = sd_json_variant_new_array(&lines->array, NULL, 0);
        if (r < 0)
                return r;
        n = journal_read_last(&query, log_lines_append, lines);
        return n < 0 ? (int) n : 0;
}

static bool is_active(const Server *server) {
        const char *state = server_get_unit(server)->active_state;

        return state && strcmp(state, "inactive") != 0 && strcmp(state, "failed") != 0;
}

/* Adds the values of the forms for its names: the typed text, else the spec's. */
static int add_own_names(Request *request, const Spec *spec, sd_json_variant **model) {
        const char *hostname = spec ? spec->hostname : NULL, *label = spec ? spec->label : NULL;
        int r;

        r = sd_json_variant_set_field_boolean(model, "can_name", spec != NULL);
        if (r >= 0)
                r = sd_json_variant_set_fieldb(
                        model, "own_hostname",
                        SD_JSON_BUILD_STRING(request_typed(request, "hostname", hostname)));
        if (r >= 0)
                r = sd_json_variant_set_fieldb(
                        model, "own_label",
                        SD_JSON_BUILD_STRING(request_typed(request, "label", label)));
        return r;
}

/* Adds the layers whose newer version waits for a restart. Unknown ones are not shown. */
static int add_outdated(const Request *request, const Server *server, sd_json_variant **model) {
        _cleanup_(outdated_layers_clear) OutdatedLayers layers = {};
        _cleanup_json_ sd_json_variant *list = NULL;
        int r;

        r = outdated_layers_find(request->web->paths, server_name(server), &layers);
        if (r == -ENOMEM)
                return r;
        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; i < layers.n_items && r >= 0; i++) {
                const MountedLayer *layer = &layers.items[i].mounted;

                r = sd_json_variant_append_arrayb(
                        &list, SD_JSON_BUILD_STRING(layer->is_game ? _("the game") : layer->ref));
        }
        if (r >= 0)
                r = sd_json_variant_set_field(model, "outdated", list);
        return r < 0 ? r
                     : sd_json_variant_set_field_boolean(model, "is_outdated", layers.n_items > 0);
}

/* Without the right to read the journal it counts as current. */
static bool needs_update(const Server *server) {
        UnitNames units;

        unit_names(server_name(server), &units);
        return server_get_state(server) == SERVER_RUNNING &&
               server_needs_update(units.server, server_get_unit(server)->inactive_exit) > 0;
}

/* {iso, local, relative}, null without one. */
static int next_restart_to_model(sd_json_variant *status, sd_json_variant **ret) {
        sd_json_variant *next = sd_json_variant_by_key(status, "next_restart_usec");

        return model_time(
                next && sd_json_variant_is_unsigned(next) ? sd_json_variant_unsigned(next) : 0,
                now_realtime(), ret);
}

/* status: as l4d2ctl prints it, with what only it can find out; NULL: nothing of that concerns this
 * server. */
static int show(Request *request, sd_json_variant *status) {
        sd_json_variant *blocked = sd_json_variant_by_key(status, "blocked_call");
        _cleanup_json_ sd_json_variant *model = NULL, *object = NULL, *blueprints = NULL;
        _cleanup_json_ sd_json_variant *next_restart = NULL;
        _cleanup_(log_lines_clear) LogLines lines = {};
        _cleanup_free_ char *href = NULL;
        Server *server;
        bool can_delete;
        int r;

        server = page_find_server(request, &r);
        if (!server)
                return r;
        request_set_title(request, "%s", server_name(server));

        can_delete = !is_active(server) && server_get_state(server) != SERVER_UNKNOWN;
        r = server_to_model(server, &object);
        if (r >= 0)
                r = blueprints_to_model(request, server_blueprint(server), &blueprints);
        if (r >= 0)
                r = read_lines(request, server, &lines);
        if (r >= 0)
                r = log_events_href(server_name(server), &lines, &href);
        if (r >= 0)
                r = next_restart_to_model(status, &next_restart);
        if (r < 0)
                return r;
        r = sd_json_buildo(
                &model, SD_JSON_BUILD_PAIR_VARIANT("server", object),
                SD_JSON_BUILD_PAIR_VARIANT("blocked", blocked),
                SD_JSON_BUILD_PAIR_VARIANT("next_restart", next_restart),
                SD_JSON_BUILD_PAIR_BOOLEAN("needs_update", needs_update(server)),
                SD_JSON_BUILD_PAIR_BOOLEAN("can_reset", server_get_spec(server)->exists),
                SD_JSON_BUILD_PAIR_BOOLEAN("can_delete", can_delete),
                SD_JSON_BUILD_PAIR_VARIANT("blueprints", blueprints),
                SD_JSON_BUILD_PAIR_BOOLEAN(
                        "has_blueprints", sd_json_variant_elements(blueprints) > 0),
                SD_JSON_BUILD_PAIR_STRING("events_href", href),
                SD_JSON_BUILD_PAIR_VARIANT("lines", lines.array),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_lines", lines.n_lines > 0));
        if (r >= 0)
                r = add_own_names(request, server_get_spec(server)->spec, &model);
        if (r >= 0)
                r = add_outdated(request, server, &model);
        return r < 0 ? r : answer_page(request, 200, "server", model);
}

/* Whether a filter of system calls ended it: then the kernel's log says which call. */
static bool is_killed_by_filter(const UnitState *unit) {
        return (unit->exit_code == CLD_KILLED || unit->exit_code == CLD_DUMPED) &&
               unit->exit_status == SIGSYS;
}

/* Whether systemd knows when it restarts next. */
static bool has_schedule(const Server *server) {
        const ServerSpec *spec = server_get_spec(server);

        return server_get_state(server) == SERVER_RUNNING && spec->spec && spec->spec->schedule;
}

int page_server(Request *request) {
        const char *name = request_parameter(request, "name");
        const Server *server = servers_find(request->web->servers, name);

        if (!server || (!is_killed_by_filter(server_get_unit(server)) && !has_schedule(server)))
                return show(request, NULL);
        return ask_run(request, (const char *[]) { "status", name, "--json", NULL }, show);
}

/* --- what can be done with it -------------------------------------------------------------------
 */

typedef struct Deed {
        const char *arguments[4];  /* before the name */
        const char *done, *failed; /* with a place for the name */
        bool is_deletion;          /* its page is gone afterwards */
} Deed;

static int do_deed(Request *request, const Deed *deed) {
        const char *name = request_parameter(request, "name");
        const char *back = request_field(request, "back");
        const char *arguments[ELEMENTSOF(deed->arguments) + 2] = {};
        char done[256], failed[256], location[INSTANCE_NAME_MAX + 32];
        bool to_overview = deed->is_deletion || (back && strcmp(back, "/") == 0);
        size_t n = 0;

        for (; n < ELEMENTSOF(deed->arguments) && deed->arguments[n]; n++)
                arguments[n] = deed->arguments[n];
        arguments[n] = name;
        model_sentence(done, sizeof(done), deed->done, name);
        model_sentence(failed, sizeof(failed), deed->failed, name);
        (void) snprintf(location, sizeof(location), to_overview ? "/" : "/servers/%s", name);

        return action_run(
                request,
                &(Action) {
                        .arguments = arguments,
                        .location = location,
                        .done = done,
                        .failed = failed,
                        .again = back && strcmp(back, "/") == 0 ? page_overview : page_server,
                });
}

/*
 * --no-wait: whether the game answers on its port can't be seen from in here.
 * --boot: a server that a person started here comes back after a reboot.
 */
int post_server_start(Request *request) {
        return do_deed(
                request, &(Deed) { { "start", "--boot", "--no-wait" },
                                   N_("Started '%s'."),
                                   N_("Failed to start '%s'."),
                                   false });
}

int post_server_stop(Request *request) {
        return do_deed(
                request, &(Deed) { { "stop", "--boot" },
                                   N_("Stopped '%s'."),
                                   N_("Failed to stop '%s'."),
                                   false });
}

int post_server_restart(Request *request) {
        return do_deed(
                request, &(Deed) { { "restart", "--no-wait" },
                                   N_("Restarted '%s'."),
                                   N_("Failed to restart '%s'."),
                                   false });
}

int post_server_restart_when_empty(Request *request) {
        return do_deed(
                request, &(Deed) { { "restart", "--when-empty" },
                                   N_("'%s' restarts when its players have left."),
                                   N_("Failed to queue a restart of '%s'."),
                                   false });
}

int post_server_restart_cancel(Request *request) {
        return do_deed(
                request, &(Deed) { { "restart", "--cancel" },
                                   N_("Cancelled the queued restart of '%s'."),
                                   N_("Failed to cancel the restart of '%s'."),
                                   false });
}

int post_server_reset(Request *request) {
        return do_deed(
                request,
                &(Deed) { { "reset" }, N_("Reset '%s'."), N_("Failed to reset '%s'."), false });
}

int post_server_delete(Request *request) {
        return do_deed(
                request,
                &(Deed) { { "delete" }, N_("Deleted '%s'."), N_("Failed to delete '%s'."), true });
}

int post_server_blueprint(Request *request) {
        const char *name = request_parameter(request, "name");
        const char *blueprint = request_field(request, "blueprint");
        char done[256], failed[256], location[INSTANCE_NAME_MAX + 32];

        /* Another user's blueprint gets the same answer as a missing one. */
        if (!blueprint || !ref_is_valid(blueprint) || !access_to_blueprint(request, blueprint))
                return answer_failed(request, 422, _("Blueprint not found."), NULL, page_server);
        (void) snprintf(
                done, sizeof(done), _("'%s' uses '%s' from its next start."), name, blueprint);
        (void) snprintf(failed, sizeof(failed), _("Failed to move '%s' to '%s'."), name, blueprint);
        (void) snprintf(location, sizeof(location), "/servers/%s", name);
        return action_run(
                request,
                &(Action) {
                        .arguments = (const char *[]) { "set", name, "blueprint", blueprint, NULL },
                        .location = location,
                        .done = done,
                        .failed = failed,
                        .again = page_server,
                });
}

/* The texts about a saved name, each with a place for the server. */
typedef struct NameTexts {
        const char *saved, *removed, *failed;
} NameTexts;

/* One of the spec's names, from the form's field of the same name; l4d2ctl checks it. */
static int save_name(Request *request, const char *key, const NameTexts *texts) {
        const char *name = request_parameter(request, "name");
        const char *value = request_field(request, key);
        bool is_set = value && value[0] != '\0';
        char done[256], failed[256], location[INSTANCE_NAME_MAX + 32];

        model_sentence(done, sizeof(done), is_set ? texts->saved : texts->removed, name);
        model_sentence(failed, sizeof(failed), texts->failed, name);
        (void) snprintf(location, sizeof(location), "/servers/%s", name);
        return action_run(
                request, &(Action) {
                                 .arguments = (const char *[]) { is_set ? "set" : "unset", name,
                                                                 key, is_set ? value : NULL, NULL },
                                 .location = location,
                                 .done = done,
                                 .failed = failed,
                                 .again = page_server,
                         });
}

int post_server_hostname(Request *request) {
        static const NameTexts texts = {
                .saved = N_("Saved the hostname of '%s'."),
                .removed = N_("Removed the hostname of '%s'."),
                .failed = N_("The hostname of '%s' was not saved."),
        };

        return save_name(request, "hostname", &texts);
}

int post_server_label(Request *request) {
        static const NameTexts texts = {
                .saved = N_("Saved the label of '%s'."),
                .removed = N_("Removed the label of '%s'."),
                .failed = N_("The label of '%s' was not saved."),
        };

        return save_name(request, "label", &texts);
}
