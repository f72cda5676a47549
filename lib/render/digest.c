/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/digest.h"

#include <string.h>

#include "layer/layer.h"
#include "render/render.h"

/* Its kind and its length before each part: no two lists of parts are the same text. */
static void put(FILE *f, const char *kind, const char *data, size_t size) {
        (void) fprintf(f, "%s %zu\n", kind, size);
        (void) fwrite(data, 1, size, f);
}

static void put_text(FILE *f, const char *kind, const char *text) {
        if (text)
                put(f, kind, text, strlen(text));
}

static void put_list(FILE *f, const char *kind, char *const *list) {
        for (; list && *list; list++)
                put_text(f, kind, *list);
}

static int put_rendered(
        FILE *f, const char *kind, const Spec *spec,
        int (*render)(const Spec *spec, char **ret, size_t *ret_size)) {
        _cleanup_free_ char *data = NULL;
        size_t size;
        int r;

        r = render(spec, &data, &size);
        if (r >= 0)
                put(f, kind, data, size);
        return r;
}

static int put_unit_file(void *userdata, const char *path, const char *text, size_t size) {
        put_text(userdata, "unit", path);
        put(userdata, "text", text, size);
        return 0;
}

static int put_unit_link(void *userdata, const char *path, const char *target) {
        put_text(userdata, "unit", path);
        put_text(userdata, "link", target);
        return 0;
}

static int put_all(FILE *f, const Spec *spec, const HostConfig *config, const Paths *paths) {
        const RenderSink sink = { put_unit_file, put_unit_link, f };
        InstanceSettings settings = spec->settings;
        int r;

        /* These change who starts and restarts the server, not the server. */
        settings.autostart = false;
        settings.schedule.is_set = false;
        r = render_instance(&settings, paths, &sink);
        if (r >= 0)
                r = put_rendered(f, "argv", spec, layer_render_argv);
        if (r >= 0)
                r = put_rendered(f, "server.cfg", spec, layer_render_server_cfg);
        if (r < 0)
                return r;

        put_text(f, "motd", spec->motd);
        put_text(f, "banner", spec->banner);
        put_list(f, "overlay", spec->overlays);
        put_list(f, "writable", config->writable_directories);
        return 0;
}

int spec_digest(
        const Spec *spec, const HostConfig *config, const Paths *paths,
        char ret[static SHA256_TEXT_MAX]) {
        char *data = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&data, &size);
        int r;

        if (!f)
                return -ENOMEM;
        r = put_all(f, spec, config, paths);
        if (fclose(f) != 0 && r >= 0)
                r = -ENOMEM;
        if (r >= 0)
                sha256_text(data, size, ret);
        if (data)
                explicit_bzero(data, size);
        free(data);
        return r;
}
