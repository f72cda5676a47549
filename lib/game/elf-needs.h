/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The libraries and the versions of their symbols that a program or shared object of Linux asks
 * for, and the versions that it defines: all that decides whether the loader accepts it. Read from
 * the program headers and the dynamic segment, as the loader does; sections are not needed. The
 * file may be hostile.
 */

#include <stdbool.h>

#include "game/byte-source.h"

/* A version that the file asks for, for example GLIBC_2.38 of libc.so.6. */
typedef struct ElfVersion {
        const char *library;
        const char *name;
        bool is_weak; /* the loader goes on without it */
} ElfVersion;

typedef struct ElfNeeds {
        uint8_t elf_class; /* ELFCLASS32 …, see <elf.h> */
        uint16_t machine;  /* EM_386 … */
        uint16_t type;     /* ET_EXEC or ET_DYN */
        bool is_foreign;   /* big-endian: nothing but the above was read */
        bool has_run_path; /* it names directories for its libraries, mostly its own */

        const char **libraries;
        size_t n_libraries;
        ElfVersion *versions;
        size_t n_versions;
        const char **defined;
        size_t n_defined;

        struct Arena *arena; /* the strings */
} ElfNeeds;

/* -ENOEXEC: not a program or shared object; -EBADMSG: damaged, for example cut off; -ENOMEM; or an
 * error of reading. */
int elf_needs_read(const ByteSource *source, ElfNeeds **ret) _must_check_;

/* The highest version of a kind that it defines: prefix is "GLIBC_" or "GLIBCXX_". NULL: none. */
const char *elf_defines_highest(const ElfNeeds *needs, const char *prefix);

bool elf_defines(const ElfNeeds *needs, const char *version);

ElfNeeds *elf_needs_free(ElfNeeds *needs);
DEFINE_CLEANUP(ElfNeeds *, elf_needs_free)
