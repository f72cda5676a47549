/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/written-layer.h"

#include <string.h>

#include "base/array.h"
#include "base/json.h"
#include "base/time-text.h"
#include "layer/tree-edit.h"
#include "servers/written-client.h"

/* The service's words about an entry, which a server may have made up. */
static int read_entry(sd_json_variant *object, EffectiveEntry *ret) {
        const char *name = json_text(object, "name");
        uint64_t changed = json_number(object, "changed_usec", 0);

        if (!name || strchr(name, '/') || !tree_path_is_valid(name))
                return -EBADMSG;
        *ret = (EffectiveEntry) {
                .st = {
                        .st_mode = (mode_t) json_number(object, "mode", 0),
                        .st_size = (off_t) json_number(object, "size_bytes", 0),
                        .st_mtim.tv_sec = (time_t) (changed / USEC_PER_SEC),
                        .st_mtim.tv_nsec = (long) (changed % USEC_PER_SEC) * 1000,
                        .st_rdev = (dev_t) json_number(object, "device", 0),
                },
                .n_layers = 1,
                .name = strdup(name),
        };
        return ret->name ? 0 : -ENOMEM;
}

static int read_entries(sd_json_variant *found, EffectiveList *ret) {
        sd_json_variant *entries = json_list(found, "entries");

        for (size_t i = 0; i < sd_json_variant_elements(entries); i++) {
                EffectiveEntry *grown =
                        array_for_one_more(ret->items, ret->n_items, sizeof(*ret->items));
                int r;

                if (!grown)
                        return -ENOMEM;
                ret->items = grown;
                r = read_entry(sd_json_variant_by_index(entries, i), &grown[ret->n_items]);
                if (r < 0)
                        return r;
                ret->n_items++;
        }
        /* A part of them would look like all. */
        return json_is_true(found, "is_truncated") ? -EFBIG : 1;
}

int written_layer_read(
        const Ctl *ctl, const char *name, uint64_t since, const char *path, EffectiveList *ret) {
        WrittenRequest request = { .verb = WRITTEN_TREE, .since = since };
        _cleanup_json_ sd_json_variant *found = NULL;
        _cleanup_close_ int fd = -EBADF;
        uint64_t size;
        int r;

        *ret = (EffectiveList) {};
        if (strlen(path) > WRITTEN_PATH_MAX)
                return -ENAMETOOLONG;
        (void) snprintf(request.name, sizeof(request.name), "%s", name);
        (void) snprintf(request.path, sizeof(request.path), "%s", path[0] ? path : ".");
        r = written_connect(ctl, &fd);
        if (r >= 0)
                r = written_ask(fd, &request, &size);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        r = written_read_json(fd, size, &found);
        return r < 0 ? r : read_entries(found, ret);
}
