/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "servers/generated.h"

#include <systemd/sd-daemon.h>

#include "base/log.h"
#include "render/render-compare.h"
#include "render/report.h"
#include "server/spec.h"

/* 1, 0 or -errno. A spec that does not load is as none: the generator leaves it out. */
static int instance_is_current(Ctl *ctl, const char *name) {
        _cleanup_(spec_freep) Spec *spec = NULL;
        SpecErrors errors = {};
        int r;

        r = spec_load(&ctl->specs, name, &errors, &spec);
        spec_errors_clear(&errors);
        if (r == -ENOMEM)
                return r;
        return render_is_current(ctl->paths, name, spec);
}

static int all_are_current(Ctl *ctl, char *const *names, size_t n_names, const char **ret_name) {
        for (size_t i = 0; i < n_names; i++) {
                int r = instance_is_current(ctl, names[i]);

                *ret_name = names[i];
                if (r <= 0)
                        return r;
        }
        return 1;
}

static int reload(Ctl *ctl) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = ctl_open_bus(ctl);
        if (r != CTL_OK)
                return r;
        r = bus_reload(ctl->bus, &error);
        if (r < 0) {
                log_error("Failed to reload systemd: %s", bus_error_message(&error, r));
                return CTL_FAILURE;
        }
        return CTL_OK;
}

static void explain(const Ctl *ctl, const char *name) {
        _cleanup_free_ char *text = NULL;

        log_error("systemd's generator did not accept the spec of '%s'", name);
        if (generator_report_read(ctl->paths, &text) >= 0 && text[0] != '\0')
                (void) fputs(text, stderr);
}

int generated_update(Ctl *ctl, char *const *names, size_t n_names) {
        const char *name = NULL;
        int r;

        r = ctl_open_specs(ctl);
        if (r != CTL_OK)
                return r;
        /* Another root is not a running system, and a system that isn't running has nothing to
         * reload: the generator runs when it boots. */
        if (ctl->paths->root[0] != '\0' || sd_booted() <= 0)
                return CTL_OK;

        r = all_are_current(ctl, names, n_names, &name);
        if (r > 0)
                return CTL_OK;
        if (r == 0) {
                r = reload(ctl);
                if (r != CTL_OK)
                        return r;
                r = all_are_current(ctl, names, n_names, &name);
                if (r > 0)
                        return CTL_OK;
        }

        if (r < 0)
                (void) log_error_errno(r, "Failed to compare the units of '%s'", name);
        else
                explain(ctl, name);
        return CTL_FAILURE;
}

int generated_find_unread(const SpecContext *context, const SpecSet *set, Unread *ret) {
        Unread unread = {};

        for (size_t i = 0; i < set->n_items; i++) {
                const char *name = set->items[i].settings.name;
                ServerSpec spec;
                int r;

                if (set->items[i].refused)
                        continue;
                r = server_spec_load(context, name, set, &spec);
                if (r >= 0 && spec.is_unread && unread.n++ == 0)
                        unread.first = name;
                server_spec_clear(&spec);
                if (r < 0)
                        return r;
        }

        *ret = unread;
        return 0;
}

int generated_update_all(Ctl *ctl) {
        _cleanup_(spec_set_freep) SpecSet *set = NULL;
        Unread unread = {};
        int r;

        r = ctl_open_specs(ctl);
        if (r != CTL_OK)
                return r;
        r = spec_set_load(&ctl->specs, NULL, NULL, &set);
        if (r >= 0)
                r = generated_find_unread(&ctl->specs, set, &unread);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to compare the specs with their units");
                return CTL_FAILURE;
        }
        if (unread.n == 0)
                return CTL_OK;

        log_info(
                "systemd has not read %zu specs, such as the spec of '%s': reloading systemd",
                unread.n, unread.first);
        return reload(ctl);
}
