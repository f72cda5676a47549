/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>

#include "base/text.h"
#include "doctor/doctor.h"
#include "layer/overlay-readable.h"
#include "spec/overlay-dir.h"

int check_state(Doctor *doctor) {
        const char *path = doctor->ctl->paths->state_dir;

        if (paths_find_symlink(doctor->ctl->paths, &path))
                return doctor_report(
                        doctor, FINDING_ERROR,
                        "stop all servers, replace the link by an empty directory and mount there "
                        "what it led to, with the option bind in /etc/fstab",
                        "%s %s", path, _(PATHS_SYMLINK_MESSAGE));
        return doctor_report(
                doctor, FINDING_OK, NULL, "no directory of the state is a symbolic link");
}

/* 1: it is all right. */
static int check_overlay(Doctor *doctor, int root_fd, const char *ref) {
        _cleanup_(unreadable_done) Unreadable found = {};
        _cleanup_free_ char *version = NULL;
        _cleanup_close_ int fd = -EBADF;
        char fix[512];
        int r;

        /* `overlay list` tells about an overlay's other faults. */
        if (overlay_dir_open(root_fd, ref, &fd, &version) < 0)
                return 1;
        r = overlay_find_unreadable(fd, &found);
        if (r == -EACCES)
                return doctor_report(
                        doctor, FINDING_UNKNOWN, N_("run it as root"),
                        "the overlay '%s' can't be examined", ref);
        if (r < 0 || !found.path)
                return r < 0 ? r : 1;

        (void) snprintf(
                fix, sizeof(fix), "chmod -R o+rX %s/%s%s%s", doctor->ctl->paths->overlays_dir, ref,
                version ? "/" : "", version ?: "");
        return doctor_report(
                doctor, found.is_directory ? FINDING_ERROR : FINDING_WARNING, fix,
                "overlay '%s': servers can't read its %s %s%s", ref,
                found.is_directory ? "directory" : "file", found.path,
                found.is_directory ? " and don't start with it" : "");
}

int check_overlays(Doctor *doctor) {
        const char *path = doctor->ctl->paths->overlays_dir;
        _cleanup_close_ int root_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(strv_freep) char **refs = NULL;
        bool all = true;
        int r;

        r = root_fd < 0 ? -errno : overlay_dir_list(root_fd, &refs);
        if (r < 0)
                return doctor_report(
                        doctor, FINDING_UNKNOWN, N_("run it as root"), "%s: %s", path,
                        strerror(-r));

        for (char **ref = refs; ref && *ref; ref++) {
                r = check_overlay(doctor, root_fd, *ref);
                if (r < 0)
                        return r;
                all = all && r == 1;
        }
        return all ? doctor_report(doctor, FINDING_OK, NULL, "servers can read all overlays") : 0;
}
