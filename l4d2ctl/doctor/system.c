/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include "base/text.h"
#include "common/file-text.h"
#include "doctor/doctor.h"
#include "hardening/cgroup-bpf.h"
#include "systemd/properties.h"

#define BOOT_FIX                                                                                \
        "take cgroup_disable=, cgroup_no_v1= and systemd.unified_cgroup_hierarchy= out of the " \
        "kernel's command line (GRUB_CMDLINE_LINUX in /etc/default/grub), then: update-grub && reboot"

enum { SYSTEMD_MIN = 257 };

static int open_bus(Doctor *doctor) {
        return doctor->ctl->bus ? 0 : bus_open(&doctor->ctl->bus);
}

int check_systemd(Doctor *doctor) {
        _cleanup_free_ char *version = NULL;
        long number;
        int r;

        r = open_bus(doctor);
        if (r >= 0)
                r = sd_bus_get_property_string(
                        doctor->ctl->bus, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                        "org.freedesktop.systemd1.Manager", "Version", NULL, &version);
        if (r < 0)
                return doctor_report(
                        doctor, FINDING_ERROR, "systemctl start dbus.service",
                        "systemd can't be asked: %s", strerror(-r));

        number = strtol(version, NULL, 10);
        if (number < SYSTEMD_MIN)
                return doctor_report(
                        doctor, FINDING_ERROR, N_("apt full-upgrade to Debian 13 (trixie)"),
                        "systemd %s is too old and ignores settings such as PrivatePIDs=; left4me "
                        "needs %d",
                        version, SYSTEMD_MIN);
        return doctor_report(doctor, FINDING_OK, NULL, "systemd %s", version);
}

int check_kernel(Doctor *doctor) {
        unsigned major = 0, minor = 0;
        struct utsname name;

        if (uname(&name) < 0)
                return doctor_report(doctor, FINDING_UNKNOWN, NULL, "uname failed");
        if (sscanf(name.release, "%u.%u", &major, &minor) != 2 || major < 6 ||
            (major == 6 && minor < 12))
                return doctor_report(
                        doctor, FINDING_WARNING, "apt install linux-image-amd64 && reboot",
                        "Linux %s is older than Debian 13's 6.12, which left4me is made for",
                        name.release);
        return doctor_report(doctor, FINDING_OK, NULL, "Linux %s", name.release);
}

int check_cgroups(Doctor *doctor) {
        struct statfs fs;

        if (statfs("/sys/fs/cgroup", &fs) < 0 || fs.f_type != CGROUP2_SUPER_MAGIC)
                return doctor_report(
                        doctor, FINDING_ERROR, BOOT_FIX,
                        "/sys/fs/cgroup is not cgroup v2: servers have no limits, and no BPF "
                        "program keeps ports closed");
        return doctor_report(doctor, FINDING_OK, NULL, "control groups are cgroup v2");
}

int check_controllers(Doctor *doctor) {
        static const struct {
                const char *name, *loss;
                FindingState state;
        } wanted[] = {
                { "memory", "MemoryMax= of servers does not hold", FINDING_ERROR },
                { "pids", "TasksMax= of servers does not hold", FINDING_ERROR },
                { "cpu", "downloads are not kept behind servers", FINDING_WARNING },
                { "cpuset", "system_cpus= and cpus: do nothing", FINDING_WARNING },
                { "io", "downloads are not kept behind servers", FINDING_WARNING },
        };
        _cleanup_free_ char *text = NULL;
        bool all = true;
        int r;

        r = read_text("/sys/fs/cgroup/cgroup.controllers", &text);
        if (r < 0)
                return doctor_report(
                        doctor, FINDING_ERROR, BOOT_FIX, "no cgroup v2 controllers: %s",
                        strerror(-r));
        text[strcspn(text, "\n")] = '\0';

        for (size_t i = 0; i < ELEMENTSOF(wanted); i++) {
                if (has_word(text, wanted[i].name))
                        continue;
                all = false;
                r = doctor_report(
                        doctor, wanted[i].state, BOOT_FIX, "the %s controller is missing: %s",
                        wanted[i].name, wanted[i].loss);
                if (r < 0)
                        return r;
        }
        return all ? doctor_report(doctor, FINDING_OK, NULL, "%s", text) : 0;
}

int check_seccomp(Doctor *doctor) {
        _cleanup_free_ char *text = NULL;

        if (read_text("/proc/sys/kernel/seccomp/actions_avail", &text) < 0 ||
            !strstr(text, "kill_process"))
                return doctor_report(
                        doctor, FINDING_ERROR, "apt install linux-image-amd64 && reboot",
                        "the kernel has no system call filters");
        return doctor_report(doctor, FINDING_OK, NULL, "system calls can be filtered");
}

static bool has_overlay_module(void) {
        static const char *const suffixes[] = { "", ".xz", ".zst", ".gz" };
        struct utsname name;

        if (uname(&name) < 0)
                return false;
        for (size_t i = 0; i < ELEMENTSOF(suffixes); i++) {
                char path[256];

                (void) snprintf(
                        path, sizeof(path),
                        "/usr/lib/modules/%.100s/kernel/fs/overlayfs/overlay.ko%s", name.release,
                        suffixes[i]);
                if (may_access(path, F_OK))
                        return true;
        }
        return false;
}

int check_overlayfs(Doctor *doctor) {
        _cleanup_free_ char *text = NULL;
        struct statfs fs;
        int r;

        r = read_text("/proc/filesystems", &text);
        if (r < 0)
                return doctor_report(
                        doctor, FINDING_UNKNOWN, N_("run it as root"), "/proc/filesystems: %s",
                        strerror(-r));
        if (!strstr(text, "\toverlay\n") && !has_overlay_module())
                return doctor_report(
                        doctor, FINDING_ERROR, "modprobe overlay",
                        "the kernel has no overlayfs: no tree of a server can be mounted");
        if (statfs(doctor->ctl->paths->state_dir, &fs) >= 0 && fs.f_type == OVERLAYFS_SUPER_MAGIC)
                return doctor_report(
                        doctor, FINDING_ERROR,
                        N_("mount a separate file system, for example ext4, on /var/lib/left4me"),
                        "%s lies on an overlay: what servers write can't be kept there",
                        doctor->ctl->paths->state_dir);
        return doctor_report(doctor, FINDING_OK, NULL, "overlays can be mounted");
}

int check_libbpf(Doctor *doctor) {
        _cleanup_free_ char *maps = NULL;
        int r;

        if (!libbpf_is_present())
                return doctor_report(
                        doctor, FINDING_ERROR, "apt install libbpf1 && systemctl daemon-reexec",
                        "libbpf is not installed: systemd silently ignores SocketBindDeny=, and "
                        "servers can bind any port");
        r = read_text("/proc/1/maps", &maps);
        if (r < 0)
                return doctor_report(
                        doctor, FINDING_UNKNOWN, N_("run it as root"),
                        "libbpf is installed; only root can see whether PID 1 has loaded it");
        if (!strstr(maps, "/libbpf.so"))
                return doctor_report(
                        doctor, FINDING_ERROR, "systemctl daemon-reexec",
                        "libbpf is installed, but was not when PID 1 was started: SocketBindDeny= "
                        "does nothing");
        return doctor_report(doctor, FINDING_OK, NULL, "libbpf is loaded by PID 1");
}

static int get_unit_property(Doctor *doctor, const char *unit, const char *property, char **ret) {
        _cleanup_free_ char *path = NULL;
        int r;

        r = open_bus(doctor);
        if (r >= 0)
                r = sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, &path);
        if (r < 0)
                return r;
        return sd_bus_get_property_string(
                doctor->ctl->bus, "org.freedesktop.systemd1", path, "org.freedesktop.systemd1.Unit",
                property, NULL, ret);
}

int doctor_unit_state(Doctor *doctor, const char *unit, char **ret) {
        return get_unit_property(doctor, unit, "ActiveState", ret);
}

int doctor_unit_file_state(Doctor *doctor, const char *unit, char **ret) {
        return get_unit_property(doctor, unit, "UnitFileState", ret);
}

/* A daemon reload takes the port filters away; this unit has them put back. */
int check_filters(Doctor *doctor) {
        _cleanup_free_ char *state = NULL;
        int r;

        r = doctor_unit_state(doctor, "left4me-filter.path", &state);
        if (r < 0)
                return doctor_report(
                        doctor, FINDING_UNKNOWN, "systemctl status left4me-filter.path",
                        "systemd can't be asked: %s", strerror(-r));
        if (strcmp(state, "active") != 0)
                return doctor_report(
                        doctor, FINDING_ERROR, "systemctl restart left4me-filter.path",
                        "left4me-filter.path is %s: a daemon reload removes the port filters of "
                        "running servers, and nothing restores them",
                        state);
        return doctor_report(
                doctor, FINDING_OK, NULL, "port filters are restored after a daemon reload");
}

int check_sysctl(Doctor *doctor) {
        static const struct {
                const char *name, *path, *loss;
                long min;
        } wanted[] = {
                { "kernel.yama.ptrace_scope", "/proc/sys/kernel/yama/ptrace_scope",
                  "processes of one user may trace each other", 1 },
                { "fs.protected_fifos", "/proc/sys/fs/protected_fifos",
                  "FIFOs of others in /tmp are opened", 1 },
                { "fs.protected_regular", "/proc/sys/fs/protected_regular",
                  "files of others in /tmp are opened", 2 },
        };
        bool all = true;
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(wanted) && r >= 0; i++) {
                _cleanup_free_ char *text = NULL;
                int e = read_text(wanted[i].path, &text);

                if (e >= 0 && strtol(text, NULL, 10) >= wanted[i].min)
                        continue;
                all = false;
                if (e < 0)
                        r = doctor_report(
                                doctor, FINDING_WARNING, "apt install linux-image-amd64 && reboot",
                                "this kernel has no %s: %s", wanted[i].name, wanted[i].loss);
                else
                        r = doctor_report(
                                doctor, FINDING_WARNING, "systemctl restart systemd-sysctl.service",
                                "%s is %ld, not %ld: %s", wanted[i].name, strtol(text, NULL, 10),
                                wanted[i].min, wanted[i].loss);
        }
        return r < 0 || !all ? r
                             : doctor_report(doctor, FINDING_OK, NULL, "kernel settings are set");
}
