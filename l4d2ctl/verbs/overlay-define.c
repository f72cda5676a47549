/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* l4d2ctl overlay define|script: where an overlay's content comes from. */

#include <string.h>

#include "base/log.h"
#include "base/sha256.h"
#include "base/text.h"
#include "common/audit-log.h"
#include "content/definition-file.h"
#include "content/store.h"
#include "verbs/overlays.h"

/* --- define and script --------------------------------------------------------------------------
 */

/* Under the lock: whether another text is there than the one that a person looked at. */
static bool is_changed(const Ctl *ctl, const Text *text) {
        char sum[SHA256_TEXT_MAX];

        sha256_text(text->data, text->size, sum);
        return strcmp(sum, ctl->options.if_match) != 0;
}

static int check_definition_match(const Ctl *ctl, const Store *store) {
        _cleanup_(text_done) Text text = {};
        int r;

        if (!ctl->options.if_match)
                return CTL_OK;
        r = definition_file_read(store, &text);
        if (r != CTL_OK || !is_changed(ctl, &text))
                return r;
        log_error("Another process changed the definition of '%s' meanwhile", store->ref);
        return CTL_CONFLICT;
}

static int check_script_match(const Ctl *ctl, const Store *store) {
        _cleanup_(text_done) Text text = {};
        int r;

        if (!ctl->options.if_match)
                return CTL_OK;
        r = definition_script_read(store, &text);
        if (r != CTL_OK || !is_changed(ctl, &text))
                return r;
        log_error("Another process changed the script of '%s' meanwhile", store->ref);
        return CTL_CONFLICT;
}

static int assign_or_read(Ctl *ctl, const Store *store, Text *text) {
        int r;

        if (ctl->options.file && ctl->n_operands > 1) {
                log_error("Use either KEY=VALUE or --file=%s, not both", ctl->options.file);
                return CTL_USAGE;
        }
        if (ctl->options.file)
                return text_read(ctl->options.file, text);
        r = definition_file_read(store, text);
        return r == CTL_OK ? definition_assign(store, ctl->operands + 1, ctl->n_operands - 1, text)
                           : r;
}

int overlay_define(Ctl *ctl) {
        _cleanup_(store_close) Store store = STORE_INIT;
        _cleanup_(text_done) Text text = {};
        int r;

        if (!ctl->options.file && ctl->n_operands == 1) {
                log_error("Missing KEY=VALUE, or --file= with a whole definition");
                return CTL_USAGE;
        }
        r = store_open_or_adopt(ctl, ctl->operands[0], &store);
        if (r == CTL_OK)
                r = check_definition_match(ctl, &store);
        if (r == CTL_OK)
                r = assign_or_read(ctl, &store, &text);
        if (r == CTL_OK)
                r = definition_file_save(ctl, &store, &text);
        if (r == CTL_OK)
                audit_log_overlay(store.ref, "define");
        return r;
}

static int check_is_script(const Store *store) {
        _cleanup_(definition_freep) OverlayDefinition *definition = NULL;
        int r = definition_file_load(store, &definition);

        if (r != CTL_OK || definition->kind == OVERLAY_SCRIPT)
                return r;
        log_error(
                "The overlay '%s' is of kind '%s'; change it with 'l4d2ctl overlay define %s "
                "kind=script'",
                store->ref, overlay_kind_to_string(definition->kind), store->ref);
        return CTL_CONFLICT;
}

int overlay_script(Ctl *ctl) {
        _cleanup_(store_close) Store store = STORE_INIT;
        _cleanup_(text_done) Text text = {};
        int r;

        r = text_read(ctl->operands[1], &text);
        if (r == CTL_OK)
                r = store_open(ctl, ctl->operands[0], &store);
        if (r == CTL_OK)
                r = check_is_script(&store);
        if (r == CTL_OK)
                r = check_script_match(ctl, &store);
        if (r != CTL_OK)
                return r;
        r = definition_script_save(&store, &text);
        if (r != CTL_OK)
                return r;
        audit_log_overlay(store.ref, "script");
        return CTL_OK;
}
