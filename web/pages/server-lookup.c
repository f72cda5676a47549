/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/server-lookup.h"

#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "base/json.h"
#include "pages/blueprints.h"

Server *page_find_server(Request *request, int *ret_r) {
        Server *server = servers_find(request->web->servers, request_parameter(request, "name"));

        if (!server)
                *ret_r = answer_error(request, 404, NULL);
        return server;
}

bool server_is_visible(Web *web, const char *name, const WebUser *user) {
        const Server *server = servers_find(web->servers, name);

        return server && user_may_see(user, server_blueprint(server));
}

/* --- blueprints ---------------------------------------------------------------------------------
 */

int blueprints_exist(Request *request, bool *ret) {
        _cleanup_(strv_freep) char **refs = NULL;
        int r;

        r = blueprints_list(request, &refs);
        if (r < 0)
                return r;
        *ret = refs[0] != NULL;
        return 0;
}

static int append(
        const StateDir *directory, const char *ref, const char *selected, sd_json_variant **array) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        _cleanup_(blueprint_freep) Blueprint *blueprint = NULL;
        char href[BLUEPRINT_REF_MAX + 32];
        int r;

        /* One with errors can be chosen, and then says what is wrong. */
        r = blueprint_load(directory, ref, &errors, &blueprint);
        if (r == -ENOENT)
                return 0;
        if (r < 0 && r != -EINVAL)
                return r;
        (void) snprintf(href, sizeof(href), "/blueprints/%s", ref);
        return sd_json_variant_append_arraybo(
                array, SD_JSON_BUILD_PAIR_STRING("ref", ref),
                SD_JSON_BUILD_PAIR_STRING("href", href),
                SD_JSON_BUILD_PAIR_STRING("description", blueprint ? blueprint->description : NULL),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_selected", selected && strcmp(selected, ref) == 0));
}

int blueprints_to_model(Request *request, const char *selected, sd_json_variant **ret) {
        _cleanup_(state_dir_close) StateDir directory = STATE_DIR_INIT;
        _cleanup_json_ sd_json_variant *array = NULL;
        _cleanup_(strv_freep) char **refs = NULL;
        int r;

        r = blueprints_list(request, &refs);
        if (r >= 0 && refs[0])
                r = blueprints_open(request, &directory);
        if (r >= 0)
                r = sd_json_variant_new_array(&array, NULL, 0);
        for (char **ref = refs; r >= 0 && *ref; ref++)
                r = append(&directory, *ref, selected, &array);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(array);
        return 0;
}
