/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The first program of the virtual machine: mounts the disk and becomes its systemd. It stands in
 * for Debian's initramfs, whose scripts start hundreds of processes, which the emulated processor
 * is slow at.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel panics and says so on the console. */
static void die(const char *what) {
        perror(what);
        exit(1);
}

int main(int argc, char **argv) {
        (void) argc;

        int fd = open("/virtio_blk.ko", O_RDONLY | O_CLOEXEC);
        if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
                die("virtio_blk");
        if (mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=755") < 0)
                die("/dev");
        /* The driver has looked for disks when it is loaded. */
        if (mount("/dev/vda", "/root", "ext4", 0, "noauto_da_alloc") < 0)
                die("/dev/vda");
        if (mount("/dev", "/root/dev", NULL, MS_MOVE, NULL) < 0)
                die("/root/dev");
        if (chdir("/root") < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 ||
            chdir("/") < 0)
                die("/root");
        /* systemd reads its options from /proc/cmdline, so that none are passed here. */
        execv("/sbin/init", argv);
        die("/sbin/init");
}
