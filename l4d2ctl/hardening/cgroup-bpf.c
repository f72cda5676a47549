/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hardening/cgroup-bpf.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>

static const unsigned attach_types[_CGROUP_HOOK_MAX] = {
        [CGROUP_BIND4] = BPF_CGROUP_INET4_BIND,     [CGROUP_BIND6] = BPF_CGROUP_INET6_BIND,
        [CGROUP_INGRESS] = BPF_CGROUP_INET_INGRESS, [CGROUP_EGRESS] = BPF_CGROUP_INET_EGRESS,
        [CGROUP_DEVICE] = BPF_CGROUP_DEVICE,
};

/* Without room for ids the kernel still says how many there are. */
static int count(int fd, unsigned attach_type) {
        union bpf_attr attr;

        memset(&attr, 0, sizeof(attr));
        attr.query.target_fd = (unsigned) fd;
        attr.query.attach_type = attach_type;
        attr.query.query_flags = BPF_F_QUERY_EFFECTIVE;
        if (syscall(SYS_bpf, BPF_PROG_QUERY, &attr, sizeof(attr)) < 0)
                return -errno;
        return (int) attr.query.prog_cnt;
}

void cgroup_count_programs(const char *path, CgroupPrograms *ret) {
        _cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int error = -errno;

        for (size_t i = 0; i < _CGROUP_HOOK_MAX; i++)
                ret->n[i] = fd < 0 ? error : count(fd, attach_types[i]);
}

bool libbpf_is_present(void) {
        static const char *const names[] = { "libbpf.so.1", "libbpf.so.0" };

        /* As systemd looks for it; nothing in it is called. */
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                void *library = dlopen(names[i], RTLD_NOW);

                if (library) {
                        (void) dlclose(library);
                        return true;
                }
        }
        return false;
}
