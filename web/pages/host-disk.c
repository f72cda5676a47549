/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/host-model.h"

#include <string.h>
#include <sys/statvfs.h>

#include "base/json.h"
#include "base/text.h"
#include "view/model.h"

enum { LOW_PERCENT = 10 }; /* less than that free is worth a warning */

static int add_layer(sd_json_variant *found, sd_json_variant **list) {
        const char *kind = json_text(found, "kind"), *name = json_text(found, "name");
        const char *what;
        _cleanup_json_ sd_json_variant *object = NULL, *size = NULL;
        char label[512];
        int r;

        if (!kind || !name)
                return -EIO;
        what = strcmp(kind, "game") == 0      ? N_("the game, version %s")
               : strcmp(kind, "overlay") == 0 ? N_("overlay %s")
                                              : N_("written by %s");
        model_sentence(label, sizeof(label), what, name);
        r = model_size(json_number(found, "bytes", UINT64_MAX), &size);
        if (r >= 0)
                r = sd_json_buildo(
                        &object, SD_JSON_BUILD_PAIR_STRING("label", label),
                        SD_JSON_BUILD_PAIR_STRING("path", json_text(found, "path")),
                        SD_JSON_BUILD_PAIR_UNSIGNED(
                                "size_bytes", json_number(found, "bytes", UINT64_MAX)),
                        SD_JSON_BUILD_PAIR_STRING("size_text", json_text(size, "text")));
        return r < 0 ? r : sd_json_variant_append_array(list, object);
}

static int add_layers(const Request *request, sd_json_variant **object) {
        _cleanup_json_ sd_json_variant *found = NULL, *list = NULL, *time = NULL;
        _cleanup_free_ char *error = NULL;
        sd_json_variant *layers;
        int r;

        r = host_report_load(request, "disk", &found, &time, &error);
        if (r >= 0)
                r = sd_json_variant_new_array(&list, NULL, 0);
        layers = json_list(found, "layers");
        for (size_t i = 0; r >= 0 && i < sd_json_variant_elements(layers); i++)
                r = add_layer(sd_json_variant_by_index(layers, i), &list);
        if (r >= 0)
                r = sd_json_variant_set_field(object, "layers", list);
        return r < 0 ? r : sd_json_variant_set_field(object, "time", time);
}

static int add_size(const char *key, uint64_t bytes, sd_json_variant **object) {
        _cleanup_json_ sd_json_variant *size = NULL;
        int r;

        r = model_size(bytes, &size);
        return r < 0 ? r : sd_json_variant_set_field_string(object, key, json_text(size, "text"));
}

int host_add_disk(const Request *request, sd_json_variant **model) {
        const char *path = request->web->paths->state_dir;
        _cleanup_json_ sd_json_variant *object = NULL;
        uint64_t total, available, used;
        struct statvfs fs;
        int r;

        if (statvfs(path, &fs) < 0)
                return -errno;
        total = (uint64_t) fs.f_blocks * fs.f_frsize;
        available = (uint64_t) fs.f_bavail * fs.f_frsize;
        used = total - available;
        r = sd_json_buildo(
                &object, SD_JSON_BUILD_PAIR_STRING("path", path),
                SD_JSON_BUILD_PAIR_UNSIGNED("total_bytes", total),
                SD_JSON_BUILD_PAIR_UNSIGNED("used_bytes", used),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_low", available < total / 100 * LOW_PERCENT));
        if (r >= 0)
                r = add_size("total_text", total, &object);
        if (r >= 0)
                r = add_size("used_text", used, &object);
        if (r >= 0)
                r = add_size("free_text", available, &object);
        if (r >= 0)
                r = add_layers(request, &object);
        return r < 0 ? r : sd_json_variant_set_field(model, "disk", object);
}
