/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "common/file-text.h"
#include "common/terminal.h"
#include "doctor/doctor.h"
#include "filter/guard.h"
#include "filter/rcon-filter.h"

/* --- guard ------------------------------------------------------------------------------------ */

static int report_off(Doctor *doctor) {
        return doctor_report(
                doctor, FINDING_WARNING, RCON_FILTER_TURN_ON,
                "floods of queries to servers are not limited: a single sender can make a server "
                "slow for its players");
}

/* Only root can read counters; the unit's state is for all. */
static int report_unread(Doctor *doctor) {
        _cleanup_free_ char *state = NULL;
        int r;

        r = doctor_unit_state(doctor, RCON_FILTER_UNIT, &state);
        if (r == -ENOMEM)
                return r;
        if (r >= 0 && strcmp(state, "active") != 0)
                return report_off(doctor);
        return doctor_report(
                doctor, FINDING_UNKNOWN, N_("run it as root"),
                "only root can see how many packets were dropped");
}

int check_guard(Doctor *doctor) {
        GuardCounters counters;
        uint64_t packets = 0;
        int r;

        if (ctl_open_config(doctor->ctl) != CTL_OK)
                return doctor_report(
                        doctor, FINDING_UNKNOWN, "l4d2ctl validate",
                        "the host configuration can't be read");
        if (!doctor->ctl->config->guard.is_enabled)
                return doctor_report(
                        doctor, FINDING_OK, NULL,
                        "left4me.conf says not to limit floods of queries");
        r = guard_counters_read(&counters);
        if (r == -ENOMEM)
                return r;
        if (r == -ENOENT)
                return doctor_report(
                        doctor, FINDING_WARNING, "apt install nftables && " RCON_FILTER_TURN_ON,
                        "floods of queries to servers are not limited: nftables is not installed");
        if (r < 0)
                return report_unread(doctor);
        if (!counters.is_loaded)
                return report_off(doctor);
        for (size_t i = 0; i < _GUARD_COUNTER_MAX; i++)
                packets += counters.items[i].packets;
        return doctor_report(
                doctor, FINDING_OK, NULL,
                "floods of queries are limited; packets dropped since the rules were loaded: %" PRIu64
                " (see l4d2ctl guard)",
                packets);
}

/* --- buffers ---------------------------------------------------------------------------------- */

#define BUFFERS_FILE "/usr/share/left4me/sysctl/60-left4me-udp.conf"
#define BUFFERS_SET \
        "ln -sf " BUFFERS_FILE " /etc/sysctl.d/ && systemctl restart systemd-sysctl.service"

/*
 * The kernel shows these in every network namespace. It shows those of UDP and of the queue in
 * front of it only in the host's, which the report for the web app is not in; the same file sets
 * them.
 */
int check_buffers(Doctor *doctor) {
        static const struct {
                const char *name, *path;
                long min;
        } wanted[] = {
                { "net.core.rmem_max", "/proc/sys/net/core/rmem_max", 8388608 },
                { "net.core.wmem_max", "/proc/sys/net/core/wmem_max", 8388608 },
                { "net.core.rmem_default", "/proc/sys/net/core/rmem_default", 524288 },
                { "net.core.wmem_default", "/proc/sys/net/core/wmem_default", 524288 },
        };

        for (size_t i = 0; i < ELEMENTSOF(wanted); i++) {
                _cleanup_free_ char *text = NULL;
                int r = read_text(wanted[i].path, &text);

                if (r == -ENOMEM)
                        return r;
                if (r < 0)
                        return doctor_report(
                                doctor, FINDING_UNKNOWN, N_("run it on the host itself"), "%s: %s",
                                wanted[i].path, strerror(-r));
                if (strtol(text, NULL, 10) < wanted[i].min)
                        return doctor_report(
                                doctor, FINDING_WARNING, BUFFERS_SET,
                                "%s is %ld, less than the %ld with which many players on a busy "
                                "host lose no packets",
                                wanted[i].name, strtol(text, NULL, 10), wanted[i].min);
        }
        return doctor_report(doctor, FINDING_OK, NULL, "buffers for packets are large enough");
}
