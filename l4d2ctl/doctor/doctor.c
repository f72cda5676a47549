/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/doctor.h"

#include <stdarg.h>
#include <string.h>

#include "base/text-places.h"
#include "base/text.h"

static const struct {
        const char *name;
        int (*run)(Doctor *doctor);
} checks[] = {
        { "systemd", check_systemd },
        { "kernel", check_kernel },
        { "cgroups", check_cgroups },
        { "controllers", check_controllers },
        { "seccomp", check_seccomp },
        { "overlayfs", check_overlayfs },
        { "libbpf", check_libbpf },
        { "filters", check_filters },
        { "sysctl", check_sysctl },
        { "units", check_units },
        { "polkit", check_polkit },
        { "users", check_users },
        { "directories", check_directories },
        { "i386", check_i386 },
        { "i386-libraries", check_i386_libraries },
        { "steamcmd", check_steamcmd },
        { "game", check_game },
        { "steamclient", check_steamclient },
        { "strace", check_strace },
        { "state", check_state },
        { "overlays", check_overlays },
        { "specs", check_specs },
        { "ports", check_ports },
        { "rcon", check_rcon },
        { "guard", check_guard },
        { "buffers", check_buffers },
        { "alerts", check_alerts },
        { "disk", check_disk },
        { "journal", check_journal },
};

const char *finding_state_to_string(FindingState state) {
        static const char *const words[_FINDING_STATE_MAX] = {
                [FINDING_OK] = N_("ok"),
                [FINDING_WARNING] = N_("warning"),
                [FINDING_ERROR] = N_("error"),
                [FINDING_UNKNOWN] = N_("unknown"),
        };

        return words[state];
}

int doctor_report(Doctor *doctor, FindingState state, const char *fix, const char *message, ...) {
        Finding *items = reallocarray(doctor->items, doctor->n_items + 1, sizeof(*items));
        Finding *finding;
        va_list ap, again;
        int r;

        if (!items)
                return -ENOMEM;
        doctor->items = items;
        finding = &items[doctor->n_items++];
        *finding = (Finding) {
                .check = doctor->check,
                .state = state,
                .code = message,
                .fix = fix ? strdup(_(fix)) : NULL,
        };

        va_start(ap, message);
        va_copy(again, ap);
        (void) !text_arguments(message, again, &finding->arguments);
        va_end(again);
        r = vasprintf(&finding->message, _(message), ap);
        va_end(ap);
        if (r < 0)
                finding->message = NULL;
        return r < 0 || (fix && !finding->fix) ? -ENOMEM : 0;
}

int doctor_run(Ctl *ctl, Doctor *ret) {
        *ret = (Doctor) { .ctl = ctl };
        for (size_t i = 0; i < ELEMENTSOF(checks); i++) {
                int r;

                ret->check = checks[i].name;
                r = checks[i].run(ret);
                if (r < 0)
                        return r;
        }
        return 0;
}

void doctor_clear(Doctor *doctor) {
        for (size_t i = 0; i < doctor->n_items; i++) {
                free(doctor->items[i].message);
                strv_free(doctor->items[i].arguments);
                free(doctor->items[i].fix);
        }
        free(doctor->items);
        *doctor = (Doctor) {};
}
