/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The protections of a running server, control by control: the unit's setting, and its effect as
 * the kernel shows it. A control counts only when both agree, because systemd starts a unit without
 * the protections that the host can't provide, mostly in silence.
 */

#include "common/ctl.h"
#include "hardening/cgroup-bpf.h"
#include "layer/mount-table.h"
#include "systemd/properties.h"

typedef enum ControlState {
        CONTROL_EFFECTIVE,
        CONTROL_MISSING,     /* the unit does not ask for it, or the process was started without */
        CONTROL_UNSUPPORTED, /* the unit asks for it, this host can't do it */
        _CONTROL_STATE_MAX,
} ControlState;

const char *control_state_to_string(ControlState state);

typedef struct Control {
        const char *name; /* the directive; a part of it after ':' or '=' */
        ControlState state;
        char *evidence; /* what was read, and where */
        char *reason;   /* why not, or what limits an effective one; or NULL */
        char *fix;      /* a command, or what to do; NULL when effective */
} Control;

/* One running server, and all that is read of it once. */
typedef struct Subject {
        const char *name; /* of the instance */
        const char *unit;
        uint32_t pid;
        UnitProperties properties;
        char *status;             /* /proc/PID/status */
        char *init_status;        /* of PID 1 */
        char *limits;             /* /proc/PID/limits */
        char *label;              /* /proc/PID/attr/current, NULL: no security module in use */
        MountTable mounts, hosts; /* of the process, of PID 1 */
        CgroupPrograms programs;  /* BPF programs that hold for its control group */
        bool is_i386;
        char *ns[6], *init_ns[6]; /* "user:[4026531837]", as namespaces[] orders them */
} Subject;

/* The process is gone: -ESRCH. Not root: -EACCES. Clear in any case. */
int subject_load(sd_bus *bus, const char *name, const char *unit, uint32_t pid, Subject *ret)
        _must_check_;
void subject_clear(Subject *subject);

/* The value of a line of /proc/PID/status, cut at the line's end, from malloc; NULL: no such line.
 */
char *status_get(const char *status, const char *key);

/* "user", "pid", …: the process's own namespace or NULL, and PID 1's. */
void subject_namespace(
        const Subject *subject, const char *type, const char **ret_own, const char **ret_init);

typedef struct Controls {
        Control *items;
        size_t n_items;
} Controls;

/* All controls there are, in a fixed order. Clear in any case. */
int controls_examine(const Subject *subject, Controls *ret) _must_check_;
void controls_clear(Controls *controls);

bool controls_all_effective(const Controls *controls);
