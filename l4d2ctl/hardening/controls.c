/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hardening/controls.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "common/file-text.h"
#include "hardening/controls-rules.h"

/* In the order of the drop-ins 10-hardening.conf and 20-game.conf. */
static const ControlRule rules[] = {
        { "User", "User", "left4me-game", check_user, "left4me-game" },
        { "NoNewPrivileges", "NoNewPrivileges", "yes", check_status, "NoNewPrivs 1" },
        { "CapabilityBoundingSet", "CapabilityBoundingSet", "0", check_capabilities, NULL },
        { "PrivateUsers", "PrivateUsers", "yes", check_namespace, "user" },
        { "RestrictNamespaces", "RestrictNamespaces", "0", check_calls, NULL },
        { "RestrictSUIDSGID", "RestrictSUIDSGID", "yes", check_calls, NULL },
        { "RestrictRealtime", "RestrictRealtime", "yes", check_calls, NULL },
        { "LockPersonality", "LockPersonality", "yes", check_calls, NULL },
        { "PrivatePIDs", "PrivatePIDs", "yes", check_namespace, "pid" },
        { "ProtectProc", "ProtectProc", "invisible", check_proc_mount, "hidepid=invisible" },
        { "PrivateIPC", "PrivateIPC", "yes", check_namespace, "ipc" },
        { "KeyringMode", "KeyringMode", "private", check_property, NULL },
        { "ProtectSystem", "ProtectSystem", "strict", check_read_only, "/ /usr /etc /var" },
        { "ProtectHome", "ProtectHome", "yes|tmpfs", check_hidden, "/home /root /run/user" },
        { "PrivateTmp", "PrivateTmp", "yes", check_hidden, "/tmp /var/tmp" },
        { "PrivateDevices", "PrivateDevices", "yes", check_hidden, "/dev" },
        { "DevicePolicy", "DevicePolicy", "closed|strict", check_programs, "device" },
        { "PrivateMounts", "PrivateMounts", "yes", check_namespace, "mnt" },
        { "ProtectKernelTunables", "ProtectKernelTunables", "yes", check_tunables, NULL },
        { "ProtectKernelModules", "ProtectKernelModules", "yes", check_calls, "16" },
        { "ProtectKernelLogs", "ProtectKernelLogs", "yes", check_calls, "34" },
        { "ProtectControlGroups", "ProtectControlGroups", "yes", check_read_only,
          "/sys/fs/cgroup" },
        { "ProtectClock", "ProtectClock", "yes", check_calls, "25 35" },
        { "ProtectHostname", "ProtectHostname", "yes", check_namespace, "uts" },
        { "TemporaryFileSystem=/var", NULL, NULL, check_hidden, "/var/lib" },
        { "TemporaryFileSystem=/run", NULL, NULL, check_hidden, "/run /run/dbus /run/systemd" },
        { "TemporaryFileSystem=/etc", NULL, NULL, check_hidden, "/etc" },
        { "TemporaryFileSystem=/dev/shm", NULL, NULL, check_hidden, "/dev/shm" },
        { "BindReadOnlyPaths=/sys", NULL, NULL, check_read_only, "/sys" },
        { "InaccessiblePaths", "InaccessiblePaths", "*", check_hidden,
          "/boot /efi /media /mnt /opt /srv" },
        { "BindLogSockets", "BindLogSockets", "no", check_hidden,
          "/run/systemd/journal/socket /run/systemd/journal/stdout" },
        { "SocketBindDeny", "SocketBindDeny", "0 0 0 0", check_programs, "bind" },
        { "IPAddressDeny", "IPAddressDeny", "*", check_programs, "address" },
        { "RestrictAddressFamilies", "RestrictAddressFamilies", "yes*", check_families, NULL },
        { "SystemCallArchitectures", "SystemCallArchitectures", "native x86|native", check_calls,
          NULL },
        { "SystemCallFilter", "SystemCallFilter", "yes*", check_filter, "reboot swapon" },
        { "SystemCallFilter:@debug", "SystemCallFilter", "yes*", check_filter,
          "ptrace perf_event_open pidfd_getfd" },
        { "SystemCallFilter:@mount", "SystemCallFilter", "yes*", check_filter,
          "mount umount2 fsopen fsmount open_tree move_mount" },
        { "SystemCallFilter:@privileged", "SystemCallFilter", "yes*", check_filter,
          "bpf capset chroot chown setuid setgroups init_module open_by_handle_at" },
        { "SystemCallFilter:@keyring", "SystemCallFilter", "yes*", check_filter,
          "add_key keyctl request_key" },
        { "SystemCallFilter:io_uring", "SystemCallFilter", "yes*", check_filter,
          "io_uring_setup io_uring_enter io_uring_register" },
        { "SystemCallFilter:userfaultfd", "SystemCallFilter", "yes*", check_filter, "userfaultfd" },
        { "MemoryMax", "MemoryMax", "*", check_cgroup_limit, "memory" },
        { "TasksMax", "TasksMax", "*", check_cgroup_limit, "pids" },
        { "LimitCORE", "LimitCORE", "0", check_core, NULL },
        { "UnitFiles", NULL, NULL, check_unit_files, NULL },
};

const char *control_state_to_string(ControlState state) {
        static const char *const words[_CONTROL_STATE_MAX] = {
                [CONTROL_EFFECTIVE] = N_("effective"),
                [CONTROL_MISSING] = N_("missing"),
                [CONTROL_UNSUPPORTED] = N_("unsupported"),
        };

        return words[state];
}

int control_is_effective(Control *control, const char *evidence, ...) {
        va_list ap;
        int r;

        control->state = CONTROL_EFFECTIVE;
        va_start(ap, evidence);
        r = vasprintf(&control->evidence, _(evidence), ap);
        va_end(ap);
        if (r < 0)
                control->evidence = NULL;
        return r < 0 ? -ENOMEM : 0;
}

int control_is_not(Control *control, ControlState state, const char *fix, const char *reason, ...) {
        va_list ap;
        int r;

        control->state = state;
        control->fix = strdup(fix[0] != '\0' ? _(fix) : fix);
        va_start(ap, reason);
        r = vasprintf(&control->reason, _(reason), ap);
        va_end(ap);
        if (r < 0)
                control->reason = NULL;
        return r < 0 || !control->fix ? -ENOMEM : 0;
}

/* --- what the unit asks for ------------------------------------------------------------------- */

static bool matches_one(const char *value, const char *wanted, size_t length) {
        bool open = length > 0 && wanted[length - 1] == '*';

        if (open)
                return strncmp(value, wanted, length - 1) == 0 && strlen(value) > length - 1;
        return strlen(value) == length && memcmp(value, wanted, length) == 0;
}

static bool matches(const char *value, const char *wanted) {
        for (;;) {
                size_t length = strcspn(wanted, "|");

                if (matches_one(value, wanted, length))
                        return true;
                if (wanted[length] == '\0')
                        return false;
                wanted += length + 1;
        }
}

static bool file_sets(const char *path, const char *property) {
        _cleanup_free_ char *text = NULL;
        size_t length = strlen(property);

        if (read_text(path, &text) < 0)
                return false;
        for (const char *line = text; line; line = strchr(line, '\n')) {
                line += strspn(line, "\n \t");
                if (strncmp(line, property, length) == 0 &&
                    line[length + strspn(line + length, " \t")] == '=')
                        return true;
        }
        return false;
}

static bool is_shipped(const char *path) {
        return strncmp(path, "/usr/lib/", strlen("/usr/lib/")) == 0;
}

/* The drop-in of the host that has the last word about a property, from malloc; NULL: none. */
static char *find_drop_in(const Subject *subject, const char *property) {
        const char *paths = unit_property(&subject->properties, "DropInPaths");
        char *found = NULL;

        while (paths && *paths != '\0') {
                size_t length = strcspn(paths, " ");
                char *path = strndup(paths, length);

                if (path && !is_shipped(path) && file_sets(path, property)) {
                        free(found);
                        found = path;
                } else {
                        free(path);
                }
                paths += length + strspn(paths + length, " ");
        }
        return found;
}

int control_blame_unit(
        const Subject *subject, const char *property, const char *value, Control *control) {
        _cleanup_free_ char *file = find_drop_in(subject, property), *fix = NULL;
        int r;

        if (file)
                r = asprintf(
                        &fix,
                        _("take %s= out of %s, then: systemctl daemon-reload && l4d2ctl restart %s"),
                        property, file, subject->name);
        else
                r = asprintf(
                        &fix, _("install left4me's units again, then: l4d2ctl restart %s"),
                        subject->name);
        if (r < 0)
                return -ENOMEM;
        if (file)
                return control_is_not(
                        control, CONTROL_MISSING, fix, "the unit has %s=%.60s, by %s", property,
                        value, file);
        return control_is_not(
                control, CONTROL_MISSING, fix, "the unit has %s=%.60s", property, value);
}

static int examine(const Subject *subject, const ControlRule *rule, Control *control) {
        if (rule->property) {
                const char *value = unit_property(&subject->properties, rule->property);

                if (!value)
                        return control_is_not(
                                control, CONTROL_UNSUPPORTED,
                                "upgrade systemd to 257 or later, as in Debian 13",
                                "this systemd has no %s= and ignores the line", rule->property);
                if (!matches(value, rule->wanted))
                        return control_blame_unit(subject, rule->property, value, control);
        }
        return rule->check(subject, rule, control);
}

int controls_examine(const Subject *subject, Controls *ret) {
        *ret = (Controls) { .items = calloc(ELEMENTSOF(rules), sizeof(Control)) };
        if (!ret->items)
                return -ENOMEM;

        for (size_t i = 0; i < ELEMENTSOF(rules); i++) {
                Control *control = &ret->items[ret->n_items++];
                int r;

                control->name = rules[i].name;
                r = examine(subject, &rules[i], control);
                if (r < 0)
                        return r;
                if (!control->evidence)
                        control->evidence = strdup(control->reason);
                if (!control->evidence)
                        return -ENOMEM;
        }
        return 0;
}

void controls_clear(Controls *controls) {
        for (size_t i = 0; i < controls->n_items; i++) {
                free(controls->items[i].evidence);
                free(controls->items[i].reason);
                free(controls->items[i].fix);
        }
        free(controls->items);
        *controls = (Controls) {};
}

bool controls_all_effective(const Controls *controls) {
        for (size_t i = 0; i < controls->n_items; i++)
                if (controls->items[i].state != CONTROL_EFFECTIVE)
                        return false;
        return true;
}
