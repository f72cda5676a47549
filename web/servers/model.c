/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A server as the pages show it: what l4d2ctl status --json has, and what a template, which has no
 * logic, needs beside it.
 */

#include "servers/internal.h"

#include <string.h>

#include "base/json.h"
#include "base/time-text.h"
#include "server/json.h"
#include "systemd/cgroup.h"
#include "view/errors.h"
#include "view/model.h"

/* The greatest age of shown values that no signal announces. */
#define MODEL_AGE USEC_PER_SEC

static int set_text(sd_json_variant **object, const char *key, const char *text) {
        return text ? sd_json_variant_set_field_string(object, key, text)
                    : sd_json_variant_set_fieldb(object, key, SD_JSON_BUILD_NULL);
}

static int set_bool(sd_json_variant **object, const char *key, bool value) {
        return sd_json_variant_set_field_boolean(object, key, value);
}

/* --- conditions ---------------------------------------------------------------------------------
 */

static int add_states(ServerState state, sd_json_variant **object) {
        for (ServerState s = 0; s < _SERVER_STATE_MAX; s++) {
                char key[32];
                int r;

                (void) snprintf(key, sizeof(key), "is_%s", server_state_to_string(s));
                r = set_bool(object, key, s == state);
                if (r < 0)
                        return r;
        }
        return 0;
}

bool server_is_down(const Server *server) {
        return server->state == SERVER_STOPPED && server->spec.spec &&
               server->spec.spec->settings.autostart;
}

/* The unit itself says that it failed or is being started again, and why. */
static int add_last_end(const Server *server, sd_json_variant **object) {
        bool is_told = server->state == SERVER_FAILED || server->state == SERVER_RESTARTING;
        const LastEnd *end = &server->last_end;
        char text[RESULT_TEXT_MAX];
        int r;

        last_end_describe(end, text, sizeof(text));
        r = json_set_last_end(object, end);
        if (r >= 0)
                r = set_text(object, "last_end_text", end->usec > 0 ? text : NULL);
        if (r >= 0)
                r = set_bool(object, "has_last_end", end->usec > 0 && !is_told);
        return r;
}

static int add_abilities(ServerState state, sd_json_variant **object) {
        bool is_active = state == SERVER_RUNNING || state == SERVER_STARTING ||
                         state == SERVER_STOPPING || state == SERVER_RESTARTING;
        int r;

        r = set_bool(object, "is_active", is_active);
        if (r >= 0)
                r = set_bool(
                        object, "can_start", state == SERVER_STOPPED || state == SERVER_FAILED);
        if (r >= 0)
                r = set_bool(object, "can_stop", is_active);
        if (r >= 0)
                r = set_bool(object, "can_restart", is_active);
        return r;
}

/* --- what the spec says -------------------------------------------------------------------------
 */

static int add_errors(const SpecErrors *errors, sd_json_variant **object) {
        _cleanup_json_ sd_json_variant *array = NULL;
        int r;

        r = errors_to_model(errors, &array);
        return r < 0 ? r : sd_json_variant_set_field(object, "errors", array);
}

static int add_blueprint(const Spec *spec, sd_json_variant **object) {
        char href[2 * (REF_COMPONENT_MAX + 1) + 32];

        if (!spec || !spec->blueprint)
                return sd_json_variant_set_fieldb(object, "blueprint_href", SD_JSON_BUILD_NULL);
        (void) snprintf(href, sizeof(href), "/blueprints/%s", spec->blueprint);
        return set_text(object, "blueprint_href", href);
}

/* Links for Steam: one joins the server, one starts the game before that. */
static int add_connect(sd_json_variant **object) {
        sd_json_variant *address = sd_json_variant_by_key(*object, "address");
        char connect[512], launch[512];
        bool is_known = address && sd_json_variant_is_string(address);
        int r;

        if (is_known) {
                const char *text = sd_json_variant_string(address);

                (void) snprintf(connect, sizeof(connect), "steam://connect/%s", text);
                (void) snprintf(launch, sizeof(launch), "steam://run/550//+connect%%20%s", text);
        }
        r = set_text(object, "connect", is_known ? connect : NULL);
        return r < 0 ? r : set_text(object, "launch", is_known ? launch : NULL);
}

static int add_spec(const ServerSpec *spec, sd_json_variant **object) {
        bool is_refused = spec_errors_any(&spec->errors);
        int r;

        r = add_blueprint(spec->spec, object);
        if (r >= 0)
                r = add_connect(object);
        if (r >= 0)
                r = set_bool(
                        object, "is_strict",
                        spec->spec && spec->spec->settings.hardening == HARDENING_STRICT);
        if (r >= 0)
                r = set_bool(object, "is_unread", spec->is_unread);
        if (r >= 0)
                r = set_bool(object, "is_spec_missing", !spec->exists);
        if (r >= 0)
                r = set_bool(object, "is_spec_refused", is_refused);
        if (r >= 0 && !spec->spec)
                r = sd_json_variant_set_fieldb(object, "overlays", SD_JSON_BUILD_EMPTY_ARRAY);
        if (r >= 0 && !spec->spec)
                r = sd_json_variant_set_fieldb(object, "executed", SD_JSON_BUILD_EMPTY_ARRAY);
        if (r >= 0)
                r = add_errors(&spec->errors, object);
        return r;
}

/* The restart that waits for its players, and when it waits no longer. */
static int add_queued_restart(sd_json_variant **object) {
        _cleanup_json_ sd_json_variant *deadline = NULL;
        sd_json_variant *queued = sd_json_variant_by_key(*object, "queued_restart");
        int r;

        r = model_time(json_number(queued, "deadline_usec", 0), now_realtime(), &deadline);
        if (r >= 0)
                r = sd_json_variant_set_field(object, "queued_deadline", deadline);
        return r < 0 ? r
                     : set_bool(
                               object, "has_queued_restart",
                               queued && !sd_json_variant_is_null(queued));
}

static int add_after_builds(sd_json_variant **object) {
        sd_json_variant *wishes = sd_json_variant_by_key(*object, "after_builds");

        return set_bool(object, "has_after_builds", sd_json_variant_elements(wishes) > 0);
}

/* It runs with another port than its spec says now. */
static bool has_other_port(const Server *server) {
        uint16_t live = server_live_port(server->state, server_get_unit(server));

        return live > 0 && server->spec.spec && server->spec.spec->settings.port != live;
}

int server_make_base(Server *server, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *object = NULL;
        UnitState unit = *server_get_unit(server);
        char href[INSTANCE_NAME_MAX + 32];
        int r;

        unit.memory_bytes = unit.cpu_nsec = unit.tasks = UINT64_MAX;
        (void) snprintf(href, sizeof(href), "/servers/%s", server->name);

        r = server_to_json(
                server->name, server->state, &unit, &server->spec, server->servers->host,
                server->is_ready, &object);
        if (r >= 0)
                r = set_text(&object, "href", href);
        if (r >= 0)
                r = set_text(&object, "state_text", server_state_to_text(server->state));
        if (r >= 0)
                r = set_bool(&object, "has_restarts", unit.restarts > 0);
        if (r >= 0)
                r = add_states(server->state, &object);
        if (r >= 0)
                r = add_abilities(server->state, &object);
        if (r >= 0)
                r = set_bool(&object, "is_down", server_is_down(server));
        if (r >= 0)
                r = set_bool(&object, "is_opening", server->is_ready == 0);
        if (r >= 0)
                r = add_last_end(server, &object);
        if (r >= 0)
                r = set_bool(&object, "is_port_changed", has_other_port(server));
        if (r >= 0)
                r = add_spec(&server->spec, &object);
        if (r >= 0)
                r = add_queued_restart(&object);
        if (r >= 0)
                r = server_add_live(server, &object);
        if (r >= 0)
                r = add_after_builds(&object);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(object);
        return 0;
}

/* --- what changes by itself ---------------------------------------------------------------------
 */

static int set_measured(
        sd_json_variant **object, const char *key, uint64_t value, const char *text_key,
        const char *text) {
        int r;

        if (value == UINT64_MAX)
                return text_key ? sd_json_variant_set_fieldb(object, text_key, SD_JSON_BUILD_NULL)
                                : 0;
        r = sd_json_variant_set_field_unsigned(object, key, value);
        return r < 0 || !text_key ? r : set_text(object, text_key, text);
}

static int add_usage(const UnitState *unit, sd_json_variant **object) {
        _cleanup_json_ sd_json_variant *size = NULL;
        const char *memory_text = NULL;
        char cpu_text[TIME_TEXT_MAX];
        CgroupUsage usage;
        int r;

        cgroup_usage_read(unit->control_group, &usage);
        r = model_size(usage.memory_bytes, &size);
        if (r < 0)
                return r;
        if (usage.memory_bytes != UINT64_MAX)
                memory_text = sd_json_variant_string(sd_json_variant_by_key(size, "text"));

        r = set_measured(object, "memory_bytes", usage.memory_bytes, "memory_text", memory_text);
        if (r >= 0)
                r = set_measured(
                        object, "cpu_nsec", usage.cpu_nsec, "cpu_text",
                        span_format(usage.cpu_nsec / 1000, cpu_text));
        if (r >= 0)
                r = set_measured(object, "tasks", usage.tasks, NULL, NULL);
        return r;
}

/* It is forgotten a day later. */
static int add_last_ended(const LastEnd *end, uint64_t now, sd_json_variant **object) {
        _cleanup_json_ sd_json_variant *ended = NULL;
        bool is_old = end->usec == 0 || end->usec + LAST_END_AGE < now;
        int r;

        r = model_time(is_old ? 0 : end->usec, now, &ended);
        if (r >= 0)
                r = sd_json_variant_set_field(object, "last_ended", ended);
        return r < 0 || !is_old ? r : set_bool(object, "has_last_end", false);
}

int server_to_model(Server *server, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *model = NULL, *since = NULL;
        const UnitState *unit = server_get_unit(server);
        ServerView *view = &server->views[language_current()];
        uint64_t now = now_monotonic();
        int r;

        if (view->model && now - view->model_time < MODEL_AGE) {
                *ret = sd_json_variant_ref(view->model);
                return 0;
        }

        if (!view->base) {
                r = server_make_base(server, &view->base);
                if (r < 0)
                        return r;
        }
        model = sd_json_variant_ref(view->base);
        r = model_time(unit->state_change, now_realtime(), &since);
        if (r >= 0)
                r = sd_json_variant_set_field(&model, "since", since);
        if (r >= 0)
                r = add_last_ended(&server->last_end, now_realtime(), &model);
        if (r >= 0)
                r = add_usage(unit, &model);
        if (r >= 0)
                r = server_add_live_times(server, &model);
        if (r < 0)
                return r;

        server_set_kept(server, NULL, NULL);
        sd_json_variant_unref(view->model);
        view->model = sd_json_variant_ref(model);
        view->model_time = now;
        *ret = TAKE_PTR(model);
        return 0;
}

int server_to_short_model(Server *server, sd_json_variant **ret) {
        static const char *const keys[] = {
                "name",        "href",        "state",      "state_text",       "is_running",
                "is_starting", "is_stopping", "is_failed",  "is_restarting",    "is_stopped",
                "is_refused",  "is_active",   "is_unknown", "restart_to_apply",
        };
        _cleanup_json_ sd_json_variant *object = NULL, *shorter = NULL;
        int r;

        r = server_to_model(server, &object);
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(keys); i++)
                r = sd_json_variant_set_field(
                        &shorter, keys[i], sd_json_variant_by_key(object, keys[i]));
        if (r < 0)
                return r;

        *ret = TAKE_PTR(shorter);
        return 0;
}
