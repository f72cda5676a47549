/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/elf-file.h"

#include <elf.h>
#include <string.h>
#include <unistd.h>

bool elf_header_is(
        const void *data, size_t size, uint8_t elf_class, uint16_t machine, uint16_t *ret_type) {
        Elf32_Ehdr header; /* up to e_machine as Elf64_Ehdr */

        if (size < sizeof(header))
                return false;
        memcpy(&header, data, sizeof(header));
        if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != elf_class ||
            header.e_machine != machine)
                return false;
        if (ret_type)
                *ret_type = header.e_type;
        return true;
}

int elf_file_is(int fd, uint8_t elf_class, uint16_t machine, uint16_t *ret_type) {
        uint8_t data[sizeof(Elf32_Ehdr)];
        ssize_t n;

        n = pread(fd, data, sizeof(data), 0);
        if (n < 0)
                return -errno;
        return elf_header_is(data, (size_t) n, elf_class, machine, ret_type);
}
