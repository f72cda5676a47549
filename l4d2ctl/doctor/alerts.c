/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "alert/commands.h"
#include "base/text.h"
#include "doctor/doctor.h"

/* The first command that is refused; the others are as easily found. */
static const AlertCommand *find_refused(const AlertCommands *commands) {
        for (size_t i = 0; i < commands->n_items; i++)
                if (commands->items[i].problem)
                        return &commands->items[i];
        return NULL;
}

int check_alerts(Doctor *doctor) {
        const char *directory = doctor->ctl->paths->alerts_dir;
        _cleanup_(alert_commands_clear) AlertCommands commands = {};
        const AlertCommand *refused;
        char fix[256];
        int r;

        r = alert_commands_open(directory, &commands);
        if (r == -ENOMEM)
                return r;
        if (r == -EPERM) {
                (void) snprintf(
                        fix, sizeof(fix), "chmod 755 %s && chown root: %s", directory, directory);
                return doctor_report(
                        doctor, FINDING_ERROR, fix,
                        "no alert is sent: other users than root can write to %s", directory);
        }
        if (r < 0)
                return doctor_report(
                        doctor, FINDING_UNKNOWN, N_("run it as root"), "%s: %s", directory,
                        strerror(-r));
        refused = find_refused(&commands);
        if (refused)
                return doctor_report(
                        doctor, FINDING_ERROR, "l4d2ctl alert list",
                        "the command '%s' does not run at alerts: %s", refused->name,
                        _(refused->problem));
        if (commands.n_items == 0)
                return doctor_report(
                        doctor, FINDING_OK, NULL, "no command runs when a server crashes");
        return doctor_report(
                doctor, FINDING_OK, NULL, "%zu commands run when a server crashes or hangs",
                commands.n_items);
}
