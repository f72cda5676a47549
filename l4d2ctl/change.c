/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "change.h"

#include <string.h>

#include "audit-log.h"
#include "generated.h"
#include "jobs.h"
#include "log.h"
#include "spec-edit.h"

int change_save(Ctl *ctl, const char *name, const Text *text) {
        char copy[INSTANCE_NAME_MAX + 1];
        bool changed;
        int r;

        r = instance_write(ctl, name, text, &changed);
        if (r != CTL_OK)
                return r;
        if (changed)
                audit_log(name, ctl->verb->name);

        /* Also without a change: the one before may have been killed on its way here. */
        (void) snprintf(copy, sizeof(copy), "%s", name);
        r = generated_update(ctl, (char *[]) { copy }, 1);
        if (r == CTL_OK && changed)
                jobs_note_restart(ctl, name);
        return r;
}

/* What a failed change of the text means for who asked for it. */
static int explain_failure(const char *name, const char *key, int error) {
        switch (error) {
        case -ENOENT: /* no such key, which was said */
                return CTL_USAGE;
        case -EINVAL:
                return CTL_INVALID_SPEC;
        default:
                (void) log_error_errno(error, "Failed to change %s of '%s'", key, name);
                return CTL_FAILURE;
        }
}

static int change_text(
        const char *name, const char *file, const Text *old, const char *key,
        const char *const *values, Text *ret) {
        SpecErrors errors = {};
        int r;

        if (values)
                r = spec_edit_set(
                        file, old->data, old->size, key, values, &errors, &ret->data, &ret->size);
        else
                r = spec_edit_unset(
                        file, old->data, old->size, key, &errors, &ret->data, &ret->size);
        spec_errors_print(&errors, stderr);
        spec_errors_clear(&errors);
        return r < 0 ? explain_failure(name, key, r) : CTL_OK;
}

static int check_and_save(Ctl *ctl, const char *name, const char *file, const Text *text) {
        int r;

        r = instance_check(ctl, name, file, text, NULL);
        if (r == CTL_INVALID_SPEC)
                log_error("The spec of '%s' was left as it is: it would have these errors", name);
        return r == CTL_OK ? change_save(ctl, name, text) : r;
}

int change_value(Ctl *ctl, const char *name, const char *key, const char *const *values) {
        _cleanup_free_ char *file = instance_spec_path(ctl, name);
        _cleanup_(text_done) Text old = {}, new = {};
        _cleanup_close_ int lock = -EBADF;
        int r;

        if (!file) {
                (void) log_error_errno(-ENOMEM, "Failed to change '%s'", name);
                return CTL_FAILURE;
        }

        r = instances_lock(ctl, &lock);
        if (r != CTL_OK)
                return r;
        r = instance_read(ctl, name, &old);
        if (r != CTL_OK)
                return r;
        r = change_text(name, file, &old, key, values, &new);
        if (r != CTL_OK)
                return r;
        return check_and_save(ctl, name, file, &new);
}
