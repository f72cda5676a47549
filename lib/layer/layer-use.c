/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/layer-use.h"

#include "layer/mount-info.h"
#include "spec/overlay-dir.h"

typedef struct Question {
        const char *path;
        LayerScope scope;
} Question;

static int concerns(const char *layer, void *userdata) {
        const Question *question = userdata;

        return layer_concerns(layer, question->path, question->scope);
}

static int look_at_mount(const MountInfo *mount, void *userdata) {
        return mount_info_each_layer(mount, concerns, userdata);
}

int layer_is_used(const Paths *paths, const char *path, LayerScope scope) {
        int r = tree_layers_find(paths, path, scope);

        return r != 0 ? r : mount_info_each(look_at_mount, &(Question) { path, scope });
}

int store_place_version_is_used(const char *id, void *userdata) {
        const StorePlace *place = userdata;
        _cleanup_free_ char *path = NULL;

        if (asprintf(&path, "%s/" VERSIONS_PREFIX "%s", place->path, id) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        return layer_is_used(place->paths, path, LAYER_IN_PATH);
}
