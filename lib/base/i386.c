/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/i386.h"

#include <elf.h>

#include "base/child.h"
#include "base/elf-file.h"

int i386_check(void) {
        static const char *const argv[] = { I386_LOADER, "--version", NULL };
        static const int fds[] = { CHILD_NULL, CHILD_NULL, CHILD_NULL };
        pid_t pid = 0;
        int r;

        r = child_spawn(argv, NULL, fds, &pid);
        if (r < 0)
                return r;
        r = child_wait(pid);
        return r > 0 ? -EIO : r;
}

int i386_is_program(int fd) {
        return elf_file_is(fd, ELFCLASS32, EM_386, NULL);
}
