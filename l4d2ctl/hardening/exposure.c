/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hardening/exposure.h"

#include <string.h>

#include "base/child.h"
#include "base/json.h"

#define PROGRAM "/usr/bin/systemd-analyze"

/* "→ Overall exposure level for left4me-server@1.service: 1.3 OK" */
static void find_total(const char *text, char *buffer, size_t size) {
        const char *p = strstr(text, "Overall exposure level for ");

        p = p ? strstr(p, ": ") : NULL;
        if (!p)
                return;
        p += 2;
        (void) snprintf(buffer, size, "%.*s", (int) strspn(p, "0123456789."), p);
}

int exposure_load(const char *unit, Exposure *ret) {
        const char *json[] = { PROGRAM, "security", "--no-pager", "--json=short", unit, NULL };
        const char *table[] = { PROGRAM, "security", "--no-pager", unit, NULL };
        _cleanup_free_ char *items = NULL, *text = NULL;
        int r;

        *ret = (Exposure) {};
        r = child_read(json, &items);
        if (r < 0)
                return r;
        /* NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange): no flag at all */
        r = sd_json_parse(items, 0, &ret->items, NULL, NULL);
        if (r < 0)
                return r;
        /* Only the table has the total. */
        r = child_read(table, &text);
        if (r < 0)
                return r;
        find_total(text, ret->total, sizeof(ret->total));
        return ret->total[0] != '\0' && sd_json_variant_is_array(ret->items) ? 0 : -EBADMSG;
}

void exposure_clear(Exposure *exposure) {
        sd_json_variant_unref(exposure->items);
        *exposure = (Exposure) {};
}

/* null, or how many points. */
static int make_points(const char *text, sd_json_variant **ret) {
        return text ? sd_json_variant_new_real(ret, strtod(text, NULL))
                    : sd_json_variant_new_null(ret);
}

static int item_to_json(sd_json_variant *item, bool is_i386, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *points = NULL;
        const char *field = json_text(item, "json_field");
        sd_json_variant *set = sd_json_variant_by_key(item, "set");
        /* It makes sockets through socketcall(2), whose arguments no filter can see. */
        bool real = !is_i386 || !field || strncmp(field, "RestrictAddressFamilies", 23) != 0;
        int r;

        r = make_points(json_text(item, "exposure"), &points);
        if (r < 0)
                return r;
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("name", json_text(item, "name")),
                SD_JSON_BUILD_PAIR_STRING("field", field),
                SD_JSON_BUILD_PAIR_STRING("description", json_text(item, "description")),
                SD_JSON_BUILD_PAIR_BOOLEAN("set", set && sd_json_variant_boolean(set)),
                SD_JSON_BUILD_PAIR_VARIANT("exposure", points),
                SD_JSON_BUILD_PAIR_BOOLEAN("real", real));
}

int exposure_to_json(const Exposure *exposure, bool is_i386, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        size_t n = exposure->items ? sd_json_variant_elements(exposure->items) : 0;
        int r;

        r = sd_json_variant_new_array(&array, NULL, 0);
        for (size_t i = 0; i < n && r >= 0; i++) {
                _cleanup_(sd_json_variant_unrefp) sd_json_variant *item = NULL;

                r = item_to_json(sd_json_variant_by_index(exposure->items, i), is_i386, &item);
                if (r >= 0)
                        r = sd_json_variant_append_array(&array, item);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(array);
        return 0;
}
