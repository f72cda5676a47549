/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/host-model.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "filter/guard.h"

/* The counter of this name in a report, NULL when it has none. */
static sd_json_variant *find_counter(sd_json_variant *list, const char *name) {
        for (size_t i = 0; i < sd_json_variant_elements(list); i++) {
                sd_json_variant *counter = sd_json_variant_by_index(list, i);
                const char *found = json_text(counter, "name");

                if (found && strcmp(found, name) == 0)
                        return counter;
        }
        return NULL;
}

static int add_counters(sd_json_variant *found, sd_json_variant **list) {
        sd_json_variant *counters = json_list(found, "counters");
        int r;

        r = sd_json_variant_new_array(list, NULL, 0);
        for (size_t i = 0; i < _GUARD_COUNTER_MAX && r >= 0; i++) {
                sd_json_variant *counter = find_counter(counters, guard_counter_key(i));
                uint64_t packets = json_number(counter, "packets", UINT64_MAX);
                char text[24];

                if (packets == UINT64_MAX)
                        continue;
                (void) snprintf(text, sizeof(text), "%" PRIu64, packets);
                r = sd_json_variant_append_arraybo(
                        list, SD_JSON_BUILD_PAIR_STRING("text", _(guard_counter_text(i))),
                        SD_JSON_BUILD_PAIR_STRING("packets", text));
        }
        return r;
}

int host_add_guard(const Request *request, sd_json_variant **model) {
        _cleanup_json_ sd_json_variant *found = NULL, *list = NULL, *time = NULL, *object = NULL;
        _cleanup_free_ char *error = NULL;
        int r;

        r = host_report_load(request, "guard", &found, &time, &error);
        if (r >= 0)
                r = add_counters(found, &list);
        if (r >= 0)
                r = sd_json_buildo(
                        &object, SD_JSON_BUILD_PAIR_BOOLEAN("is_known", found != NULL),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_loaded", json_is_true(found, "is_loaded")),
                        SD_JSON_BUILD_PAIR_VARIANT("time", time),
                        SD_JSON_BUILD_PAIR_VARIANT("counters", list),
                        SD_JSON_BUILD_PAIR_STRING("error", error));
        return r < 0 ? r : sd_json_variant_set_field(model, "guard", object);
}
