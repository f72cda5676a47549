/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/text.h"
#include "common/file-text.h"
#include "doctor/doctor.h"
#include "filter/rcon-filter.h"
#include "servers/servers.h"

#define NFTABLES_UNIT "nftables.service"

#define ANYBODY "any host that reaches a server can try its password"

/* --- servers ---------------------------------------------------------------------------------- */

static bool is_alive(const Server *server) {
        return server->state == SERVER_STARTING || server->state == SERVER_RUNNING ||
               server->state == SERVER_RESTARTING || server->state == SERVER_STOPPING;
}

/* Whether it takes commands by RCON: now, if it runs, or at its next start. */
static bool may_have_password(const Server *server) {
        const char *digest = server->query.state.tree_digest;

        if (!server_spec_is_refused(&server->spec) && server->spec.spec->rcon_password)
                return true;
        /* The spec that it was started with may have had one. */
        return is_alive(server) &&
               (!digest || digest[0] == '\0' || strcmp(digest, server->spec.digest) != 0);
}

static bool any_has_password(const Servers *servers) {
        for (size_t i = 0; i < servers->n_items; i++)
                if (may_have_password(&servers->items[i]))
                        return true;
        return false;
}

/* --- the unit --------------------------------------------------------------------------------- */

typedef struct FilterUnit {
        char *state;    /* ActiveState */
        char *file;     /* UnitFileState */
        char *nftables; /* ActiveState of nftables.service */
} FilterUnit;

static void filter_unit_done(FilterUnit *unit) {
        free(unit->state);
        free(unit->file);
        free(unit->nftables);
}

static int filter_unit_load(Doctor *doctor, FilterUnit *ret) {
        int r;

        r = doctor_unit_state(doctor, RCON_FILTER_UNIT, &ret->state);
        if (r >= 0)
                r = doctor_unit_file_state(doctor, RCON_FILTER_UNIT, &ret->file);
        return r < 0 ? r : doctor_unit_state(doctor, NFTABLES_UNIT, &ret->nftables);
}

static bool is(const char *word, const char *other) {
        return strcmp(word, other) == 0;
}

/* --- findings --------------------------------------------------------------------------------- */

/* Reports a finding from the unit alone, for rules that are missing or can't be seen. Returns 1
 * without a finding. */
static int report_unit(Doctor *doctor, const FilterUnit *unit) {
        if (!may_access(RCON_FILTER_NFT, X_OK))
                return doctor_report(
                        doctor, FINDING_WARNING, "apt install nftables && " RCON_FILTER_TURN_ON,
                        "left4me does not limit RCON, nftables is not installed: %s (see [rcon] in left4me.conf)",
                        ANYBODY);
        if (is(unit->state, "failed"))
                return doctor_report(
                        doctor, FINDING_ERROR, "systemctl restart " RCON_FILTER_UNIT,
                        "%s failed and does not limit RCON: %s; 'journalctl -u %s' shows the "
                        "reason",
                        RCON_FILTER_UNIT, ANYBODY, RCON_FILTER_UNIT);
        if (is(unit->state, "inactive") && is(unit->file, "enabled"))
                return doctor_report(
                        doctor, FINDING_ERROR, "systemctl restart " RCON_FILTER_UNIT,
                        "%s is enabled but stopped, as it is with %s: %s", RCON_FILTER_UNIT,
                        NFTABLES_UNIT, ANYBODY);
        return 1;
}

static int report_none(Doctor *doctor, const FilterUnit *unit) {
        int r = report_unit(doctor, unit);

        if (r <= 0)
                return r;
        if (!is(unit->state, "inactive"))
                return doctor_report(
                        doctor, FINDING_ERROR, RCON_FILTER_TURN_ON,
                        "%s is %s, but its rules are gone: %s", RCON_FILTER_UNIT, unit->state,
                        ANYBODY);
        return doctor_report(
                doctor, FINDING_WARNING, RCON_FILTER_TURN_ON,
                "left4me does not limit RCON: %s (see [rcon] in left4me.conf)", ANYBODY);
}

static bool lasts_until_reboot(const FilterUnit *unit) {
        return is(unit->state, "active") && !is(unit->file, "enabled");
}

static int report_temporary(Doctor *doctor, const FilterUnit *unit) {
        return doctor_report(
                doctor, FINDING_WARNING, "systemctl enable " RCON_FILTER_UNIT,
                "%s limits RCON now, but not after the next boot: it is %s", RCON_FILTER_UNIT,
                unit->file[0] != '\0' ? unit->file : _("not enabled"));
}

/* Only root may look at the kernel's rules, and another unit may have loaded ours. */
static int report_unseen(Doctor *doctor, const FilterUnit *unit) {
        int r = report_unit(doctor, unit);

        if (r <= 0)
                return r;
        if (is(unit->state, "inactive") && is(unit->nftables, "inactive"))
                return report_none(doctor, unit);
        if (lasts_until_reboot(unit))
                return report_temporary(doctor, unit);
        if (geteuid() != 0)
                return doctor_report(
                        doctor, FINDING_UNKNOWN, N_("run it as root"),
                        "only root can see the rules that limit RCON");
        return doctor_report(
                doctor, FINDING_UNKNOWN, RCON_FILTER_PROGRAM " check",
                "left4me-rcon-filter failed to find out whether RCON is limited");
}

/* For rules that are loaded and differ from the wanted ones. */
static const char *reload_command(const FilterUnit *unit) {
        if (is(unit->state, "inactive"))
                return RCON_FILTER_PROGRAM
                        " print, into the file that has the rules now, and load that again";
        return "systemctl reload-or-restart " RCON_FILTER_UNIT;
}

static int report_open(
        Doctor *doctor, const char *fix, const Servers *servers, unsigned long port) {
        const char *name = NULL;

        for (size_t i = 0; i < servers->n_items; i++)
                if (servers->items[i].query.state.tree_port == port)
                        name = servers->items[i].name;
        return doctor_report(
                doctor, FINDING_ERROR, fix,
                "the rules that limit RCON leave out port %lu%s%s%s, on which a server runs: %s",
                port, name ? " of '" : "", name ?: "", name ? "'" : "", ANYBODY);
}

/* The rules are those that should be. Another unit may have loaded them, at boot as well. */
static int report_same(Doctor *doctor, const FilterUnit *unit) {
        if (lasts_until_reboot(unit))
                return report_temporary(doctor, unit);
        return doctor_report(
                doctor, FINDING_OK, NULL, "RCON is limited to %zu networks and this host",
                doctor->ctl->config->n_rcon_networks);
}

static int report_loaded(
        Doctor *doctor, const FilterUnit *unit, const Servers *servers, const char *text) {
        static const char open_port[] = "\n" RCON_FILTER_OPEN " ";
        const char *found = strstr(text, open_port);
        bool is_broken =
                strncmp(text, RCON_FILTER_BROKEN "\n", strlen(RCON_FILTER_BROKEN) + 1) == 0;
        char fix[256];

        (void) snprintf(
                fix, sizeof(fix), "%s%s", is_broken ? "l4d2ctl validate; " : "",
                reload_command(unit));
        if (found)
                return report_open(
                        doctor, fix, servers, strtoul(found + strlen(open_port), NULL, 10));
        if (strncmp(text, RCON_FILTER_SAME "\n", strlen(RCON_FILTER_SAME) + 1) == 0)
                return report_same(doctor, unit);
        if (is_broken)
                return doctor_report(
                        doctor, FINDING_WARNING, fix,
                        "the configuration has errors: RCON is limited by the rules loaded before "
                        "them, or to this host");
        return doctor_report(
                doctor, FINDING_WARNING, fix,
                "RCON is limited by other rules than the configuration and the servers' ports make "
                "now");
}

static int report(Doctor *doctor, const Servers *servers) {
        static const char *const check[] = { RCON_FILTER_PROGRAM, "check", NULL };
        _cleanup_(filter_unit_done) FilterUnit unit = {};
        _cleanup_free_ char *text = NULL;
        int r;

        r = filter_unit_load(doctor, &unit);
        if (r < 0)
                return doctor_report(
                        doctor, FINDING_UNKNOWN, "systemctl status " RCON_FILTER_UNIT,
                        "systemd can't be asked: %s", strerror(-r));
        r = child_read(check, &text);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return report_unseen(doctor, &unit);
        if (strcmp(text, RCON_FILTER_NONE "\n") == 0)
                return report_none(doctor, &unit);
        return report_loaded(doctor, &unit, servers, text);
}

int check_rcon(Doctor *doctor) {
        _cleanup_(servers_clear) Servers servers = {};

        if (!may_access(doctor->ctl->paths->instances_dir, R_OK | X_OK))
                return doctor_report(
                        doctor, FINDING_UNKNOWN, N_("run it as root"), "%s: %s",
                        doctor->ctl->paths->instances_dir, strerror(errno));
        if (servers_load_all(doctor->ctl, &servers) != CTL_OK)
                return doctor_report(
                        doctor, FINDING_UNKNOWN, "l4d2ctl list",
                        "which servers take commands by RCON can't be found out");
        if (!any_has_password(&servers))
                return doctor_report(doctor, FINDING_OK, NULL, "no server has an rcon_password");
        return report(doctor, &servers);
}
