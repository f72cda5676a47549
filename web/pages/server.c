/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One server: what it does and did, and what can be done with it. */

#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/command.h"
#include "app/query.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time-text.h"
#include "layer/outdated.h"
#include "pages/job-page.h"
#include "pages/pages.h"
#include "pages/server-log.h"
#include "pages/server-lookup.h"
#include "server/suspect.h"
#include "view/model.h"

enum { LINES_SHOWN = 100, JOBS_SHOWN = 5 };

/* µs: a slow disk must not keep the buttons of the page away for long. */
#define JOBS_DEADLINE (UINT64_C(3) * 1000000)

/* --- the page -----------------------------------------------------------------------------------
 */

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
        if (r >= 0)
                r = sd_json_variant_set_field_boolean(model, "is_public", spec && spec->is_public);
        return r < 0 ? r
                     : sd_json_variant_set_field_boolean(
                               model, "has_public_page", request->web->config->has_public_page);
}

/* Adds the layers that a restart gives in another version. Unknown ones are not shown. */
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

/* jobs: the newest ones of its content that the user may see; NULL: unknown. */
static int add_jobs(sd_json_variant *jobs, sd_json_variant **model) {
        _cleanup_json_ sd_json_variant *list = NULL;
        int r;

        r = jobs_to_model(jobs, &list);
        if (r < 0)
                return r;
        return sd_json_variant_merge_objectbo(
                model, SD_JSON_BUILD_PAIR_VARIANT("jobs", list),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_jobs", sd_json_variant_elements(list) > 0),
                SD_JSON_BUILD_PAIR_BOOLEAN("knows_jobs", jobs != NULL));
}

/* status: as l4d2ctl prints it, with what only it can find out; NULL: nothing of that concerns this
 * server. */
static int show(Request *request, sd_json_variant *status, sd_json_variant *jobs) {
        sd_json_variant *blocked = sd_json_variant_by_key(status, "blocked_call");
        _cleanup_json_ sd_json_variant *model = NULL, *object = NULL, *blueprints = NULL;
        _cleanup_json_ sd_json_variant *next_restart = NULL;
        _cleanup_(server_log_clear) LogLines lines = {};
        _cleanup_free_ char *href = NULL;
        Server *server;
        bool can_delete;
        int r;

        server = page_find_server(request, &r);
        if (!server)
                return r;
        request_set_title(request, "%s", server_name(server));

        can_delete = !unit_state_is_active(server_get_unit(server)) &&
                     server_get_state(server) != SERVER_UNKNOWN;
        r = server_to_model(server, &object);
        if (r >= 0)
                r = blueprints_to_model(request, server_blueprint(server), &blueprints);
        if (r >= 0)
                r = server_log_read(request, server, LINES_SHOWN, &lines);
        if (r >= 0)
                r = log_events_href(server_name(server), &lines, &href);
        if (r >= 0)
                r = model_time(
                        json_number(status, "next_restart_usec", 0), now_realtime(), &next_restart);
        if (r < 0)
                return r;
        r = sd_json_buildo(
                &model, SD_JSON_BUILD_PAIR_VARIANT("server", object),
                SD_JSON_BUILD_PAIR_VARIANT("blocked", blocked),
                SD_JSON_BUILD_PAIR_VARIANT("next_restart", next_restart),
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
        if (r >= 0)
                r = server_add_suspects(request, status, &model);
        if (r >= 0)
                r = add_jobs(jobs, &model);
        return r < 0 ? r : answer_page(request, 200, "server", model);
}

/* The page is shown without the jobs when they can't be found. */
static int ask_jobs(Request *request, sd_json_variant *status) {
        const char *name = request_parameter(request, "name");
        const Server *server = servers_find(request->web->servers, name);
        char option[INSTANCE_NAME_MAX + 32], number[32];

        /* A bad spec does not tell what it stacks. */
        if (!server || !server_get_spec(server)->spec)
                return show(request, status, NULL);
        (void) snprintf(option, sizeof(option), "--server=%s", name);
        (void) snprintf(number, sizeof(number), "--jobs=%d", JOBS_SHOWN);
        return ask_more(
                request, (const char *[]) { "job", "list", option, number, "--json", NULL },
                JOBS_DEADLINE, status, show);
}

/* Whether systemd knows when it restarts next. */
static bool has_schedule(const Server *server) {
        const ServerSpec *spec = server_get_spec(server);

        return server_get_state(server) == SERVER_RUNNING && spec->spec && spec->spec->schedule;
}

int page_server(Request *request) {
        const char *name = request_parameter(request, "name");
        const Server *server = servers_find(request->web->servers, name);

        if (!server ||
            (!unit_state_is_killed_by_filter(server_get_unit(server)) && !has_schedule(server) &&
             !server_keeps_failing(server_get_state(server), server_get_unit(server))))
                return ask_jobs(request, NULL);
        return ask_run(request, (const char *[]) { "status", name, "--json", NULL }, ask_jobs);
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

int post_server_public(Request *request) {
        const char *name = request_parameter(request, "name");
        const char *field = request_field(request, "public");
        bool is_public = field && strcmp(field, "yes") == 0;
        char done[256], failed[256], location[INSTANCE_NAME_MAX + 32];

        model_sentence(
                done, sizeof(done),
                is_public ? N_("'%s' is on the public page while it runs.")
                          : N_("'%s' is not on the public page."),
                name);
        model_sentence(
                failed, sizeof(failed), N_("The public page was not changed for '%s'."), name);
        (void) snprintf(location, sizeof(location), "/servers/%s", name);
        return action_run(
                request,
                &(Action) {
                        .arguments = (const char *[]) { "set", name, "public",
                                                        is_public ? "true" : "false", NULL },
                        .location = location,
                        .done = done,
                        .failed = failed,
                        .again = page_server,
                });
}
