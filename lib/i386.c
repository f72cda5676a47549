/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "i386.h"

#include <elf.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "elf-file.h"

static int spawn_loader(pid_t *ret) {
        const char *const argv[] = { I386_LOADER, "--version", NULL };
        posix_spawn_file_actions_t actions;
        int r;

        r = posix_spawn_file_actions_init(&actions);
        for (int fd = STDIN_FILENO; r == 0 && fd <= STDERR_FILENO; fd++)
                r = posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
        if (r == 0)
                /* It changes nothing; its type predates const. */
                r = posix_spawn(
                        ret, I386_LOADER, &actions, NULL, (char *const *) (uintptr_t) argv,
                        environ);
        posix_spawn_file_actions_destroy(&actions);
        return -r;
}

int i386_check(void) {
        int r, status = 0;
        pid_t pid = 0;

        r = spawn_loader(&pid);
        if (r < 0)
                return r;
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

int i386_is_program(int fd) {
        return elf_file_is(fd, ELFCLASS32, EM_386, NULL);
}
