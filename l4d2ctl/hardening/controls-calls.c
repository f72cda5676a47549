/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * System call filters. The kernel tells how many filters a process has and not what is in them,
 * unless it is stopped for that, which a game server is not. So this is what the unit says, and
 * that the process has filters PID 1 hasn't.
 */

#include <string.h>

#include "base/text.h"
#include "hardening/controls-rules.h"

static unsigned long get_count(const char *status, const char *key) {
        _cleanup_free_ char *value = status_get(status, key);

        return value ? strtoul(value, NULL, 10) : 0;
}

static int complain(Control *control, const Subject *subject) {
        char fix[INSTANCE_NAME_MAX + 32];

        if (!strstr(subject->init_status, "\nSeccomp:"))
                return control_is_not(
                        control, CONTROL_UNSUPPORTED, "boot a kernel with CONFIG_SECCOMP_FILTER",
                        "this kernel has no system call filters");
        (void) snprintf(fix, sizeof(fix), "l4d2ctl restart %s", subject->name);
        return control_is_not(
                control, CONTROL_MISSING, fix,
                "the unit asks for it, the process has no filter of its own");
}

/* The filters it was started with, and capabilities (by number) it must not have as well. */
static bool has_filters(const Subject *subject, unsigned long *ret_n, unsigned long *ret_init) {
        *ret_n = get_count(subject->status, "Seccomp_filters");
        *ret_init = get_count(subject->init_status, "Seccomp_filters");
        return get_count(subject->status, "Seccomp") == 2 && *ret_n > *ret_init;
}

/* argument: numbers of capabilities that must not be in the bounding set either. */
static int check_bounding_set(const Subject *subject, const char *numbers, Control *control) {
        _cleanup_free_ char *value = status_get(subject->status, "CapBnd");
        unsigned long long set = value ? strtoull(value, NULL, 16) : ~0ULL;

        for (const char *p = numbers; p && *p != '\0';) {
                char *end;
                unsigned long number = strtoul(p, &end, 10);

                if (set >> number & 1)
                        return control_is_not(
                                control, CONTROL_MISSING, N_("see CapabilityBoundingSet"),
                                "capability %lu is in CapBnd: %s", number, value ? value : "?");
                p = end + strspn(end, " ");
        }
        return 0;
}

int check_calls(const Subject *subject, const ControlRule *rule, Control *control) {
        const char *value = unit_property(&subject->properties, rule->property);
        unsigned long n, n_init;
        int r;

        if (!has_filters(subject, &n, &n_init))
                return complain(control, subject);
        r = check_bounding_set(subject, rule->argument, control);
        if (r < 0 || control->reason)
                return r;
        return control_is_effective(
                control,
                "%s=%s of the unit; Seccomp: 2, Seccomp_filters: %lu in /proc/%u/status, "
                "PID 1 has %lu",
                rule->property, strcmp(rule->property, "RestrictNamespaces") == 0 ? "yes" : value,
                n, subject->pid, n_init);
}

/* argument: calls that must not be in the allow-list. */
int check_filter(const Subject *subject, const ControlRule *rule, Control *control) {
        const char *allowed = unit_property(&subject->properties, "SystemCallFilter");
        unsigned long n, n_init;

        if (!has_filters(subject, &n, &n_init))
                return complain(control, subject);
        for (const char *p = rule->argument; *p != '\0';) {
                size_t length = strcspn(p, " ");
                char call[64];

                (void) snprintf(call, sizeof(call), "%.*s", (int) length, p);
                if (has_word(allowed, call)) {
                        char value[96];

                        (void) snprintf(value, sizeof(value), _("… %s …, which allows it"), call);
                        return control_blame_unit(subject, rule->property, value, control);
                }
                p += length + strspn(p + length, " ");
        }
        return control_is_effective(
                control,
                "not in the unit's allow-list: %s; Seccomp_filters: %lu in /proc/%u/status",
                rule->argument, n, subject->pid);
}

int check_families(const Subject *subject, const ControlRule *rule, Control *control) {
        int r;

        r = check_calls(subject, rule, control);
        if (r < 0 || control->state != CONTROL_EFFECTIVE || !subject->is_i386)
                return r;
        /* Not "unsupported": it does on every host what it can. */
        control->reason = strdup(
                "holds for 64-bit programs only: the server is an i386 process and makes its sockets "
                "through socketcall(2), which the filter can't look into; what keeps it from the "
                "host's sockets is TemporaryFileSystem=/run");
        return control->reason ? 0 : -ENOMEM;
}
