/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kind of program for which an ELF file is made, from its header. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

/*
 * Whether the bytes at the start of a file are an ELF header of this class (ELFCLASS32 …) and
 * machine (EM_386 …), see <elf.h>. ret_type is ET_EXEC, ET_DYN …; NULL when it does not matter.
 */
bool elf_header_is(
        const void *data, size_t size, uint8_t elf_class, uint16_t machine, uint16_t *ret_type);

/* The same for an open file. Returns 1, 0 or -errno. */
int elf_file_is(int fd, uint8_t elf_class, uint16_t machine, uint16_t *ret_type) _must_check_;
