/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* l4d2ctl overlay rename: another name for an overlay that nothing uses. */

#include "base/log.h"
#include "common/audit-log.h"
#include "content/store.h"
#include "layer/overlay-store.h"
#include "verbs/overlays.h"

/* A server that starts would miss it. */
static int refuse_used(Ctl *ctl, const char *ref) {
        _cleanup_(overlay_users_freep) OverlayUsers *users = NULL;
        int r;

        r = overlay_users_load(ctl, &users);
        if (r != CTL_OK || !overlay_users_any_around(users, ref))
                return r;
        log_error("Failed to rename the overlay '%s': servers or blueprints name it", ref);
        overlay_users_log_around(ctl, users, ref);
        return CTL_CONFLICT;
}

static int complain(const Store *store, const char *new_ref, int error) {
        const char *ref = store->ref;

        switch (error) {
        case -EEXIST:
                log_error(
                        "Failed to rename the overlay '%s': '%s' already exists, or holds overlays",
                        ref, new_ref);
                return CTL_CONFLICT;
        case -EAGAIN:
                log_error("Failed to rename the overlay '%s': it is being changed; try again", ref);
                return CTL_CONFLICT;
        case -ETXTBSY:
                log_error(
                        "Failed to rename the overlay '%s': a server that runs has it mounted",
                        ref);
                return CTL_CONFLICT;
        case -ENOTDIR:
                log_error(
                        "Failed to rename the overlay '%s' to '%s': one would lie inside of "
                        "another overlay",
                        ref, new_ref);
                return CTL_CONFLICT;
        case -EINVAL:
                log_error(
                        "Failed to rename the overlay '%s' to '%s': it would lie inside of itself",
                        ref, new_ref);
                return CTL_CONFLICT;
        default:
                return store_complain_about_ref(store, error);
        }
}

int overlay_rename(Ctl *ctl) {
        const char *ref = ctl->operands[0], *new_ref = ctl->operands[1];
        _cleanup_(store_close) Store store = STORE_INIT;
        int r;

        r = store_check_ref(new_ref);
        if (r == CTL_OK)
                r = store_open_root(ctl, ref, &store);
        if (r == CTL_OK)
                r = refuse_used(ctl, ref);
        if (r != CTL_OK)
                return r;
        r = overlay_store_rename(store.root_fd, ref, new_ref, store_path_is_used, &store);
        if (r < 0)
                return complain(&store, new_ref, r);
        audit_log_overlay(ref, "rename");
        log_notice("The overlay '%s' is '%s' now", ref, new_ref);
        return CTL_OK;
}
