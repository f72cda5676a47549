/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The tree a game server runs in: an overlay of its own writable directory, its instance layer, the
 * overlays its spec names and the installation. Run as root by l4d2-overlay@NAME.service (mount
 * when it starts, umount when it stops) and l4d2-reset@NAME.service, with few capabilities; the
 * spec, the overlays and what the server left behind are hostile input.
 *
 * Exit status: 0 done, 1 failed and said why, 64 wrong usage.
 */

#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "base/log.h"
#include "base/name.h"
#include "base/named.h"
#include "base/text.h"
#include "overlay/context.h"
#include "overlay/mount.h"
#include "overlay/record.h"

typedef struct Verb {
        const char *name;
        const char *failure; /* for messages */
        int (*run)(const Overlay *overlay);
} Verb;

static const Verb verbs[] = {
        { "mount", N_("Failed to mount an overlay"), overlay_mount },
        { "umount", N_("Failed to unmount an overlay"), overlay_umount },
        { "reset", N_("Failed to reset an overlay"), overlay_reset },
};

int main(int argc, char *argv[]) {
        _cleanup_(overlay_close) Overlay overlay = OVERLAY_INIT;
        const Verb *verb;
        int r;

        text_setup();
        log_setup("left4me-overlay", LOG_TARGET_STDERR);
        (void) umask(0077);

        verb = argc == 3 ? find_named(verbs, ELEMENTSOF(verbs), sizeof(Verb), argv[1]) : NULL;
        if (!verb) {
                log_error("Usage: left4me-overlay mount|umount|reset NAME");
                return EX_USAGE;
        }
        if (!instance_name_is_valid(argv[2])) {
                log_error("%s: its name is not a valid server name", _(verb->failure));
                return EX_USAGE;
        }

        r = overlay_open(argv[2], &overlay);
        if (r >= 0)
                r = verb->run(&overlay);
        if (overlay.trees_fd >= 0)
                record_error(&overlay, r < 0 ? log_first_error() : "");

        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
