/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "overlay/cfg.h"

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "layer/cfg.h"
#include "layer/layer.h"

static const char *explain(int error) {
        switch (-error) {
        case ENOENT:
        case ENOTDIR:
                return _("the overlay has no such file");
        case EACCES:
                return _("others can't read it");
        default:
                return _(file_error_message(error));
        }
}

static void warn(const char *path, const LayerCfgNotes *notes) {
        if (notes->n_passwords > 0)
                log_count(
                        LOG_WARNING, notes->n_passwords,
                        "%s/%s:%u: left out, because rcon_password is set by the spec alone "
                        "(%u such line)",
                        "%s/%s:%u: left out, because rcon_password is set by the spec alone "
                        "(%u such lines)",
                        path, LAYER_CFG_SOURCE, notes->first_password, notes->n_passwords);
        if (notes->n_foreign > 0)
                log_count(
                        LOG_WARNING, notes->n_foreign,
                        "%s/%s:%u: has characters that the engine can't read, replaced by '?' "
                        "(%u such line)",
                        "%s/%s:%u: has characters that the engine can't read, replaced by '?' "
                        "(%u such lines)",
                        path, LAYER_CFG_SOURCE, notes->first_foreign, notes->n_foreign);
}

static int write_one(
        const Overlay *o, int layer_fd, const Spec *spec, size_t overlay, const Layer *layer) {
        _cleanup_free_ char *text = NULL, *cleaned = NULL;
        LayerCfgNotes notes = {};
        size_t size, cleaned_size = 0;
        int r;

        r = layer_cfg_read(layer->fd, &text, &size);
        if (r < 0) {
                log_error(
                        "Failed to execute %s/%s: %s; add the file, or remove 'exec' from the overlay '%s'",
                        layer->path, LAYER_CFG_SOURCE, explain(r), spec->overlays[overlay]);
                return r;
        }

        r = layer_cfg_clean(text, size, &notes, &cleaned, &cleaned_size);
        if (r >= 0)
                r = layer_write_executed(
                        layer_fd, spec, overlay, cleaned, cleaned_size, o->game_gid);
        if (r < 0)
                return log_error_errno(
                        r, "Failed to copy %s/%s to %s", layer->path, LAYER_CFG_SOURCE, o->layer);
        warn(layer->path, &notes);
        return 0;
}

int executed_write(
        const Overlay *overlay, int layer_fd, const Spec *spec, const LayerStack *stack) {
        /* The overlays are the topmost items of the stack, in the same order. */
        for (size_t i = 0; spec->overlays && spec->overlays[i]; i++) {
                int r;

                if (!layer_cfg_is_executed(spec, i))
                        continue;
                r = write_one(overlay, layer_fd, spec, i, &stack->items[i]);
                if (r < 0)
                        return r;
        }
        return 0;
}
