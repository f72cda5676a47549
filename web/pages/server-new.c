/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A new server from a blueprint: a name, a port, and nothing of its own. */

#include <stdlib.h>
#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/command.h"
#include "base/json.h"
#include "base/text.h"
#include "pages/pages.h"
#include "pages/server-lookup.h"
#include "spec/ports.h"

static bool is_taken(const InstanceSettings *settings, const void *userdata) {
        const Request *request = userdata;
        const Server *server;
        PortConflict conflict;

        for (size_t i = 0; (server = servers_get(request->web->servers, i)); i++) {
                const Spec *spec = server_get_spec(server)->spec;

                if (spec && ports_find_conflict(settings, &spec->settings, &conflict))
                        return true;
        }
        return false;
}

/* The lowest port that no server has, with what is derived from it; the lowest of all when all are
 * taken. */
static uint16_t free_port(const Request *request) {
        const HostConfig *config = request->web->config;
        uint16_t port = ports_find_free(config, is_taken, request);

        return port > 0 ? port : config->port_min;
}

/* A number that was typed, as far as it is one. */
static uint64_t typed_port(Request *request) {
        const char *typed = request_field(request, "port");

        if (!typed || typed[0] == '\0' || strspn(typed, "0123456789") != strlen(typed) ||
            strlen(typed) > 5)
                return free_port(request);
        return strtoull(typed, NULL, 10);
}

int page_server_new(Request *request) {
        const char *blueprint = request_typed(request, "blueprint", NULL);
        const char *autostart = request_field(request, "autostart");
        _cleanup_json_ sd_json_variant *model = NULL, *blueprints = NULL;
        int r;

        if (!blueprint)
                blueprint = request_query(request, "blueprint");
        r = blueprints_to_model(request, blueprint, &blueprints);
        if (r < 0)
                return r;
        r = sd_json_buildo(
                &model, SD_JSON_BUILD_PAIR_STRING("name", request_typed(request, "name", "")),
                SD_JSON_BUILD_PAIR_UNSIGNED("port", typed_port(request)),
                SD_JSON_BUILD_PAIR_UNSIGNED("port_min", request->web->config->port_min),
                SD_JSON_BUILD_PAIR_UNSIGNED("port_max", request->web->config->port_max),
                SD_JSON_BUILD_PAIR_BOOLEAN("autostart", autostart && strcmp(autostart, "yes") == 0),
                SD_JSON_BUILD_PAIR_VARIANT("blueprints", blueprints),
                SD_JSON_BUILD_PAIR_BOOLEAN(
                        "has_blueprints", sd_json_variant_elements(blueprints) > 0));
        return r < 0 ? r : answer_page(request, 200, "server-new", model);
}

int post_server_new(Request *request) {
        const char *name = request_field(request, "name"), *port = request_field(request, "port");
        const char *blueprint = request_field(request, "blueprint");
        const char *autostart = request_field(request, "autostart");
        _cleanup_free_ char *spec = NULL;
        char done[256], failed[256], location[INSTANCE_NAME_MAX + 32];

        if (!instance_name_is_valid(name))
                return answer_failed(request, 422, NAME_RULE, NULL, page_server_new);
        /* A server of that name would have this page's address. */
        if (strcmp(name, "new") == 0)
                return answer_failed(
                        request, 422, _("'new' is reserved. Choose another name."), NULL,
                        page_server_new);
        if (servers_find(request->web->servers, name))
                return answer_failed(
                        request, 409, _("A server with this name already exists."), NULL,
                        page_server_new);
        if (!blueprint || !ref_is_valid(blueprint) || !access_to_blueprint(request, blueprint))
                return answer_failed(
                        request, 422, _("Blueprint not found."), NULL, page_server_new);
        if (!port || port[0] == '\0' || strspn(port, "0123456789") != strlen(port))
                return answer_failed(
                        request, 422, _("Port must be a number."), NULL, page_server_new);

        if (asprintf(
                    &spec, "port: %s\nblueprint: %s\nautostart: %s\n", port, blueprint,
                    autostart && strcmp(autostart, "yes") == 0 ? "true" : "false") < 0)
                return -ENOMEM;
        (void) snprintf(done, sizeof(done), _("Created '%s'."), name);
        (void) snprintf(failed, sizeof(failed), _("Failed to create '%s'."), name);
        (void) snprintf(location, sizeof(location), "/servers/%s", name);
        return action_run(
                request, &(Action) {
                                 .arguments = (const char *[]) { "initialize", name, "--new",
                                                                 "--file=-", NULL },
                                 .input = spec,
                                 .input_size = strlen(spec),
                                 .location = location,
                                 .done = done,
                                 .failed = failed,
                                 .again = page_server_new,
                         });
}
