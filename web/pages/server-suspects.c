/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Content that may be why a server fails, with the version before it: a part of the server's page.
 */

#include "app/access.h"
#include "base/json.h"
#include "base/time-text.h"
#include "pages/server-lookup.h"
#include "view/model.h"

static int add_suspect(const Request *request, sd_json_variant *found, sd_json_variant **list) {
        const char *ref = json_text(found, "overlay"), *version = json_text(found, "version"),
                   *previous = json_text(found, "previous");
        uint64_t since = json_number(found, "since_usec", 0);
        bool is_gone = json_is_true(found, "is_gone");
        _cleanup_json_ sd_json_variant *time = NULL;
        char action[ROUTE_VALUE_MAX + 32] = "/host/game/rollback";
        int r;

        if (!version || !previous)
                return 0;
        if (ref)
                (void) snprintf(action, sizeof(action), "/overlays/%s/-/rollback", ref);
        r = model_time(since, now_realtime(), &time);
        return r < 0 ? r
                     : sd_json_variant_append_arraybo(
                               list, SD_JSON_BUILD_PAIR_STRING("overlay", ref),
                               SD_JSON_BUILD_PAIR_STRING("version", version),
                               SD_JSON_BUILD_PAIR_STRING("previous", previous),
                               SD_JSON_BUILD_PAIR_VARIANT("since", time),
                               SD_JSON_BUILD_PAIR_STRING("action", action),
                               SD_JSON_BUILD_PAIR_BOOLEAN("is_gone", is_gone),
                               SD_JSON_BUILD_PAIR_BOOLEAN(
                                       "can_roll_back",
                                       !is_gone && (ref ? access_to_overlay(request, ref)
                                                        : request->user->is_admin)));
}

int server_add_suspects(const Request *request, sd_json_variant *status, sd_json_variant **model) {
        sd_json_variant *found = json_list(status, "suspects");
        _cleanup_json_ sd_json_variant *list = NULL;
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && i < sd_json_variant_elements(found); i++)
                r = add_suspect(request, sd_json_variant_by_index(found, i), &list);
        return r < 0 ? r : sd_json_variant_set_field(model, "suspects", list);
}
