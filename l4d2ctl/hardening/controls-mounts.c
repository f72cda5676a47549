/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/text.h"
#include "common/file-text.h"
#include "hardening/controls-rules.h"

static int needs_restart(
        const Subject *subject, Control *control, const char *path, const MountInfo *mount,
        const char *what) {
        char fix[2 * INSTANCE_NAME_MAX + 256];

        (void) snprintf(
                fix, sizeof(fix), _("systemctl cat %s shows what changes it; l4d2ctl restart %s"),
                subject->unit, subject->name);
        return control_is_not(
                control, CONTROL_MISSING, fix,
                "%s %s: it lies on %s (%s, %s) in /proc/%u/mountinfo", path, what,
                mount ? mount->mount_point : _("nothing"), mount ? mount->fs_type : "-",
                mount ? mount->flags : "-", subject->pid);
}

/* The next word of a list, in buffer; false at its end. */
static bool next_path(const char **list, char buffer[static 64]) {
        size_t length = strcspn(*list, " ");

        if (length == 0 || length >= 64)
                return false;
        memcpy(buffer, *list, length);
        buffer[length] = '\0';
        *list += length + strspn(*list + length, " ");
        return true;
}

/* Whether the host has it at all: what does not exist can't be hidden. */
static bool host_has(const char *path) {
        char in_root[96];

        (void) snprintf(in_root, sizeof(in_root), "/proc/1/root%s", path);
        return may_access(in_root, F_OK) || errno != ENOENT;
}

int check_hidden(const Subject *subject, const ControlRule *rule, Control *control) {
        _cleanup_free_ char *evidence = NULL;
        _cleanup_fclose_ FILE *f = NULL;
        const char *list = rule->argument;
        char path[64];
        size_t size;

        f = open_memstream(&evidence, &size);
        if (!f)
                return -ENOMEM;
        while (next_path(&list, path)) {
                const MountInfo *mount = mount_table_find(&subject->mounts, path);

                if (!host_has(path))
                        continue;
                if (!mount_table_differs(&subject->mounts, &subject->hosts, path))
                        return needs_restart(subject, control, path, mount, _("is the host's"));
                if (ftell(f) > 0)
                        (void) fputs(", ", f);
                (void) fprintf(f, _("%s on %s %s"), path, mount->fs_type, mount->mount_point);
        }
        if (fclose(TAKE_PTR(f)) != 0)
                return -ENOMEM;
        if (size == 0)
                return control_is_effective(control, "the host has none of %s", rule->argument);
        return control_is_effective(
                control, "%s in /proc/%u/mountinfo, not as PID 1 has it", evidence, subject->pid);
}

int check_read_only(const Subject *subject, const ControlRule *rule, Control *control) {
        const char *list = rule->argument;
        char path[64];

        while (next_path(&list, path)) {
                const MountInfo *mount = mount_table_find(&subject->mounts, path);

                if (!mount || !mount_info_has_flag(mount->flags, "ro"))
                        return needs_restart(subject, control, path, mount, _("is not read-only"));
        }
        return control_is_effective(
                control, "%s: ro in /proc/%u/mountinfo", rule->argument, subject->pid);
}

int check_proc_mount(const Subject *subject, const ControlRule *rule, Control *control) {
        const MountInfo *mount = mount_table_find(&subject->mounts, "/proc");

        if (!mount || strcmp(mount->fs_type, "proc") != 0 ||
            !mount_info_has_flag(mount->options, rule->argument))
                return needs_restart(subject, control, "/proc", mount, "is not mounted like that");
        return control_is_effective(
                control, "/proc has %s in /proc/%u/mountinfo", rule->argument, subject->pid);
}

/* /sys is read-only, and so is /proc/sys, if it is there at all. */
int check_tunables(const Subject *subject, const ControlRule *rule _unused_, Control *control) {
        static const char *const paths[] = { "/sys", "/proc/sys" };

        for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
                const MountInfo *mount = mount_table_find(&subject->mounts, paths[i]);

                if (!mount || (!mount_info_has_flag(mount->flags, "ro") &&
                               !mount_info_has_flag(mount->options, "subset=pid")))
                        return needs_restart(
                                subject, control, paths[i], mount, _("can be written"));
        }
        return control_is_effective(
                control, "/sys is ro and /proc/sys ro or not there in /proc/%u/mountinfo",
                subject->pid);
}
