/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/json.h"

#include "base/errors-json.h"
#include "base/json.h"
#include "base/strv.h"
#include "layer/cfg.h"
#include "spec/address.h"
#include "spec/hostname.h"
#include "spec/ports.h"
#include "systemd/exit-word.h"
#include "systemd/unit-names.h"

/* --- what systemd says --------------------------------------------------------------------------
 */

static int unit_to_json(
        const char *name, ServerState state, const UnitState *unit, sd_json_variant **ret) {
        uint64_t memory = unit->load_state ? unit->memory_bytes : UINT64_MAX;
        uint64_t cpu = unit->load_state ? unit->cpu_nsec : UINT64_MAX;
        uint64_t tasks = unit->load_state ? unit->tasks : UINT64_MAX;
        uint64_t since = unit->state_change, pid = unit->main_pid;
        char result[RESULT_TEXT_MAX];
        UnitNames units;

        unit_names(name, &units);
        describe_result(unit, result, sizeof(result));
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("name", name),
                SD_JSON_BUILD_PAIR_STRING("unit", units.server),
                SD_JSON_BUILD_PAIR_STRING("state", server_state_to_string(state)),
                SD_JSON_BUILD_PAIR_CALLBACK("since_usec", json_build_nonzero, &since),
                SD_JSON_BUILD_PAIR_STRING("load_state", unit->load_state),
                SD_JSON_BUILD_PAIR_STRING("active_state", unit->active_state),
                SD_JSON_BUILD_PAIR_STRING("sub_state", unit->sub_state),
                SD_JSON_BUILD_PAIR_STRING("invocation_id", unit->invocation_id),
                SD_JSON_BUILD_PAIR_CALLBACK("main_pid", json_build_nonzero, &pid),
                SD_JSON_BUILD_PAIR_UNSIGNED("restarts", unit->restarts),
                SD_JSON_BUILD_PAIR_STRING("result", unit->result),
                SD_JSON_BUILD_PAIR_STRING("result_text", result),
                SD_JSON_BUILD_PAIR_STRING("exit", exit_word(unit->exit_code)),
                SD_JSON_BUILD_PAIR_INTEGER("exit_status", unit->exit_status),
                SD_JSON_BUILD_PAIR_CALLBACK("memory_bytes", json_build_measured, &memory),
                SD_JSON_BUILD_PAIR_CALLBACK("cpu_nsec", json_build_measured, &cpu),
                SD_JSON_BUILD_PAIR_CALLBACK("tasks", json_build_measured, &tasks));
}

/* --- what the spec says -------------------------------------------------------------------------
 */

static int add_names(const Spec *spec, sd_json_variant **object) {
        char hostname[HOSTNAME_LENGTH_MAX + 1];
        int r;

        hostname_of(spec, hostname);
        r = sd_json_variant_set_field_string(object, "hostname", hostname);
        if (r >= 0)
                r = sd_json_variant_set_fieldb(object, "label", SD_JSON_BUILD_STRING(spec->label));
        return r;
}

int json_set_executed(sd_json_variant **object, char *const *overlays, uint64_t executed) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        size_t n = strv_length(overlays);
        int r;

        r = sd_json_variant_new_array(&array, NULL, 0);
        while (r >= 0 && n-- > 0)
                if (n < SPEC_OVERLAYS_MAX && executed >> n & 1)
                        r = sd_json_variant_append_arrayb(
                                &array, SD_JSON_BUILD_STRING(overlays[n]));
        return r < 0 ? r : sd_json_variant_set_field(object, "executed", array);
}

/* "client_port" and so on; null: the server doesn't have it. */
static int add_more_ports(const InstanceSettings *settings, sd_json_variant **object) {
        int r = 0;

        for (PortRole role = PORT_CLIENT; role < _PORT_ROLE_MAX && r >= 0; role++) {
                uint64_t port = settings ? instance_port(settings, role) : 0;

                r = sd_json_variant_set_fieldb(
                        object, port_role_key(role),
                        SD_JSON_BUILD_CALLBACK(json_build_nonzero, &port));
        }
        return r;
}

static int add_settings(const Spec *spec, sd_json_variant **object) {
        int r;

        r = sd_json_variant_set_field_unsigned(object, "port", spec->settings.port);
        if (r >= 0)
                r = add_more_ports(&spec->settings, object);
        if (r >= 0)
                r = sd_json_variant_set_field_boolean(
                        object, "autostart", spec->settings.autostart);
        if (r >= 0)
                r = sd_json_variant_set_field_string(
                        object, "hardening", hardening_profile_to_string(spec->settings.hardening));
        if (r >= 0)
                r = sd_json_variant_set_fieldb(
                        object, "overlays", SD_JSON_BUILD_STRV(spec->overlays));
        if (r >= 0)
                r = sd_json_variant_set_fieldb(
                        object, "blueprint", SD_JSON_BUILD_STRING(spec->blueprint));
        if (r >= 0)
                r = sd_json_variant_set_fieldb(
                        object, "schedule", SD_JSON_BUILD_STRING(spec->schedule));
        if (r >= 0)
                r = json_set_executed(object, spec->overlays, spec->executed);
        return r < 0 ? r : add_names(spec, object);
}

/* A bad spec has no values, because left4me cannot tell which would apply. */
static int add_no_settings(sd_json_variant **object) {
        static const char *const names[] = { "port",     "autostart", "hardening",
                                             "overlays", "blueprint", "hostname",
                                             "label",    "executed",  "schedule" };
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(names) && r >= 0; i++)
                r = sd_json_variant_set_fieldb(object, names[i], SD_JSON_BUILD_NULL);
        return r < 0 ? r : add_more_ports(NULL, object);
}

/* Where players find it now, or will when it starts. */
static int add_address(
        const Spec *spec, uint16_t live_port, const char *host, sd_json_variant **object) {
        uint64_t live = live_port;
        uint16_t port = live_port > 0 ? live_port : spec ? spec->settings.port : 0;
        char address[ADDRESS_MAX];
        int r;

        r = sd_json_variant_set_fieldb(
                object, "live_port", SD_JSON_BUILD_CALLBACK(json_build_nonzero, &live));
        if (r >= 0)
                r = sd_json_variant_set_fieldb(
                        object, "address",
                        SD_JSON_BUILD_STRING(
                                port > 0 ? server_address(host, port, address) : NULL));
        return r;
}

/* Null also for one that is about a run which has ended. */
static int add_restart(
        const QueuedRestart *restart, const UnitState *unit, sd_json_variant **object) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *v = NULL;
        bool is_due = queued_restart_is_due(restart, unit);
        int r;

        r = queued_restart_to_json(is_due ? restart : &(QueuedRestart) {}, &v);
        return r < 0 ? r : sd_json_variant_set_field(object, "queued_restart", v);
}

static int add_after_builds(const BuildWishes *wishes, sd_json_variant **object) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *list = NULL;
        int r;

        r = build_wishes_to_json(wishes, &list);
        return r < 0 ? r : sd_json_variant_set_field(object, "after_builds", list);
}

int server_to_json(
        const char *name, ServerState state, const UnitState *unit, const ServerSpec *spec,
        const char *host, int is_ready, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL, *errors = NULL;
        bool is_changed = server_is_changed(state, unit, spec);
        int r;

        r = unit_to_json(name, state, unit, &object);
        if (r >= 0)
                r = spec->spec ? add_settings(spec->spec, &object) : add_no_settings(&object);
        if (r >= 0)
                r = is_ready < 0 ? sd_json_variant_set_fieldb(&object, "ready", SD_JSON_BUILD_NULL)
                                 : sd_json_variant_set_field_boolean(&object, "ready", is_ready);
        if (r >= 0)
                r = add_address(spec->spec, server_live_port(state, unit), host, &object);
        if (r >= 0)
                r = sd_json_variant_set_field_string(
                        &object, "spec", server_spec_word(spec, is_changed));
        if (r >= 0)
                r = sd_json_variant_set_field_string(&object, "spec_path", spec->path);
        if (r >= 0)
                r = sd_json_variant_set_field_boolean(&object, "restart_to_apply", is_changed);
        if (r >= 0)
                r = add_restart(&spec->restart, unit, &object);
        if (r >= 0)
                r = add_after_builds(&spec->after_builds, &object);
        if (r >= 0)
                r = errors_to_json(&spec->errors, &errors);
        if (r >= 0)
                r = sd_json_variant_set_field(&object, "errors", errors);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(object);
        return 0;
}
