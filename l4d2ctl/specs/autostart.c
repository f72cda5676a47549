/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "specs/autostart.h"

#include "base/log.h"
#include "specs/document.h"

/* Neither an entry of its own in the audit trail nor a hint to restart: the verb says what it does.
 */
static int save(Ctl *ctl, const char *name, const Text *text) {
        bool changed;

        return instance_write(ctl, name, text, &changed);
}

/* Returns 1, 0, or -errno: -ENOENT without a spec, -EINVAL for one with errors. Prints nothing. */
static int is_set(Ctl *ctl, const char *name) {
        _cleanup_(spec_freep) Spec *spec = NULL;
        SpecErrors errors = {};
        int r;

        r = spec_load(&ctl->specs, name, &errors, &spec);
        spec_errors_clear(&errors);
        return r < 0 ? r : spec->settings.autostart;
}

int autostart_set(Ctl *ctl, const char *name, bool value) {
        DocumentKind documents = spec_documents;
        int r;

        r = ctl_open_specs(ctl);
        if (r != CTL_OK)
                return r;
        r = is_set(ctl, name);
        if (r == value)
                return CTL_OK;
        if (!value && (r == -ENOENT || r == -EINVAL)) {
                if (r == -EINVAL)
                        log_warning(
                                "The spec of '%s' has errors and keeps its autostart: it is not "
                                "started at boot until they are fixed",
                                name);
                return CTL_OK;
        }
        documents.save = save;
        return document_change(
                ctl, &documents, name, "autostart",
                (const char *[]) { value ? "true" : "false", NULL });
}

void autostart_note(Ctl *ctl) {
        for (size_t i = 0; i < ctl->n_operands; i++)
                if (is_set(ctl, ctl->operands[i]) > 0)
                        log_notice(
                                "'%s' comes back when the host boots: 'l4d2ctl stop --boot %s' "
                                "clears its autostart",
                                ctl->operands[i], ctl->operands[i]);
}
