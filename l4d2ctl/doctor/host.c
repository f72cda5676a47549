/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <pwd.h>
#include <string.h>
#include <sys/statvfs.h>
#include <systemd/sd-id128.h>

#include "base/text.h"
#include "common/file-text.h"
#include "common/terminal.h"
#include "doctor/doctor.h"
#include "render/report.h"
#include "servers/generated.h"
#include "spec/ports.h"
#include "spec/set.h"

/* --- specs ------------------------------------------------------------------------------------ */

/* Whether the specs may be read at all: then NULL, else why not. */
static const char *specs_are_closed(const Doctor *doctor) {
        if (may_access(doctor->ctl->paths->instances_dir, R_OK | X_OK))
                return NULL;
        return strerror(errno);
}

static int load_specs(Doctor *doctor, SpecSet **ret) {
        if (ctl_open_specs(doctor->ctl) != CTL_OK)
                return -EIO;
        return spec_set_load(&doctor->ctl->specs, NULL, NULL, ret);
}

int check_specs(Doctor *doctor) {
        _cleanup_(spec_set_freep) SpecSet *set = NULL;
        const char *closed = specs_are_closed(doctor);
        _cleanup_free_ char *report = NULL;
        Unread unread = {};
        size_t n_refused = 0;
        int r;

        if (closed)
                return doctor_report(
                        doctor, FINDING_UNKNOWN, N_("run it as root"), "%s: %s",
                        doctor->ctl->paths->instances_dir, closed);
        r = load_specs(doctor, &set);
        if (r < 0)
                return doctor_report(
                        doctor, FINDING_ERROR, "l4d2ctl validate", "the specs can't be read: %s",
                        strerror(-r));

        for (size_t i = 0; i < set->n_items; i++)
                n_refused += set->items[i].refused;
        if (n_refused > 0)
                return doctor_report(
                        doctor, FINDING_WARNING, "l4d2ctl validate",
                        "%zu of %zu specs have errors, their servers can't be started", n_refused,
                        set->n_items);
        r = generated_find_unread(&doctor->ctl->specs, set, &unread);
        if (r < 0)
                return doctor_report(
                        doctor, FINDING_UNKNOWN, N_("run it as root"), "%s: %s",
                        doctor->ctl->paths->generator_dir, strerror(-r));
        if (unread.n > 0)
                return doctor_report(
                        doctor, FINDING_WARNING, "l4d2ctl reload",
                        "systemd has not read %zu of %zu specs yet, such as the spec of '%s', or "
                        "has read an older version",
                        unread.n, set->n_items, unread.first);
        /* The finding leaves out the report's text: it may quote a spec, and users may see the
         * finding. */
        r = generator_report_read(doctor->ctl->paths, &report);
        if (r < 0)
                return doctor_report(
                        doctor, FINDING_UNKNOWN, N_("run it as root"), "%s: %s",
                        doctor->ctl->paths->generator_errors, strerror(-r));
        if (report[0] != '\0')
                return doctor_report(
                        doctor, FINDING_WARNING, "systemctl daemon-reload",
                        "the generator had errors at the last daemon reload, which are fixed "
                        "since then");
        return doctor_report(doctor, FINDING_OK, NULL, "%zu specs, none has errors", set->n_items);
}

/* --- ports ------------------------------------------------------------------------------------ */

enum { TCP_LISTEN_STATE = 0x0A };

/* Whether a user other than the game's has the port bound: in ret, when true. */
static bool is_taken(const char *table, bool is_tcp, uint16_t port, uid_t game, uid_t *ret) {
        for (const char *line = table; line; line = strchr(line, '\n')) {
                unsigned local, state, owner;

                line += *line == '\n';
                /* sl local_address:port remote:port st queues tr:when retransmits uid … */
                if (sscanf(line, " %*u: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x %*s %*s %*x %u", &local,
                           &state, &owner) != 3)
                        continue;
                if (local != port || owner == game || (is_tcp && state != TCP_LISTEN_STATE))
                        continue;
                *ret = owner;
                return true;
        }
        return false;
}

typedef struct PortTables {
        char *text[4];
} PortTables;

static const struct {
        const char *path, *protocol;
        bool is_tcp;
} port_tables[] = {
        { "/proc/1/net/udp", "UDP", false },
        { "/proc/1/net/udp6", "UDP", false },
        { "/proc/1/net/tcp", "TCP", true },
        { "/proc/1/net/tcp6", "TCP", true },
};

static void port_tables_clear(PortTables *tables) {
        for (size_t i = 0; i < ELEMENTSOF(tables->text); i++)
                free(tables->text[i]);
}

/* The command that gives an instance another port of this role. */
static void format_fix(
        const Doctor *doctor, const SpecSet *set, const char *name, PortRole role, char *fix,
        size_t size) {
        const HostConfig *config = doctor->ctl->config;
        uint16_t port = spec_set_find_free_port(set, config);

        if (port > 0 && role != PORT_GAME)
                port = port_derive(config, port, role);
        (void) snprintf(fix, size, "l4d2ctl set %s %s %u", name, port_role_key(role), port);
}

static int check_port(
        Doctor *doctor, const PortTables *tables, const SpecSet *set, const SpecSetItem *item,
        PortRole role, bool *all) {
        const struct passwd *game = getpwnam("left4me-game");
        uid_t game_uid = game ? game->pw_uid : (uid_t) -1, owner;
        uint16_t port = instance_port(&item->settings, role);

        for (size_t i = 0; i < ELEMENTSOF(port_tables); i++) {
                bool is_tcp = port_tables[i].is_tcp;
                const struct passwd *user;
                char fix[128], number[16];

                if (!tables->text[i] || (is_tcp && role != PORT_GAME) ||
                    !is_taken(tables->text[i], is_tcp, port, game_uid, &owner))
                        continue;
                *all = false;
                user = getpwuid(owner);
                (void) snprintf(number, sizeof(number), "%u", owner);
                format_fix(doctor, set, item->settings.name, role, fix, sizeof(fix));
                return doctor_report(
                        doctor, FINDING_ERROR, fix, "%s %s %u of '%s' is taken by a process of %s",
                        port_tables[i].protocol, port_role_key(role), port, item->settings.name,
                        user ? user->pw_name : number);
        }
        return 0;
}

static int check_ports_of(
        Doctor *doctor, const PortTables *tables, const SpecSet *set, const SpecSetItem *item,
        bool *all) {
        for (PortRole role = PORT_GAME; role < _PORT_ROLE_MAX; role++) {
                int r = 0;

                if (instance_port(&item->settings, role) > 0)
                        r = check_port(doctor, tables, set, item, role, all);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Clients' sockets get ports from this range by chance, a server's perhaps. */
static int check_ephemeral(Doctor *doctor, bool *all) {
        const HostConfig *config = doctor->ctl->config;
        _cleanup_free_ char *range = NULL, *reserved = NULL;
        char wanted[128] = "", fix[192];
        unsigned first, last;
        bool lacks = false;

        if (read_text("/proc/sys/net/ipv4/ip_local_port_range", &range) < 0 ||
            sscanf(range, "%u %u", &first, &last) != 2)
                return 0;
        if (read_text("/proc/sys/net/ipv4/ip_local_reserved_ports", &reserved) < 0)
                reserved = NULL;

        for (PortRole role = PORT_GAME; role < _PORT_ROLE_MAX; role++) {
                uint16_t min = port_derive(config, config->port_min, role);
                uint16_t max = port_derive(config, config->port_max, role);
                size_t length = strlen(wanted);
                char block[32];

                if (max < min || last < min || max < first)
                        continue;
                (void) snprintf(block, sizeof(block), "%u-%u", min, max);
                lacks |= !reserved || !strstr(reserved, block);
                (void) snprintf(
                        wanted + length, sizeof(wanted) - length, "%s%s", length > 0 ? "," : "",
                        block);
        }
        if (!lacks)
                return 0;
        *all = false;
        (void) snprintf(fix, sizeof(fix), "sysctl -w net.ipv4.ip_local_reserved_ports=%s", wanted);
        return doctor_report(
                doctor, FINDING_WARNING, fix,
                "ports %s lie in the range %u-%u, from which the kernel gives ports to clients",
                wanted, first, last);
}

int check_ports(Doctor *doctor) {
        _cleanup_(port_tables_clear) PortTables tables = {};
        _cleanup_(spec_set_freep) SpecSet *set = NULL;
        const char *closed = specs_are_closed(doctor);
        bool all = true;
        int r;

        if (closed)
                return doctor_report(
                        doctor, FINDING_UNKNOWN, N_("run it as root"), "%s: %s",
                        doctor->ctl->paths->instances_dir, closed);
        r = load_specs(doctor, &set);
        if (r < 0)
                return 0; /* said by check_specs() */
        for (size_t i = 0; i < ELEMENTSOF(port_tables); i++)
                if (read_text(port_tables[i].path, &tables.text[i]) < 0)
                        tables.text[i] = NULL; /* a kernel without IPv6 */

        r = check_ephemeral(doctor, &all);
        for (size_t i = 0; i < set->n_items && r >= 0; i++)
                if (!set->items[i].refused)
                        r = check_ports_of(doctor, &tables, set, &set->items[i], &all);
        return r < 0 || !all
                       ? r
                       : doctor_report(
                                 doctor, FINDING_OK, NULL, "no other process has a server's port");
}

/* --- disk ------------------------------------------------------------------------------------- */

int check_disk(Doctor *doctor) {
        static const uint64_t little = UINT64_C(1) << 30, nothing = UINT64_C(100) << 20;
        const char *path = doctor->ctl->paths->state_dir;
        char text[SIZE_TEXT_MAX], fix[256];
        struct statvfs fs;
        uint64_t available;

        if (statvfs(path, &fs) < 0)
                return doctor_report(
                        doctor, errno == EACCES ? FINDING_UNKNOWN : FINDING_ERROR,
                        "systemd-tmpfiles --create left4me.conf", "%s: %s", path, strerror(errno));
        available = (uint64_t) fs.f_bavail * fs.f_frsize;
        (void) snprintf(fix, sizeof(fix), "du -xhd 4 %s | sort -h | tail", path);
        if (available < nothing)
                return doctor_report(
                        doctor, FINDING_ERROR, fix, "%s has %s left: servers can't write", path,
                        size_format(available, text));
        if (fs.f_files > 0 && fs.f_favail < 1000)
                return doctor_report(
                        doctor, FINDING_ERROR, fix, "%s has %" PRIu64 " inodes left", path,
                        (uint64_t) fs.f_favail);
        if (available < little)
                return doctor_report(
                        doctor, FINDING_WARNING, fix, "%s has %s left", path,
                        size_format(available, text));
        return doctor_report(
                doctor, FINDING_OK, NULL, "%s has %s left", path, size_format(available, text));
}

/* --- journal ---------------------------------------------------------------------------------- */

/* journald has a file in /run for as long as it does not write to the disk. */
static bool journal_is_volatile(void) {
        char id[SD_ID128_STRING_MAX], path[96];
        sd_id128_t machine;

        if (sd_id128_get_machine(&machine) < 0)
                return false;
        (void) snprintf(
                path, sizeof(path), "/run/log/journal/%s/system.journal",
                sd_id128_to_string(machine, id));
        return may_access(path, F_OK);
}

int check_journal(Doctor *doctor) {
        if (!may_access("/var/log/journal", F_OK))
                return doctor_report(
                        doctor, FINDING_WARNING,
                        "mkdir /var/log/journal && systemd-tmpfiles --create --prefix "
                        "/var/log/journal && systemctl restart systemd-journald.service",
                        "/var/log/journal is missing: logs of servers are lost at a reboot");
        if (journal_is_volatile())
                return doctor_report(
                        doctor, FINDING_WARNING,
                        "mkdir -p /etc/systemd/journald.conf.d && printf "
                        "'[Journal]\\nStorage=persistent\\n' "
                        ">/etc/systemd/journald.conf.d/99-persistent.conf && systemctl restart "
                        "systemd-journald.service && journalctl --flush",
                        "journald writes to /run/log/journal, although /var/log/journal exists: "
                        "logs of servers are lost at a reboot");
        return doctor_report(doctor, FINDING_OK, NULL, "logs are kept in /var/log/journal");
}
