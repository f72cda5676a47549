/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/host-model.h"

#include <string.h>

#include "base/json.h"
#include "base/name.h"

enum { EXPOSURE_MAX = 10 }; /* of systemd's score */

static int add_control(sd_json_variant *found, uint64_t *n_effective, sd_json_variant **list) {
        const char *state = json_text(found, "state");
        const char *evidence = json_text(found, "evidence"), *reason = json_text(found, "reason");
        _cleanup_json_ sd_json_variant *object = NULL;
        bool effective;
        int r;

        if (!state)
                return -EIO;
        effective = strcmp(state, "effective") == 0;
        if (evidence && reason && strcmp(evidence, reason) == 0)
                reason = NULL; /* once is enough */
        *n_effective += effective;
        r = sd_json_buildo(
                &object, SD_JSON_BUILD_PAIR_STRING("name", json_text(found, "name")),
                SD_JSON_BUILD_PAIR_STRING("state", state),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_effective", effective),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_missing", strcmp(state, "missing") == 0),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_unsupported", strcmp(state, "unsupported") == 0),
                SD_JSON_BUILD_PAIR_STRING("evidence", evidence),
                SD_JSON_BUILD_PAIR_STRING("reason", reason),
                SD_JSON_BUILD_PAIR_STRING("fix", json_text(found, "fix")));
        return r < 0 ? r : sd_json_variant_append_array(list, object);
}

static int controls_to_model(
        sd_json_variant *found, uint64_t *ret_effective, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *list = NULL;
        int r;

        *ret_effective = 0;
        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && i < sd_json_variant_elements(found); i++)
                r = add_control(sd_json_variant_by_index(found, i), ret_effective, &list);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}

/*
 * Keeps the settings that count against the server, and those that seem to count for it and have no
 * effect on an i386 process. The rest, some eighty settings that are as they should be, would only
 * hide these.
 */
static int add_point(sd_json_variant *found, sd_json_variant **list) {
        sd_json_variant *exposure = sd_json_variant_by_key(found, "exposure");
        double points =
                exposure && sd_json_variant_is_real(exposure) ? sd_json_variant_real(exposure) : 0;
        bool is_real = json_is_true(found, "real");
        _cleanup_json_ sd_json_variant *object = NULL;
        char text[16];
        int r;

        if (points <= 0 && is_real)
                return 0;
        (void) snprintf(text, sizeof(text), "%.1f", points);
        r = sd_json_buildo(
                &object, SD_JSON_BUILD_PAIR_STRING("name", json_text(found, "name")),
                SD_JSON_BUILD_PAIR_STRING("description", json_text(found, "description")),
                SD_JSON_BUILD_PAIR_REAL("exposure", points),
                SD_JSON_BUILD_PAIR_STRING("exposure_text", text),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_real", is_real));
        return r < 0 ? r : sd_json_variant_append_array(list, object);
}

static int points_to_model(sd_json_variant *found, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *list = NULL;
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && i < sd_json_variant_elements(found); i++)
                r = add_point(sd_json_variant_by_index(found, i), &list);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}

/* The score as systemd-analyze prints it. */
static void format_exposure(sd_json_variant *exposure, char text[static 16]) {
        if (exposure && sd_json_variant_is_real(exposure))
                (void) snprintf(text, 16, "%.1f", sd_json_variant_real(exposure));
        else
                (void) snprintf(text, 16, "?");
}

static int add_server(sd_json_variant *found, sd_json_variant **list) {
        sd_json_variant *exposure = sd_json_variant_by_key(found, "exposure");
        sd_json_variant *all = json_list(found, "controls");
        const char *instance = json_text(found, "instance");
        _cleanup_json_ sd_json_variant *object = NULL, *controls = NULL, *points = NULL;
        char href[INSTANCE_NAME_MAX + 32], text[16];
        uint64_t n_effective;
        int r;

        if (!instance || !instance_name_is_valid(instance))
                return -EIO;
        (void) snprintf(href, sizeof(href), "/servers/%s", instance);
        format_exposure(exposure, text);
        r = controls_to_model(all, &n_effective, &controls);
        if (r >= 0)
                r = points_to_model(json_list(found, "points"), &points);
        if (r < 0)
                return r;
        r = sd_json_buildo(
                &object, SD_JSON_BUILD_PAIR_STRING("instance", instance),
                SD_JSON_BUILD_PAIR_STRING("href", href),
                SD_JSON_BUILD_PAIR_STRING("unit", json_text(found, "unit")),
                SD_JSON_BUILD_PAIR_UNSIGNED("pid", json_number(found, "pid", 0)),
                SD_JSON_BUILD_PAIR_VARIANT("exposure", exposure),
                SD_JSON_BUILD_PAIR_STRING("exposure_text", text),
                SD_JSON_BUILD_PAIR_UNSIGNED("exposure_max", EXPOSURE_MAX),
                SD_JSON_BUILD_PAIR_BOOLEAN("all_effective", json_is_true(found, "all_effective")),
                SD_JSON_BUILD_PAIR_UNSIGNED("n_controls", sd_json_variant_elements(all)),
                SD_JSON_BUILD_PAIR_UNSIGNED("n_effective", n_effective),
                SD_JSON_BUILD_PAIR_VARIANT("controls", controls),
                SD_JSON_BUILD_PAIR_VARIANT("points", points));
        return r < 0 ? r : sd_json_variant_append_array(list, object);
}

int host_add_hardening(const Request *request, sd_json_variant **model) {
        _cleanup_json_ sd_json_variant *found = NULL, *list = NULL, *time = NULL, *object = NULL;
        _cleanup_free_ char *error = NULL;
        int r;

        r = host_report_load(request, "hardening", &found, &time, &error);
        if (r >= 0)
                r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && i < sd_json_variant_elements(found); i++)
                r = add_server(sd_json_variant_by_index(found, i), &list);
        if (r >= 0)
                r = sd_json_buildo(
                        &object, SD_JSON_BUILD_PAIR_BOOLEAN("is_known", found != NULL),
                        SD_JSON_BUILD_PAIR_VARIANT("time", time),
                        SD_JSON_BUILD_PAIR_VARIANT("servers", list),
                        SD_JSON_BUILD_PAIR_BOOLEAN(
                                "has_servers", sd_json_variant_elements(list) > 0),
                        SD_JSON_BUILD_PAIR_STRING("error", error));
        return r < 0 ? r : sd_json_variant_set_field(model, "hardening", object);
}
