/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "layer/mount-holders.h"

static char directory[] = "/tmp/left4me-holders-XXXXXX";

static void set_up(void) {
        cr_assert_not_null(mkdtemp(directory));
        cr_assert_eq(chdir("/"), 0);
}

static void tear_down(void) {
        char file[64];

        (void) snprintf(file, sizeof(file), "%s/file", directory);
        (void) unlink(file);
        (void) rmdir(directory);
}

static int open_file(int flags) {
        char file[64];
        int fd;

        (void) snprintf(file, sizeof(file), "%s/file", directory);
        fd = open(file, flags | O_CREAT | O_CLOEXEC, 0600);
        cr_assert_geq(fd, 0);
        return fd;
}

/* A process that has done something in the directory, and says so before it waits for its end. */
static pid_t hold(void (*how)(void)) {
        int ready[2];
        char byte;
        pid_t pid;

        cr_assert_eq(pipe(ready), 0);
        pid = fork();
        cr_assert_geq(pid, 0);
        if (pid == 0) {
                (void) prctl(PR_SET_NAME, "a\033[2Jholder");
                how();
                (void) !write(ready[1], "x", 1);
                for (;;)
                        (void) pause();
        }
        cr_assert_eq(read(ready[0], &byte, 1), 1);
        (void) close(ready[0]);
        (void) close(ready[1]);
        return pid;
}

static MountHolder find(void) {
        char *const points[] = { (char *) "/nonexistent", directory, NULL };
        MountHolder holder;

        cr_assert_eq(mount_holders_find(points, &holder), 0);
        return holder;
}

static void end(pid_t pid) {
        (void) kill(pid, SIGKILL);
        (void) waitpid(pid, NULL, 0);
}

static void enter(void) {
        (void) !chdir(directory);
}

static void read_file(void) {
        (void) open_file(O_RDONLY);
}

static void write_file(void) {
        (void) open_file(O_RDWR);
}

static void map_file(void) {
        int fd = open_file(O_RDONLY);

        (void) !mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0);
        (void) close(fd);
}

TestSuite(mount_holders, .init = set_up, .fini = tear_down);

Test(mount_holders, nobody) {
        cr_assert_eq(find().hold, MOUNT_HOLD_NONE);
}

Test(mount_holders, each_way) {
        static const struct {
                void (*how)(void);
                MountHold hold;
        } ways[] = {
                { enter, MOUNT_HOLD_READER },
                { read_file, MOUNT_HOLD_READER },
                { map_file, MOUNT_HOLD_READER },
                { write_file, MOUNT_HOLD_WRITER },
        };

        for (size_t i = 0; i < ELEMENTSOF(ways); i++) {
                pid_t pid = hold(ways[i].how);
                MountHolder holder = find();

                cr_expect_eq(holder.hold, ways[i].hold, "way %zu", i);
                cr_expect_eq(holder.pid, pid, "way %zu", i);
                /* It chose its name itself. */
                cr_expect_str_eq(holder.command, "a\\x1b[2Jholder");
                end(pid);
        }
}

Test(mount_holders, the_one_that_holds_it_hardest) {
        pid_t reader = hold(enter), writer = hold(write_file), other = hold(read_file);

        cr_expect_eq(find().pid, writer);
        end(writer);
        cr_expect_eq(find().hold, MOUNT_HOLD_READER);
        end(reader);
        end(other);
}

/* A directory whose name merely begins like ours is another one. */
Test(mount_holders, whole_components) {
        char *const points[] = { (char *) "/tm", NULL };
        pid_t pid = hold(enter);
        MountHolder holder;

        cr_assert_eq(mount_holders_find(points, &holder), 0);
        cr_expect_eq(holder.hold, MOUNT_HOLD_NONE);
        end(pid);
}
