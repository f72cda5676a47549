/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/json.h"

#include <string.h>

int json_parse(const char *text, size_t size, sd_json_variant **ret) {
        int r;

        /* The parser takes a C string, and would not see what is behind a NUL. */
        if (memchr(text, '\0', size))
                return -EBADMSG;
        r = sd_json_parse(text, 0, ret, NULL, NULL);
        return r >= 0 || r == -ENOMEM ? r : -EBADMSG;
}

static sd_json_variant *member(sd_json_variant *object, const char *key) {
        return sd_json_variant_is_object(object) ? sd_json_variant_by_key(object, key) : NULL;
}

const char *json_text(sd_json_variant *object, const char *key) {
        sd_json_variant *value = member(object, key);

        return sd_json_variant_is_string(value) ? sd_json_variant_string(value) : NULL;
}

bool json_copy_text(sd_json_variant *object, const char *key, char *ret, size_t size) {
        const char *text = json_text(object, key);

        if (!text || strlen(text) >= size)
                return false;
        memcpy(ret, text, strlen(text) + 1);
        return true;
}

uint64_t json_number(sd_json_variant *object, const char *key, uint64_t fallback) {
        sd_json_variant *value = member(object, key);

        return sd_json_variant_is_unsigned(value) ? sd_json_variant_unsigned(value) : fallback;
}

bool json_is_true(sd_json_variant *object, const char *key) {
        sd_json_variant *value = member(object, key);

        return sd_json_variant_is_boolean(value) && sd_json_variant_boolean(value);
}

sd_json_variant *json_list(sd_json_variant *object, const char *key) {
        sd_json_variant *value = member(object, key);

        return sd_json_variant_is_array(value) ? value : NULL;
}

static int build_number(uint64_t number, uint64_t none, sd_json_variant **ret) {
        return number == none ? sd_json_variant_new_null(ret)
                              : sd_json_variant_new_unsigned(ret, number);
}

int json_build_measured(sd_json_variant **ret, const char *name _unused_, void *userdata) {
        return build_number(*(const uint64_t *) userdata, UINT64_MAX, ret);
}

int json_build_nonzero(sd_json_variant **ret, const char *name _unused_, void *userdata) {
        return build_number(*(const uint64_t *) userdata, 0, ret);
}
