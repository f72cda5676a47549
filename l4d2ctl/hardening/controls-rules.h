/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How one control is examined: the value its unit should have, then what the kernel shows of it.
 * Checks only look at what a Subject holds, fill in the Control, and return 0 or -ENOMEM.
 */

#include "hardening/controls.h"

typedef struct ControlRule ControlRule;
typedef int (*ControlCheck)(const Subject *subject, const ControlRule *rule, Control *control);

struct ControlRule {
        const char *name;
        const char *property; /* of the unit, as D-Bus names it; NULL: the check alone decides */
        const char *wanted; /* its values, separated by '|'; '*' at the end stands for more text */
        ControlCheck check;
        const char *argument; /* for the check: words separated by blanks */
};

/* Each sets the state with the texts that belong to it; they return 0 or -ENOMEM. */
int control_is_effective(Control *control, const char *evidence, ...) _printf_(2, 3) _must_check_;
int control_is_not(Control *control, ControlState state, const char *fix, const char *reason, ...)
        _printf_(4, 5) _must_check_;

/* The unit does not say what it should: names the drop-in of the host that is to blame, if one is.
 */
int control_blame_unit(
        const Subject *subject, const char *property, const char *value, Control *control)
        _must_check_;

/* From /proc/PID/status and /proc/PID/ns: */
int check_user(const Subject *subject, const ControlRule *rule, Control *control);
int check_status(const Subject *subject, const ControlRule *rule, Control *control);
int check_capabilities(const Subject *subject, const ControlRule *rule, Control *control);
int check_namespace(const Subject *subject, const ControlRule *rule, Control *control);
int check_core(const Subject *subject, const ControlRule *rule, Control *control);
int check_property(const Subject *subject, const ControlRule *rule, Control *control);
int check_unit_files(const Subject *subject, const ControlRule *rule, Control *control);

/* System call filters, see hardening/controls-calls.c for what can be known of them: */
int check_calls(const Subject *subject, const ControlRule *rule, Control *control);
int check_filter(const Subject *subject, const ControlRule *rule, Control *control);
int check_families(const Subject *subject, const ControlRule *rule, Control *control);

/* From /proc/PID/mountinfo: */
int check_hidden(const Subject *subject, const ControlRule *rule, Control *control);
int check_read_only(const Subject *subject, const ControlRule *rule, Control *control);
int check_proc_mount(const Subject *subject, const ControlRule *rule, Control *control);
int check_tunables(const Subject *subject, const ControlRule *rule, Control *control);

/* From the control group: */
int check_programs(const Subject *subject, const ControlRule *rule, Control *control);
int check_cgroup_limit(const Subject *subject, const ControlRule *rule, Control *control);
