/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/text.h"
#include "common/file-text.h"
#include "hardening/controls-rules.h"

/* --- BPF programs ----------------------------------------------------------------------------- */

static const struct {
        const char *name;
        CgroupHook first, second;
        const char *hooks; /* as the kernel calls them */
        bool needs_libbpf;
} kinds[] = {
        { "bind", CGROUP_BIND4, CGROUP_BIND6, "cgroup_inet4_bind and cgroup_inet6_bind", true },
        { "address", CGROUP_INGRESS, CGROUP_EGRESS, "cgroup_inet_ingress and cgroup_inet_egress",
          false },
        { "device", CGROUP_DEVICE, CGROUP_DEVICE, "cgroup_device", false },
};

static int complain_of_programs(
        const Subject *subject, const char *hooks, bool needs_libbpf, Control *control) {
        char fix[INSTANCE_NAME_MAX + 128];
        const char *cgroup = unit_property(&subject->properties, "ControlGroup");

        if (needs_libbpf && !libbpf_is_present()) {
                (void) snprintf(
                        fix, sizeof(fix),
                        "apt install libbpf1 && systemctl daemon-reexec && l4d2ctl restart %s",
                        subject->name);
                return control_is_not(
                        control, CONTROL_UNSUPPORTED, fix,
                        "libbpf is not installed: systemd silently lets the server bind every "
                        "port");
        }
        (void) snprintf(
                fix, sizeof(fix), "systemctl daemon-reexec && %sl4d2ctl restart %s",
                needs_libbpf ? "systemctl restart left4me-filter.path && " : "", subject->name);
        return control_is_not(
                control, CONTROL_MISSING, fix,
                needs_libbpf
                        ? N_("%s has no program for %s: systemd could attach none, or a daemon "
                             "reload took them away")
                        : N_("%s has no program for %s: systemd could attach none"),
                cgroup ? cgroup : _("its control group"), hooks);
}

int check_programs(const Subject *subject, const ControlRule *rule, Control *control) {
        const char *cgroup = unit_property(&subject->properties, "ControlGroup");

        for (size_t i = 0; i < ELEMENTSOF(kinds); i++) {
                int first = subject->programs.n[kinds[i].first];
                int second = subject->programs.n[kinds[i].second];

                if (strcmp(kinds[i].name, rule->argument) != 0)
                        continue;
                if (first < 0 || second < 0)
                        return control_is_not(
                                control, CONTROL_UNSUPPORTED,
                                N_("boot a kernel with CONFIG_CGROUP_BPF and control groups v2"),
                                "the kernel can't say which BPF programs a control group has: %s",
                                strerror(first < 0 ? -first : -second));
                if (first == 0 || second == 0)
                        return complain_of_programs(
                                subject, kinds[i].hooks, kinds[i].needs_libbpf, control);
                return control_is_effective(
                        control, "%d BPF programs for %s at %s",
                        kinds[i].first == kinds[i].second ? first : first + second, kinds[i].hooks,
                        cgroup);
        }
        return 0;
}

/* --- limits ----------------------------------------------------------------------------------- */

/* argument: the controller; its file is CONTROLLER.max. */
int check_cgroup_limit(const Subject *subject, const ControlRule *rule, Control *control) {
        const char *cgroup = unit_property(&subject->properties, "ControlGroup");
        _cleanup_free_ char *path = NULL, *value = NULL, *fix = NULL;
        int r;

        if (asprintf(&path, "/sys/fs/cgroup%s/%s.max", cgroup ? cgroup : "", rule->argument) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        if (asprintf(
                    &fix,
                    _("take %s=infinity out of the unit's drop-ins, then: l4d2ctl restart %s"),
                    rule->property, subject->name) < 0) {
                fix = NULL;
                return -ENOMEM;
        }

        r = read_text(path, &value);
        if (r < 0)
                return control_is_not(
                        control, CONTROL_UNSUPPORTED,
                        "take cgroup_disable=, cgroup_no_v1= and systemd.unified_cgroup_hierarchy= "
                        "out of the kernel's command line, then reboot",
                        "%s is missing (%s): this host has no %s controller in control groups v2, "
                        "and systemd ignores the limit",
                        path, strerror(-r), rule->argument);
        value[strcspn(value, "\n")] = '\0';
        if (strcmp(value, "max") == 0)
                return control_is_not(control, CONTROL_MISSING, fix, "%s says max: no limit", path);
        return control_is_effective(control, "%s in %s", value, path);
}
