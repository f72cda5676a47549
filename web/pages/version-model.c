/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/version-model.h"

#include <string.h>

#include "app/access.h"
#include "base/json.h"
#include "base/time-text.h"
#include "layer/outdated.h"
#include "servers/servers.h"
#include "view/model.h"

int version_to_model(sd_json_variant *found, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *size = NULL, *time = NULL;
        uint64_t made = json_number(found, "made_usec", 0);
        const char *id = json_text(found, "version");
        int r;

        if (!id)
                return -EIO;
        r = model_size(json_number(found, "size_bytes", UINT64_MAX), &size);
        if (r >= 0)
                r = model_time(made, now_realtime(), &time);
        return r < 0 ? r
                     : sd_json_buildo(
                               ret, SD_JSON_BUILD_PAIR_STRING("version", id),
                               SD_JSON_BUILD_PAIR_VARIANT("made", time),
                               SD_JSON_BUILD_PAIR_STRING("size_text", json_text(size, "text")),
                               SD_JSON_BUILD_PAIR_BOOLEAN(
                                       "is_current", json_is_true(found, "is_current")),
                               SD_JSON_BUILD_PAIR_BOOLEAN(
                                       "is_mounted", json_is_true(found, "is_mounted")));
}

/* --- the servers that run another one -----------------------------------------------------------
 */

/* The content that is looked for, and the list that is made. */
typedef struct Outdated {
        const char *ref;           /* NULL: the game */
        sd_json_variant *versions; /* NULL: no builds are wanted */
        sd_json_variant *list;
} Outdated;

static void outdated_done(Outdated *outdated) {
        sd_json_variant_unref(outdated->list);
}

/* The build of a version, as l4d2ctl listed it; NULL: unknown. */
static const char *build_of(sd_json_variant *versions, const char *id) {
        for (size_t i = 0; id && i < sd_json_variant_elements(versions); i++) {
                sd_json_variant *one = sd_json_variant_by_index(versions, i);
                const char *found = json_text(one, "version");

                if (found && strcmp(found, id) == 0)
                        return json_text(one, "build");
        }
        return NULL;
}

static bool is_wanted(const Outdated *outdated, const MountedLayer *mounted) {
        if (!outdated->ref)
                return mounted->is_game;
        return mounted->ref && strcmp(mounted->ref, outdated->ref) == 0;
}

static int add_server(Outdated *outdated, Server *server, const MountedLayer *mounted) {
        const char *slash = mounted->version ? strrchr(mounted->version, '/') : NULL;
        const char *id = slash ? slash + 1 : NULL;
        _cleanup_json_ sd_json_variant *object = NULL;
        int r;

        r = server_to_short_model(server, &object);
        if (r >= 0)
                r = sd_json_variant_set_fieldb(&object, "version", SD_JSON_BUILD_STRING(id));
        if (r >= 0 && outdated->versions)
                r = sd_json_variant_set_fieldb(
                        &object, "build", SD_JSON_BUILD_STRING(build_of(outdated->versions, id)));
        return r < 0 ? r : sd_json_variant_append_array(&outdated->list, object);
}

/* A record that can't be read says nothing, as on the page of its server. */
static int compare_server(const Request *request, Server *server, Outdated *outdated) {
        _cleanup_(outdated_layers_clear) OutdatedLayers layers = {};
        int r;

        r = outdated_layers_find(request->web->paths, server_name(server), &layers);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        for (size_t i = 0; r >= 0 && i < layers.n_items; i++)
                if (is_wanted(outdated, &layers.items[i].mounted))
                        r = add_server(outdated, server, &layers.items[i].mounted);
        return r;
}

int version_add_outdated(
        Request *request, const char *ref, sd_json_variant *versions, sd_json_variant **model) {
        _cleanup_(outdated_done) Outdated outdated = { ref, versions, NULL };
        Server *server;
        int r;

        r = sd_json_variant_new_array(&outdated.list, NULL, 0);
        for (size_t i = 0; r >= 0 && (server = servers_get(request->web->servers, i)); i++)
                if (access_to_blueprint(request, server_blueprint(server)))
                        r = compare_server(request, server, &outdated);
        if (r >= 0)
                r = sd_json_variant_set_field_boolean(
                        model, "has_outdated", sd_json_variant_elements(outdated.list) > 0);
        return r < 0 ? r : sd_json_variant_set_field(model, "outdated", outdated.list);
}
