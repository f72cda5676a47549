/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/ctl.h"

#include <stdio.h>

#include "base/log.h"
#include "base/name.h"
#include "common/messages.h"

int ctl_open_config(Ctl *ctl) {
        SpecErrors errors = {};
        int r;

        if (ctl->config)
                return CTL_OK;

        r = host_config_load(ctl->paths, &errors, &ctl->config);
        /* Bad lines are ignored, here as by the generator; hiding them would not help. */
        messages_write_errors(&errors);
        spec_errors_clear(&errors);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to load the host configuration");
                return CTL_FAILURE;
        }
        return CTL_OK;
}

int ctl_open_specs(Ctl *ctl) {
        int r;

        if (ctl->specs_are_open)
                return CTL_OK;

        r = ctl_open_config(ctl);
        if (r != CTL_OK)
                return r;
        r = spec_context_open(ctl->paths, ctl->config, &ctl->specs);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to open %s", ctl->paths->instances_dir);
                return CTL_FAILURE;
        }
        ctl->specs.hides_others = ctl->is_limited;
        ctl->specs_are_open = true;
        return CTL_OK;
}

int ctl_open_bus(Ctl *ctl) {
        int r;

        if (ctl->bus)
                return CTL_OK;

        r = bus_open(&ctl->bus);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to connect to systemd");
                return CTL_FAILURE;
        }
        return CTL_OK;
}

void ctl_close(Ctl *ctl) {
        sd_bus_flush_close_unref(ctl->bus);
        if (ctl->specs_are_open)
                spec_context_close(&ctl->specs);
        host_config_free(ctl->config);
        paths_free(ctl->paths);
}

int ctl_check_names(const Ctl *ctl, size_t first) {
        for (size_t i = first; i < ctl->n_operands; i++) {
                if (instance_name_is_valid(ctl->operands[i]))
                        continue;
                log_error(
                        "Invalid server name '%s': use 1 to %d lowercase letters, digits and '-', "
                        "and don't start with '-'",
                        ctl->operands[i], INSTANCE_NAME_MAX);
                return CTL_USAGE;
        }
        return CTL_OK;
}
