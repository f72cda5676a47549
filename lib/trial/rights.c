/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The trial's rule for rights that are taken in advance: capabilities and what systemd restricts in
 * the kernel. The trial does not give these back, so the rule looks at calls that were refused.
 */

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trial/rules-internal.h"

enum { NO_CAPABILITY = -1 };

typedef struct Right {
        const char *call;
        const char *property; /* that refuses while it is "yes" (RestrictNamespaces: 0); or NULL */
        int capability;       /* that is needed besides */
        const char *name;
} Right;

static const Right rights[] = {
        { "unshare", "RestrictNamespaces", CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
        { "setns", "RestrictNamespaces", CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
        { "clone", "RestrictNamespaces", CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
        { "personality", "LockPersonality", NO_CAPABILITY, NULL },
        { "sched_setscheduler", "RestrictRealtime", CAP_SYS_NICE, "CAP_SYS_NICE" },
        { "sched_setattr", "RestrictRealtime", CAP_SYS_NICE, "CAP_SYS_NICE" },
        { "sched_setparam", NULL, CAP_SYS_NICE, "CAP_SYS_NICE" },
        { "setpriority", NULL, CAP_SYS_NICE, "CAP_SYS_NICE" },
        { "nice", NULL, CAP_SYS_NICE, "CAP_SYS_NICE" },
        { "ioprio_set", NULL, CAP_SYS_NICE, "CAP_SYS_NICE" },
        { "setrlimit", NULL, CAP_SYS_RESOURCE, "CAP_SYS_RESOURCE" },
        { "prlimit64", NULL, CAP_SYS_RESOURCE, "CAP_SYS_RESOURCE" },
        { "mlock", NULL, CAP_IPC_LOCK, "CAP_IPC_LOCK" },
        { "mlock2", NULL, CAP_IPC_LOCK, "CAP_IPC_LOCK" },
        { "mlockall", NULL, CAP_IPC_LOCK, "CAP_IPC_LOCK" },
        { "bind", NULL, CAP_NET_BIND_SERVICE, "CAP_NET_BIND_SERVICE" },
        { "socket", NULL, CAP_NET_RAW, "CAP_NET_RAW" },
        { "kill", NULL, CAP_KILL, "CAP_KILL" },
        { "tgkill", NULL, CAP_KILL, "CAP_KILL" },
        { "ptrace", NULL, CAP_SYS_PTRACE, "CAP_SYS_PTRACE" },
        { "process_vm_readv", NULL, CAP_SYS_PTRACE, "CAP_SYS_PTRACE" },
        { "mount", NULL, CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
        { "umount2", NULL, CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
        { "sethostname", "ProtectHostname", CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
        { "syslog", "ProtectKernelLogs", CAP_SYSLOG, "CAP_SYSLOG" },
        { "clock_settime", "ProtectClock", CAP_SYS_TIME, "CAP_SYS_TIME" },
        { "settimeofday", "ProtectClock", CAP_SYS_TIME, "CAP_SYS_TIME" },
        { "setuid", NULL, CAP_SETUID, "CAP_SETUID" },
        { "setuid32", NULL, CAP_SETUID, "CAP_SETUID" },
        { "setgid", NULL, CAP_SETGID, "CAP_SETGID" },
        { "setgid32", NULL, CAP_SETGID, "CAP_SETGID" },
        { "setgroups", NULL, CAP_SETGID, "CAP_SETGID" },
        { "setgroups32", NULL, CAP_SETGID, "CAP_SETGID" },
        { "chown", NULL, CAP_CHOWN, "CAP_CHOWN" },
        { "fchown", NULL, CAP_CHOWN, "CAP_CHOWN" },
        { "chown32", NULL, CAP_CHOWN, "CAP_CHOWN" },
        { "fchown32", NULL, CAP_CHOWN, "CAP_CHOWN" },
        { "fchownat", NULL, CAP_CHOWN, "CAP_CHOWN" },
        { "chroot", NULL, CAP_SYS_CHROOT, "CAP_SYS_CHROOT" },
};

static const Right *find_right(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(rights); i++)
                if (strcmp(rights[i].call, name) == 0)
                        return &rights[i];
        return NULL;
}

bool trial_is_right_call(const char *name) {
        return find_right(name);
}

static bool property_refuses(const UnitProperties *properties, const Right *right) {
        const char *value = right->property ? unit_property(properties, right->property) : NULL;

        /* The set of namespaces that are allowed: none. */
        if (value && strcmp(right->property, "RestrictNamespaces") == 0)
                return strcmp(value, "0") == 0;
        return value && strcmp(value, "yes") == 0;
}

static bool lacks_capability(const UnitProperties *properties, const Right *right) {
        const char *value = unit_property(properties, "CapabilityBoundingSet");
        unsigned long long set = value ? strtoull(value, NULL, 10) : 0;

        return right->capability != NO_CAPABILITY && value && !(set >> right->capability & 1);
}

static const char *directive_of(const char *property) {
        static const char *const directives[] = {
                "RestrictNamespaces=", "LockPersonality=",   "RestrictRealtime=",
                "ProtectHostname=",    "ProtectKernelLogs=", "ProtectClock=",
        };

        for (size_t i = 0; i < ELEMENTSOF(directives); i++)
                if (strncmp(directives[i], property, strlen(property)) == 0)
                        return directives[i];
        return "";
}

/* A raw socket is refused with EPERM, a port below 1024 with EACCES; the others with either. */
static bool is_refusal(const StraceCall *call) {
        if (strcmp(call->name, "bind") == 0)
                return strcmp(call->error, "EACCES") == 0;
        return strcmp(call->error, "EPERM") == 0 || strcmp(call->error, "EACCES") == 0;
}

bool trial_judge_right(const TrialUnit *unit, const StraceEvent *event, TrialDenial *ret) {
        const StraceCall *call = event->call;
        const Right *right = find_right(call->name);
        StraceText address;
        TrialDenial denial = { .kind = TRIAL_RIGHT };

        if (!right || !is_refusal(call))
                return false;
        /* A socket in the file system: that is a write. */
        if (strcmp(call->name, "bind") == 0 && strace_argument(call, 1, &address) &&
            !strace_number_after(&address, "sin_port=htons(", &(uint32_t) { 0 }) &&
            !strace_number_after(&address, "sin6_port=htons(", &(uint32_t) { 0 }))
                return false;

        if (property_refuses(unit->properties, right))
                denial.directive = directive_of(right->property);
        else if (lacks_capability(unit->properties, right)) {
                denial.directive = "CapabilityBoundingSet=";
                (void) snprintf(denial.cover, sizeof(denial.cover), "%s", right->name);
        } else
                return false;
        (void) snprintf(denial.effect, sizeof(denial.effect), "%s", call->error);
        (void) snprintf(denial.subject, sizeof(denial.subject), "%s", call->name);
        *ret = denial;
        return true;
}
