/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "specs/change.h"

#include <stdio.h>

#include "base/log.h"
#include "common/audit-log.h"
#include "servers/generated.h"
#include "servers/servers.h"
#include "specs/actor.h"
#include "specs/document.h"

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
        if (r != CTL_OK)
                log_error(
                        "The spec of '%s' is saved all the same: 'l4d2ctl start %s' has systemd read "
                        "it again",
                        name, name);
        else if (changed)
                servers_note_restarts(ctl, (char *[]) { copy }, 1);
        return r;
}

static int check(Ctl *ctl, const char *name, const char *file, const Text *text) {
        return instance_check(ctl, name, file, text, NULL);
}

const DocumentKind spec_documents = {
        .keys = &spec_keys,
        .permit = actor_check_server,
        .path = instance_spec_path,
        .read = instance_read,
        .check = check,
        .save = change_save,
};
