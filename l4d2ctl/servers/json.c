/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/json.h"

#include "base/log.h"
#include "common/terminal.h"
#include "servers/live.h"
#include "servers/overrides.h"
#include "servers/servers.h"

static int add_overrides(const Overrides *overrides, sd_json_variant **object) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *v = NULL;
        int r;

        r = overrides_to_json(overrides, &v);
        return r < 0 ? r : sd_json_variant_set_field(object, "overrides", v);
}

static int add_next_restart(uint64_t usec, sd_json_variant **object) {
        return usec == 0
                       ? sd_json_variant_set_fieldb(object, "next_restart_usec", SD_JSON_BUILD_NULL)
                       : sd_json_variant_set_field_unsigned(object, "next_restart_usec", usec);
}

static int outdated_to_json(const OutdatedLayers *layers, sd_json_variant **ret) {
        int r = sd_json_variant_new_array(ret, NULL, 0);

        for (size_t i = 0; i < layers->n_items && r >= 0; i++) {
                const OutdatedLayer *layer = &layers->items[i];

                r = sd_json_variant_append_arraybo(
                        ret,
                        SD_JSON_BUILD_PAIR_STRING(
                                "kind", layer->mounted.is_game ? "game" : "overlay"),
                        SD_JSON_BUILD_PAIR_STRING("name", layer->mounted.ref),
                        SD_JSON_BUILD_PAIR_STRING("mounted", layer->mounted.version),
                        SD_JSON_BUILD_PAIR_STRING("current", layer->current));
        }
        return r;
}

static int add_outdated(const OutdatedLayers *layers, sd_json_variant **object) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        int r = outdated_to_json(layers, &array);

        return r < 0 ? r : sd_json_variant_set_field(object, "outdated", array);
}

static int add_suspects(const Suspects *suspects, sd_json_variant **object) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        int r = suspects_to_json(suspects, &array);

        return r < 0 ? r : sd_json_variant_set_field(object, "suspects", array);
}

static int to_json(
        const Servers *servers, const Overrides *overrides, size_t i, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL, *blocked = NULL;
        const Server *server = &servers->items[i];
        int r;

        r = server_to_json(
                server->name, server->state, &server->query.state, &server->spec, servers->host,
                server->is_ready, &object);
        if (r >= 0)
                r = blocked_to_json(&server->blocked, &blocked);
        if (r >= 0)
                r = sd_json_variant_set_field(&object, "blocked_call", blocked);
        if (r >= 0)
                r = add_outdated(&server->outdated, &object);
        if (r >= 0 && overrides)
                r = add_suspects(&server->suspects, &object);
        if (r >= 0 && overrides)
                r = add_overrides(&overrides[i], &object);
        if (r >= 0 && overrides)
                r = json_set_last_end(&object, &server->last_end);
        if (r >= 0 && overrides)
                r = add_next_restart(server->next_restart, &object);
        if (r >= 0 && overrides)
                r = live_add_json(server->live, &object);
        if (r >= 0)
                r = sd_json_variant_set_field_boolean(
                        &object, "needs_update", server->needs_update);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(object);
        return 0;
}

static int list_to_json(const Servers *servers, const Overrides *overrides, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        int r;

        r = sd_json_variant_new_array(&array, NULL, 0);
        for (size_t i = 0; i < servers->n_items && r >= 0; i++) {
                _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;

                r = to_json(servers, overrides, i, &object);
                if (r >= 0)
                        r = sd_json_variant_append_array(&array, object);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(array);
        return 0;
}

int servers_print_json(const Servers *servers, const Overrides *overrides, bool as_list) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *v = NULL;
        int r;

        r = as_list ? list_to_json(servers, overrides, &v) : to_json(servers, overrides, 0, &v);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to make JSON");
                return CTL_FAILURE;
        }
        return print_json(v);
}
