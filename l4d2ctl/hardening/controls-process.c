/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

#include "base/time-text.h"
#include "hardening/controls-rules.h"

/* A fix that is a restart of the server. */
static int needs_restart(const Subject *subject, Control *control, const char *evidence) {
        char fix[INSTANCE_NAME_MAX + 32];

        (void) snprintf(fix, sizeof(fix), "l4d2ctl restart %s", subject->name);
        return control_is_not(
                control, CONTROL_MISSING, fix, "the unit asks for it, the process has: %s",
                evidence);
}

int check_user(const Subject *subject, const ControlRule *rule, Control *control) {
        _cleanup_free_ char *uids = status_get(subject->status, "Uid");
        const struct passwd *user = getpwnam(rule->argument);
        unsigned real = 0, effective = 0, saved = 0, fs = 0;

        if (!uids)
                return -ENOMEM;
        if (!user)
                return control_is_not(
                        control, CONTROL_UNSUPPORTED, "systemd-sysusers left4me.conf",
                        "user %s is missing", rule->argument);
        if (sscanf(uids, "%u %u %u %u", &real, &effective, &saved, &fs) != 4 ||
            real != user->pw_uid || effective != real || saved != real || fs != real)
                return needs_restart(subject, control, uids);
        return control_is_effective(
                control, "Uid: %u four times in /proc/%u/status, which is %s", real, subject->pid,
                rule->argument);
}

/* "KEY VALUE" */
int check_status(const Subject *subject, const ControlRule *rule, Control *control) {
        _cleanup_free_ char *value = NULL;
        const char *wanted = strchr(rule->argument, ' ') + 1;
        char key[32];

        (void) snprintf(
                key, sizeof(key), "%.*s", (int) (wanted - 1 - rule->argument), rule->argument);
        value = status_get(subject->status, key);
        if (!value || strcmp(value, wanted) != 0)
                return needs_restart(
                        subject, control, value ? value : "no such line in its status");
        return control_is_effective(control, "%s: %s in /proc/%u/status", key, value, subject->pid);
}

int check_capabilities(const Subject *subject, const ControlRule *rule _unused_, Control *control) {
        static const char *const sets[] = { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" };

        for (size_t i = 0; i < ELEMENTSOF(sets); i++) {
                _cleanup_free_ char *value = status_get(subject->status, sets[i]);
                char text[64];

                if (value && value[strspn(value, "0")] == '\0')
                        continue;
                (void) snprintf(text, sizeof(text), "%s: %s", sets[i], value ? value : "?");
                return needs_restart(subject, control, text);
        }
        return control_is_effective(
                control, "CapInh, CapPrm, CapEff, CapBnd and CapAmb are 0 in /proc/%u/status",
                subject->pid);
}

int check_namespace(const Subject *subject, const ControlRule *rule, Control *control) {
        const char *own, *init;

        subject_namespace(subject, rule->argument, &own, &init);
        if (!own || !init)
                return control_is_not(
                        control, CONTROL_UNSUPPORTED, "boot a kernel with these namespaces",
                        "this kernel has no %s namespaces", rule->argument);
        if (strcmp(own, init) == 0)
                return needs_restart(subject, control, own);
        return control_is_effective(
                control, "%s in /proc/%u/ns, PID 1 has %s", own, subject->pid, init);
}

int check_core(const Subject *subject, const ControlRule *rule _unused_, Control *control) {
        static const char key[] = "Max core file size";
        const char *line = strstr(subject->limits, key);
        unsigned long soft = 1, hard = 1;

        if (!line || sscanf(line + strlen(key), "%lu %lu", &soft, &hard) != 2 || hard > 0)
                return needs_restart(subject, control, "another limit of core files");
        return control_is_effective(
                control, "%s: 0, hard limit 0 in /proc/%u/limits", key, subject->pid);
}

/* For a property whose effect can't be seen from outside. */
int check_property(const Subject *subject, const ControlRule *rule, Control *control) {
        return control_is_effective(
                control, "%s=%s of the unit", rule->property,
                unit_property(&subject->properties, rule->property));
}

/* --- whether the unit is the one it was started with -------------------------------------------
 */

/* A daemon reload writes these files again, and they hold nothing that protects. */
static bool is_generated(const char *path) {
        return strncmp(path, "/run/systemd/generator", strlen("/run/systemd/generator")) == 0;
}

static bool is_newer(const char *path, uint64_t time) {
        struct stat st;

        if (is_generated(path))
                return false;
        if (stat(path, &st) < 0)
                return true;
        return timespec_usec(&st.st_ctim) > time;
}

int check_unit_files(const Subject *subject, const ControlRule *rule _unused_, Control *control) {
        const char *fragment = unit_property(&subject->properties, "FragmentPath");
        const char *drop_ins = unit_property(&subject->properties, "DropInPaths");
        const char *started = unit_property(&subject->properties, "ExecMainStartTimestamp");
        uint64_t time = started ? strtoull(started, NULL, 10) : 0;
        _cleanup_free_ char *paths = NULL, *fix = NULL;
        char *save = NULL;

        if (asprintf(&paths, "%s %s", fragment ? fragment : "", drop_ins ? drop_ins : "") < 0) {
                paths = NULL;
                return -ENOMEM;
        }
        if (asprintf(&fix, "systemctl daemon-reload && l4d2ctl restart %s", subject->name) < 0) {
                fix = NULL;
                return -ENOMEM;
        }

        for (char *p = strtok_r(paths, " ", &save); p; p = strtok_r(NULL, " ", &save))
                if (is_newer(p, time))
                        return control_is_not(
                                control, CONTROL_MISSING, fix,
                                "%s has changed since the server was started: it may run with "
                                "less than this says",
                                p);
        return control_is_effective(
                control, "no file of %s has changed since process %u was started", subject->unit,
                subject->pid);
}
