/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Makes small shared objects for i386 and x86-64, with everything that the loader looks at. */

#include <criterion/criterion.h>
#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Lists end with NULL. wanted: "LIBRARY VERSION", those of one library one after the other. */
typedef struct ElfPlan {
        bool is_64;
        uint16_t machine; /* 0: EM_386 or EM_X86_64 */
        uint16_t type;    /* 0: ET_DYN */
        const char *const *libraries, *const *wanted, *const *defined;
} ElfPlan;

enum { ELF_IMAGE_MAX = 8192, ELF_STRINGS_MAX = 2048 };

typedef struct ElfImage {
        uint8_t data[ELF_IMAGE_MAX];
        size_t size;
        char strings[ELF_STRINGS_MAX];
        size_t n_strings;
        Elf64_Dyn dynamic[64];
        size_t n_dynamic;
} ElfImage;

static size_t elf_append(ElfImage *image, const void *data, size_t size) {
        size_t offset = image->size;

        cr_assert_leq(offset + size, sizeof(image->data));
        memcpy(image->data + offset, data, size);
        image->size += size;
        return offset;
}

static uint32_t elf_string(ElfImage *image, const char *text, size_t size) {
        size_t offset = image->n_strings;

        cr_assert_lt(offset + size + 1, sizeof(image->strings));
        memcpy(image->strings + offset, text, size);
        image->n_strings += size + 1;
        return (uint32_t) offset;
}

static void elf_dynamic(ElfImage *image, int64_t tag, uint64_t value) {
        image->dynamic[image->n_dynamic++] = (Elf64_Dyn) { tag, { value } };
}

/* The size of the first word of "LIBRARY VERSION". */
static size_t elf_library(const char *wanted) {
        return strcspn(wanted, " ");
}

static void elf_wanted(ElfImage *image, const char *const *wanted) {
        size_t start = image->size, n_libraries = 0;

        for (size_t i = 0, n; wanted && wanted[i]; i += n) {
                size_t size = elf_library(wanted[i]);
                Elf64_Verneed need = { .vn_version = 1, .vn_aux = sizeof(need) };

                for (n = 0; wanted[i + n] && elf_library(wanted[i + n]) == size &&
                            memcmp(wanted[i + n], wanted[i], size) == 0;)
                        n++;
                need.vn_cnt = (uint16_t) n;
                need.vn_file = elf_string(image, wanted[i], size);
                need.vn_next = wanted[i + n] ? sizeof(need) + n * sizeof(Elf64_Vernaux) : 0;
                elf_append(image, &need, sizeof(need));
                for (size_t j = 0; j < n; j++) {
                        const char *version = wanted[i + j] + size + 1;
                        Elf64_Vernaux aux = {
                                .vna_flags = version[0] == '?' ? VER_FLG_WEAK : 0,
                                .vna_next = j + 1 < n ? sizeof(aux) : 0,
                        };

                        version += version[0] == '?';
                        aux.vna_name = elf_string(image, version, strlen(version));
                        elf_append(image, &aux, sizeof(aux));
                }
                n_libraries++;
        }
        if (n_libraries > 0) {
                elf_dynamic(image, DT_VERNEED, start);
                elf_dynamic(image, DT_VERNEEDNUM, n_libraries);
        }
}

/* The first definition names the library itself, as linkers make it. */
static void elf_defined(ElfImage *image, const char *const *defined) {
        size_t start = image->size, n = 0;

        while (defined && defined[n])
                n++;
        if (n == 0)
                return;
        for (size_t i = 0; i <= n; i++) {
                const char *name = i == 0 ? "this.so" : defined[i - 1];
                Elf64_Verdef definition = {
                        .vd_version = 1,
                        .vd_flags = i == 0 ? VER_FLG_BASE : 0,
                        .vd_cnt = 1,
                        .vd_aux = sizeof(definition),
                        .vd_next = i < n ? sizeof(definition) + sizeof(Elf64_Verdaux) : 0,
                };
                Elf64_Verdaux aux = { .vda_name = elf_string(image, name, strlen(name)) };

                elf_append(image, &definition, sizeof(definition));
                elf_append(image, &aux, sizeof(aux));
        }
        elf_dynamic(image, DT_VERDEF, start);
        elf_dynamic(image, DT_VERDEFNUM, n + 1);
}

static size_t elf_append_dynamic(ElfImage *image, bool is_64) {
        size_t offset = image->size;

        elf_dynamic(image, DT_NULL, 0);
        for (size_t i = 0; i < image->n_dynamic; i++) {
                Elf32_Dyn small = { (int32_t) image->dynamic[i].d_tag,
                                    { (uint32_t) image->dynamic[i].d_un.d_val } };

                if (is_64)
                        elf_append(image, &image->dynamic[i], sizeof(image->dynamic[i]));
                else
                        elf_append(image, &small, sizeof(small));
        }
        return offset;
}

static void elf_headers(ElfImage *image, const ElfPlan *plan, size_t dynamic, size_t n_dynamic) {
        uint16_t machine = plan->machine > 0 ? plan->machine
                           : plan->is_64     ? EM_X86_64
                                             : EM_386,
                 type = plan->type > 0 ? plan->type : ET_DYN;

        if (plan->is_64) {
                Elf64_Ehdr header = { .e_type = type,
                                      .e_machine = machine,
                                      .e_phoff = sizeof(header),
                                      .e_phentsize = sizeof(Elf64_Phdr),
                                      .e_phnum = 2 };
                Elf64_Phdr segments[] = {
                        { .p_type = PT_LOAD, .p_filesz = image->size },
                        { .p_type = PT_DYNAMIC,
                          .p_offset = dynamic,
                          .p_vaddr = dynamic,
                          .p_filesz = n_dynamic * sizeof(Elf64_Dyn) },
                };

                memcpy(image->data, &header, sizeof(header));
                memcpy(image->data + sizeof(header), segments, sizeof(segments));
        } else {
                Elf32_Ehdr header = { .e_type = type,
                                      .e_machine = machine,
                                      .e_phoff = sizeof(header),
                                      .e_phentsize = sizeof(Elf32_Phdr),
                                      .e_phnum = 2 };
                Elf32_Phdr segments[] = {
                        { .p_type = PT_LOAD, .p_filesz = (uint32_t) image->size },
                        { .p_type = PT_DYNAMIC,
                          .p_offset = (uint32_t) dynamic,
                          .p_vaddr = (uint32_t) dynamic,
                          .p_filesz = (uint32_t) (n_dynamic * sizeof(Elf32_Dyn)) },
                };

                memcpy(image->data, &header, sizeof(header));
                memcpy(image->data + sizeof(header), segments, sizeof(segments));
        }
        memcpy(image->data, ELFMAG, SELFMAG);
        image->data[EI_CLASS] = plan->is_64 ? ELFCLASS64 : ELFCLASS32;
        image->data[EI_DATA] = ELFDATA2LSB;
        image->data[EI_VERSION] = EV_CURRENT;
}

/* Room for the headers, then tables, strings, and the dynamic segment at the end. */
static void elf_image(const ElfPlan *plan, ElfImage *image) {
        size_t dynamic;

        *image = (ElfImage) { .n_strings = 1 };
        image->size = plan->is_64 ? sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr)
                                  : sizeof(Elf32_Ehdr) + 2 * sizeof(Elf32_Phdr);
        for (size_t i = 0; plan->libraries && plan->libraries[i]; i++)
                elf_dynamic(
                        image, DT_NEEDED,
                        elf_string(image, plan->libraries[i], strlen(plan->libraries[i])));
        elf_wanted(image, plan->wanted);
        elf_defined(image, plan->defined);
        elf_dynamic(image, DT_STRTAB, image->size);
        elf_dynamic(image, DT_STRSZ, image->n_strings);
        elf_append(image, image->strings, image->n_strings);
        dynamic = elf_append_dynamic(image, plan->is_64);
        elf_headers(image, plan, dynamic, image->n_dynamic);
}
