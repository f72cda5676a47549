/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <elf.h>
#include <fcntl.h>
#include <string.h>

#include "common/file-text.h"
#include "hardening/controls.h"

static const char *const namespaces[] = { "user", "pid", "mnt", "ipc", "uts", "net" };

/* A link such as "pid:[4026531836]". */
static int read_link(int fd, const char *path, char **ret) {
        char target[64];
        ssize_t n = readlinkat(fd, path, target, sizeof(target));

        if (n < 0)
                return -errno;
        *ret = strndup(target, (size_t) n);
        return *ret ? 0 : -ENOMEM;
}

static int read_namespaces(int fd, char *ns[static ELEMENTSOF(namespaces)]) {
        for (size_t i = 0; i < ELEMENTSOF(namespaces); i++) {
                char path[16];
                int r;

                (void) snprintf(path, sizeof(path), "ns/%s", namespaces[i]);
                r = read_link(fd, path, &ns[i]);
                if (r < 0 && r != -ENOENT) /* a kernel without them */
                        return r;
        }
        return 0;
}

static int read_mounts(int fd, MountTable *ret) {
        _cleanup_fclose_ FILE *f = NULL;
        int file;

        file = openat(fd, "mountinfo", O_RDONLY | O_CLOEXEC);
        if (file < 0)
                return -errno;
        f = fdopen(file, "r");
        if (!f) {
                (void) safe_close(file);
                return -ENOMEM;
        }
        return mount_table_read(f, ret);
}

static int read_abi(int fd, bool *ret_is_i386) {
        _cleanup_close_ int file = openat(fd, "exe", O_RDONLY | O_CLOEXEC);
        unsigned char ident[EI_NIDENT];

        if (file < 0)
                return -errno;
        if (read(file, ident, sizeof(ident)) != (ssize_t) sizeof(ident))
                return -ENOEXEC;
        *ret_is_i386 = ident[EI_CLASS] == ELFCLASS32;
        return 0;
}

/* Everything through one directory of /proc: a process of the same number can't come in between. */
static int read_process(int fd, Subject *subject) {
        int r;

        r = read_text_at(fd, "status", &subject->status);
        if (r >= 0)
                r = read_text_at(fd, "limits", &subject->limits);
        if (r >= 0)
                r = read_namespaces(fd, subject->ns);
        if (r >= 0)
                r = read_mounts(fd, &subject->mounts);
        if (r >= 0)
                r = read_abi(fd, &subject->is_i386);
        if (r >= 0 && read_text_at(fd, "attr/current", &subject->label) >= 0)
                subject->label[strcspn(subject->label, "\n")] = '\0';
        return r;
}

static int read_init(Subject *subject) {
        _cleanup_close_ int fd = open("/proc/1", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int r;

        if (fd < 0)
                return -errno;
        r = read_text_at(fd, "status", &subject->init_status);
        if (r >= 0)
                r = read_namespaces(fd, subject->init_ns);
        return r >= 0 ? read_mounts(fd, &subject->hosts) : r;
}

static void count_programs(Subject *subject) {
        const char *cgroup = unit_property(&subject->properties, "ControlGroup");
        _cleanup_free_ char *path = NULL;

        if (asprintf(&path, "/sys/fs/cgroup%s", cgroup ? cgroup : "") < 0)
                path = NULL;
        else
                cgroup_count_programs(path, &subject->programs);
}

int subject_load(sd_bus *bus, const char *name, const char *unit, uint32_t pid, Subject *ret) {
        _cleanup_close_ int fd = -EBADF;
        char path[32];
        int r;

        *ret = (Subject) { .name = name, .unit = unit, .pid = pid };
        (void) snprintf(path, sizeof(path), "/proc/%u", pid);
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? -ESRCH : -errno;

        r = read_process(fd, ret);
        if (r >= 0)
                r = read_init(ret);
        if (r >= 0)
                r = bus_get_properties(bus, unit, &ret->properties, NULL);
        if (r < 0)
                return r == -ENOENT ? -ESRCH : r;

        count_programs(ret);
        return 0;
}

void subject_clear(Subject *subject) {
        unit_properties_clear(&subject->properties);
        mount_table_clear(&subject->mounts);
        mount_table_clear(&subject->hosts);
        for (size_t i = 0; i < ELEMENTSOF(namespaces); i++) {
                free(subject->ns[i]);
                free(subject->init_ns[i]);
        }
        free(subject->status);
        free(subject->init_status);
        free(subject->limits);
        free(subject->label);
        *subject = (Subject) {};
}

char *status_get(const char *status, const char *key) {
        size_t length = strlen(key);

        for (const char *line = status; line; line = strchr(line, '\n')) {
                line += *line == '\n';
                if (strncmp(line, key, length) != 0 || line[length] != ':')
                        continue;
                line += length + 1;
                line += strspn(line, " \t");
                return strndup(line, strcspn(line, "\n"));
        }
        return NULL;
}

void subject_namespace(
        const Subject *subject, const char *type, const char **ret_own, const char **ret_init) {
        *ret_own = *ret_init = NULL;
        for (size_t i = 0; i < ELEMENTSOF(namespaces); i++)
                if (strcmp(namespaces[i], type) == 0) {
                        *ret_own = subject->ns[i];
                        *ret_init = subject->init_ns[i];
                }
}
