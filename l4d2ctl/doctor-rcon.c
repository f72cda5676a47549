/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "child.h"
#include "doctor.h"
#include "file-text.h"
#include "rcon-filter.h"
#include "spec-set.h"

typedef enum Filter {
        FILTER_NONE,     /* no rules */
        FILTER_OUTDATED, /* other rules than the configuration's */
        FILTER_LOADED,
        FILTER_UNKNOWN, /* the caller may not look */
} Filter;

/* Whether any server takes commands by RCON at all. */
static bool any_has_password(const SpecSet *set) {
        for (size_t i = 0; i < set->n_items; i++)
                if (!set->items[i].refused && set->items[i].has_rcon_password)
                        return true;
        return false;
}

/* Only root may look at the kernel's rules. Others are told what systemd has run. */
static int ask_systemd(Doctor *doctor, Filter *ret) {
        _cleanup_free_ char *state = NULL;
        int r = doctor_unit_state(doctor, RCON_FILTER_UNIT, &state);

        if (r < 0)
                return r;
        *ret = strcmp(state, "inactive") == 0 ? FILTER_NONE : FILTER_UNKNOWN;
        return 0;
}

static int find_filter(Doctor *doctor, Filter *ret) {
        static const char *const tables[] = { RCON_FILTER_NFT, "list", "tables", NULL };
        static const char *const table[] = {
                RCON_FILTER_NFT,    "--stateless",     "list", "table",
                RCON_FILTER_FAMILY, RCON_FILTER_TABLE, NULL,
        };
        _cleanup_free_ char *names = NULL, *listing = NULL;
        int r;

        r = child_read(tables, &names);
        if (r < 0)
                return r == -ENOMEM ? r : ask_systemd(doctor, ret);
        if (!strstr(names, "table " RCON_FILTER_FAMILY " " RCON_FILTER_TABLE "\n")) {
                *ret = FILTER_NONE;
                return 0;
        }
        r = child_read(table, &listing);
        if (r < 0)
                return r;
        r = rcon_filter_is_loaded(doctor->ctl->config, listing);
        if (r < 0)
                return r;
        *ret = r > 0 ? FILTER_LOADED : FILTER_OUTDATED;
        return 0;
}

/* Also when the unit is active and somebody has flushed its rules. */
#define TURN_ON "systemctl enable " RCON_FILTER_UNIT " && systemctl restart " RCON_FILTER_UNIT

static int report(Doctor *doctor, Filter filter) {
        switch (filter) {
        case FILTER_NONE:
                return doctor_report(
                        doctor, FINDING_WARNING,
                        may_access(RCON_FILTER_NFT, X_OK) ? TURN_ON
                                                          : "apt install nftables && " TURN_ON,
                        "left4me does not limit RCON: whoever reaches a server may try its password "
                        "(see [rcon] in left4me.conf)");
        case FILTER_OUTDATED:
                return doctor_report(
                        doctor, FINDING_WARNING, "systemctl reload-or-restart " RCON_FILTER_UNIT,
                        "RCON is limited by other rules than the configuration has");
        case FILTER_LOADED:
                return doctor_report(
                        doctor, FINDING_OK, NULL, "RCON is limited to %zu networks and this host",
                        doctor->ctl->config->n_rcon_networks);
        case FILTER_UNKNOWN:
        default:
                return doctor_report(
                        doctor, FINDING_UNKNOWN, "run it as root",
                        "the rules of " RCON_FILTER_UNIT " can be seen by root only");
        }
}

int check_rcon(Doctor *doctor) {
        _cleanup_(spec_set_freep) SpecSet *set = NULL;
        Filter filter;
        int r;

        if (!may_access(doctor->ctl->paths->instances_dir, R_OK | X_OK))
                return doctor_report(
                        doctor, FINDING_UNKNOWN, "run it as root", "%s: %s",
                        doctor->ctl->paths->instances_dir, strerror(errno));
        if (ctl_open_specs(doctor->ctl) != CTL_OK ||
            spec_set_load(&doctor->ctl->specs, NULL, NULL, &set) < 0)
                return 0; /* said by check_specs() */
        if (!any_has_password(set))
                return doctor_report(doctor, FINDING_OK, NULL, "no server has an rcon_password");

        r = find_filter(doctor, &filter);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return doctor_report(
                        doctor, FINDING_UNKNOWN, "systemctl status " RCON_FILTER_UNIT,
                        "whether RCON is limited can't be found out: %s", strerror(-r));
        return report(doctor, filter);
}
