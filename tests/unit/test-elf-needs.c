/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "elf-image.h"

#include <fcntl.h>
#include <gnu/libc-version.h>

#include "game/elf-needs.h"

static const char *const libraries[] = { "libc.so.6", "libm.so.6", NULL };
static const char *const wanted[] = {
        "libc.so.6 GLIBC_2.4",           "libc.so.6 GLIBC_2.38",
        "libc.so.6 GLIBC_2.5",           "libc.so.6 GLIBC_ABI_DT_RELR",
        "libm.so.6 ?GLIBC_2.40",         "libstdc++.so.6 GLIBCXX_3.4.9",
        "libstdc++.so.6 GLIBCXX_3.4.30", NULL
};
static const char *const defined[] = { "THIS_1.2", "THIS_1.10", "THIS_PRIVATE", NULL };

static const ElfPlan plans[] = {
        { .libraries = libraries, .wanted = wanted, .defined = defined },
        { .is_64 = true, .libraries = libraries, .wanted = wanted, .defined = defined },
};

static int read_image(const void *data, size_t size, ElfNeeds **ret) {
        /* A copy of exactly this size, so that a read past its end is found. */
        uint8_t *copy = malloc(size);
        ByteSource source = byte_source_of_memory(copy, size);
        int r;

        memcpy(copy, data, size);
        r = elf_needs_read(&source, ret);
        free(copy);
        return r;
}

Test(elf_needs, both_classes_say_all_that_they_ask_for) {
        for (size_t i = 0; i < ELEMENTSOF(plans); i++) {
                _cleanup_(elf_needs_freep) ElfNeeds *needs = NULL;
                ElfImage image;

                elf_image(&plans[i], &image);
                cr_assert_eq(read_image(image.data, image.size, &needs), 0);
                cr_assert_eq(needs->elf_class, plans[i].is_64 ? ELFCLASS64 : ELFCLASS32);
                cr_assert_eq(needs->machine, plans[i].is_64 ? EM_X86_64 : EM_386);
                cr_assert_eq(needs->n_libraries, 2);
                cr_assert_str_eq(needs->libraries[1], "libm.so.6");
                cr_assert_eq(needs->n_versions, 7);
                cr_assert_str_eq(needs->versions[6].library, "libstdc++.so.6");
                cr_assert_str_eq(needs->versions[6].name, "GLIBCXX_3.4.30");
                cr_assert(needs->versions[4].is_weak);
                cr_assert_not(needs->versions[5].is_weak);
                cr_assert_eq(needs->n_defined, 3);
                cr_assert(elf_defines(needs, "THIS_PRIVATE"));
                cr_assert_not(elf_defines(needs, "this.so"));
        }
}

Test(elf_needs, the_highest_version_is_by_number) {
        _cleanup_(elf_needs_freep) ElfNeeds *needs = NULL;
        ElfImage image;

        elf_image(&plans[0], &image);
        cr_assert_eq(read_image(image.data, image.size, &needs), 0);
        cr_assert_str_eq(elf_defines_highest(needs, "THIS_"), "THIS_1.10");
        cr_assert_null(elf_defines_highest(needs, "CXXABI_"));
}

/* Every shorter file is refused: each byte of the image belongs to a segment. */
Test(elf_needs, a_file_that_was_cut_off_is_damaged) {
        for (size_t i = 0; i < ELEMENTSOF(plans); i++) {
                ElfImage image;

                elf_image(&plans[i], &image);
                for (size_t size = 1; size < image.size; size++) {
                        ElfNeeds *needs;
                        int r = read_image(image.data, size, &needs);

                        cr_assert(r == -EBADMSG || r == -ENOEXEC, "%zu: %d", size, r);
                        cr_assert(r == -EBADMSG || size < sizeof(Elf64_Ehdr), "%zu", size);
                }
        }
}

/* Each byte changed in turn: no crash, no endless work. */
Test(elf_needs, damaged_bytes_do_no_harm) {
        static const uint8_t masks[] = { 0x01, 0x80, 0xff };

        for (size_t i = 0; i < ELEMENTSOF(plans); i++) {
                ElfImage image;

                elf_image(&plans[i], &image);
                for (size_t at = 0; at < image.size * ELEMENTSOF(masks); at++) {
                        _cleanup_(elf_needs_freep) ElfNeeds *needs = NULL;
                        uint8_t *byte = &image.data[at / ELEMENTSOF(masks)], old = *byte;

                        *byte ^= masks[at % ELEMENTSOF(masks)];
                        (void) read_image(image.data, image.size, &needs);
                        *byte = old;
                }
        }
}

Test(elf_needs, other_files_are_refused) {
        static const char script[] =
                "#!/bin/sh\nexec true; # and some more, longer than a header …\n";
        ElfPlan object = plans[1];
        ElfImage image;
        ElfNeeds *needs;

        cr_assert_eq(read_image(script, sizeof(script), &needs), -ENOEXEC);
        cr_assert_eq(read_image(script, 0, &needs), -ENOEXEC);
        object.type = ET_REL;
        elf_image(&object, &image);
        cr_assert_eq(read_image(image.data, image.size, &needs), -ENOEXEC);
}

Test(elf_needs, other_machines_are_named) {
        ElfPlan plan = { .is_64 = true, .machine = EM_AARCH64 };
        _cleanup_(elf_needs_freep) ElfNeeds *arm = NULL, *big = NULL;
        ElfImage image;
        Elf64_Ehdr header;

        elf_image(&plan, &image);
        cr_assert_eq(read_image(image.data, image.size, &arm), 0);
        cr_assert_eq(arm->machine, EM_AARCH64);

        memcpy(&header, image.data, sizeof(header));
        header.e_ident[EI_DATA] = ELFDATA2MSB;
        header.e_machine = __builtin_bswap16(EM_PPC64);
        header.e_type = __builtin_bswap16(ET_DYN);
        cr_assert_eq(read_image(&header, sizeof(header), &big), 0);
        cr_assert(big->is_foreign);
        cr_assert_eq(big->machine, EM_PPC64);
}

/* The real one, in whose newest version this release of glibc added functions. */
Test(elf_needs, the_hosts_own_libc_defines_its_version) {
        _cleanup_close_ int fd = open("/lib/x86_64-linux-gnu/libc.so.6", O_RDONLY | O_CLOEXEC);
        _cleanup_(elf_needs_freep) ElfNeeds *needs = NULL;
        ByteSource source;
        char expected[64];

        if (fd < 0)
                cr_skip("this host is not x86-64");
        cr_assert_eq(byte_source_of_file(fd, &source), 0);
        cr_assert_eq(elf_needs_read(&source, &needs), 0);
        (void) snprintf(expected, sizeof(expected), "GLIBC_%s", gnu_get_libc_version());
        cr_assert_str_eq(elf_defines_highest(needs, "GLIBC_"), expected);
        cr_assert(elf_defines(needs, "GLIBC_PRIVATE"));
        cr_assert_str_eq(needs->libraries[0], "ld-linux-x86-64.so.2");
}
