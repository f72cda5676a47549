/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "game/elf-needs.h"

#include <ctype.h>
#include <elf.h>
#include <string.h>

#include "base/arena.h"
#include "base/array.h"

/* The real file that comes nearest to these is libstdc++.so.6, with about 100 versions. */
enum { SEGMENTS_MAX = 256, DYNAMIC_MAX = 4096, VERSIONS_MAX = 4096, STRING_MAX = 255 };

/* A file that is read; all numbers are those of a 64-bit file. */
typedef struct Elf {
        const ByteSource *source;
        ElfNeeds *needs;
        bool is_64;
        Elf64_Phdr segments[SEGMENTS_MAX];
        size_t n_segments;
        Elf64_Dyn *dynamic;
        size_t n_dynamic;
        uint64_t strings, strings_size; /* offset in the file */
        uint64_t verneed, n_verneed;    /* address */
        uint64_t verdef, n_verdef;      /* address */
} Elf;

static int read_header(Elf *elf, Elf64_Ehdr *ret) {
        union {
                Elf32_Ehdr small;
                Elf64_Ehdr large;
        } header = {};
        ssize_t n = byte_source_read_some(elf->source, 0, &header, sizeof(header));

        if (n < 0)
                return (int) n;
        if ((size_t) n < sizeof(Elf32_Ehdr) || memcmp(header.small.e_ident, ELFMAG, SELFMAG) != 0)
                return -ENOEXEC;
        if (header.small.e_ident[EI_CLASS] == ELFCLASS64) {
                *ret = header.large;
                return (size_t) n < sizeof(Elf64_Ehdr) ? -ENOEXEC : 1;
        }
        *ret = (Elf64_Ehdr) {
                .e_type = header.small.e_type,
                .e_machine = header.small.e_machine,
                .e_phoff = header.small.e_phoff,
                .e_phentsize = header.small.e_phentsize,
                .e_phnum = header.small.e_phnum,
        };
        memcpy(ret->e_ident, header.small.e_ident, sizeof(ret->e_ident));
        return header.small.e_ident[EI_CLASS] == ELFCLASS32 ? 0 : -ENOEXEC;
}

static int read_segment(const Elf *elf, uint64_t offset, Elf64_Phdr *ret) {
        Elf32_Phdr small;
        int r;

        if (elf->is_64)
                return byte_source_read(elf->source, offset, ret, sizeof(*ret));
        r = byte_source_read(elf->source, offset, &small, sizeof(small));
        if (r >= 0)
                *ret = (Elf64_Phdr) {
                        .p_type = small.p_type,
                        .p_offset = small.p_offset,
                        .p_vaddr = small.p_vaddr,
                        .p_filesz = small.p_filesz,
                };
        return r;
}

/* The loader maps each of them; one that is not all there belongs to a file that was cut off. */
static bool is_in_file(const Elf *elf, const Elf64_Phdr *segment) {
        return segment->p_filesz <= elf->source->size &&
               segment->p_offset <= elf->source->size - segment->p_filesz;
}

static int read_segments(Elf *elf, const Elf64_Ehdr *header) {
        size_t size = elf->is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);

        if (header->e_phnum == 0 || header->e_phnum > SEGMENTS_MAX || header->e_phentsize != size ||
            header->e_phoff > elf->source->size)
                return -EBADMSG;
        for (size_t i = 0; i < header->e_phnum; i++) {
                Elf64_Phdr *segment = &elf->segments[elf->n_segments++];
                int r = read_segment(elf, header->e_phoff + i * size, segment);

                if (r < 0)
                        return r;
                if (segment->p_type == PT_LOAD && !is_in_file(elf, segment))
                        return -EBADMSG;
        }
        return 0;
}

/* Where in the file the bytes of an address are. */
static int find_address(const Elf *elf, uint64_t address, uint64_t *ret_offset) {
        for (size_t i = 0; i < elf->n_segments; i++) {
                const Elf64_Phdr *segment = &elf->segments[i];

                if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
                    address - segment->p_vaddr < segment->p_filesz) {
                        *ret_offset = segment->p_offset + (address - segment->p_vaddr);
                        return 0;
                }
        }
        return -EBADMSG;
}

static int read_address(const Elf *elf, uint64_t address, void *buffer, size_t size) {
        uint64_t offset;
        int r = find_address(elf, address, &offset);

        return r < 0 ? r : byte_source_read(elf->source, offset, buffer, size);
}

/* A string of the table, which lives as long as the result. */
static int read_string(const Elf *elf, uint64_t offset, const char **ret) {
        char text[STRING_MAX + 1];
        ssize_t n;
        char *end;

        if (offset >= elf->strings_size)
                return -EBADMSG;
        n = byte_source_read_some(elf->source, elf->strings + offset, text, sizeof(text));
        if (n < 0)
                return (int) n;
        end = memchr(text, '\0', (size_t) n);
        if (!end)
                return -EBADMSG;

        *ret = arena_copy(elf->needs->arena, text, (size_t) (end - text));
        return *ret ? 0 : -ENOMEM;
}

/* --- the dynamic segment ---------------------------------------------------------------------- */

static int convert_dynamic(Elf *elf, const Elf64_Phdr *segment) {
        size_t size = elf->is_64 ? sizeof(Elf64_Dyn) : sizeof(Elf32_Dyn);
        uint64_t n = segment->p_filesz / size;

        if (n > DYNAMIC_MAX)
                return -EBADMSG;
        elf->dynamic = calloc(n + 1, sizeof(Elf64_Dyn));
        if (!elf->dynamic)
                return -ENOMEM;
        for (; elf->n_dynamic < n; elf->n_dynamic++) {
                uint64_t address = segment->p_vaddr + elf->n_dynamic * size;
                Elf64_Dyn *entry = &elf->dynamic[elf->n_dynamic];
                Elf32_Dyn small = {};
                int r;

                if (elf->is_64)
                        r = read_address(elf, address, entry, sizeof(*entry));
                else {
                        r = read_address(elf, address, &small, sizeof(small));
                        *entry = (Elf64_Dyn) { small.d_tag, { small.d_un.d_val } };
                }
                if (r < 0)
                        return r;
                if (entry->d_tag == DT_NULL)
                        return 0;
        }
        return 0;
}

/* 1 when there is a dynamic segment, else 0. */
static int read_dynamic(Elf *elf) {
        for (size_t i = 0; i < elf->n_segments; i++)
                if (elf->segments[i].p_type == PT_DYNAMIC) {
                        int r = convert_dynamic(elf, &elf->segments[i]);

                        return r < 0 ? r : 1;
                }
        return 0;
}

static int read_tables(Elf *elf) {
        uint64_t strings = 0;

        for (size_t i = 0; i < elf->n_dynamic; i++) {
                uint64_t value = elf->dynamic[i].d_un.d_val;

                switch (elf->dynamic[i].d_tag) {
                case DT_STRTAB:
                        strings = value;
                        break;
                case DT_STRSZ:
                        elf->strings_size = value;
                        break;
                case DT_VERNEED:
                        elf->verneed = value;
                        break;
                case DT_VERNEEDNUM:
                        elf->n_verneed = value;
                        break;
                case DT_VERDEF:
                        elf->verdef = value;
                        break;
                case DT_VERDEFNUM:
                        elf->n_verdef = value;
                        break;
                case DT_RPATH:
                case DT_RUNPATH:
                        elf->needs->has_run_path = true;
                        break;
                default:
                        break;
                }
        }
        return elf->strings_size > 0 ? find_address(elf, strings, &elf->strings) : 0;
}

static int add_string(const Elf *elf, uint64_t offset, const char ***list, size_t *n) {
        const char **grown = array_for_one_more(*list, *n, sizeof(**list));
        int r;

        if (!grown)
                return -ENOMEM;
        *list = grown;
        r = read_string(elf, offset, &grown[*n]);
        if (r >= 0)
                (*n)++;
        return r;
}

static int read_libraries(Elf *elf) {
        ElfNeeds *needs = elf->needs;
        int r = 0;

        for (size_t i = 0; i < elf->n_dynamic && r >= 0; i++)
                if (elf->dynamic[i].d_tag == DT_NEEDED)
                        r = add_string(
                                elf, elf->dynamic[i].d_un.d_val, &needs->libraries,
                                &needs->n_libraries);
        return r;
}

/* --- versions: these records are the same in 32-bit files ------------------------------------- */

static int add_version(const Elf *elf, const char *library, const Elf64_Vernaux *record) {
        ElfNeeds *needs = elf->needs;
        ElfVersion *grown;
        int r;

        if (needs->n_versions == VERSIONS_MAX)
                return -EBADMSG;
        grown = array_for_one_more(needs->versions, needs->n_versions, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        needs->versions = grown;
        grown += needs->n_versions;
        *grown = (ElfVersion) { .library = library, .is_weak = record->vna_flags & VER_FLG_WEAK };
        r = read_string(elf, record->vna_name, &grown->name);
        if (r >= 0)
                needs->n_versions++;
        return r;
}

/* The versions of one library. */
static int read_library_versions(const Elf *elf, uint64_t address, const Elf64_Verneed *record) {
        const char *library;
        int r;

        r = read_string(elf, record->vn_file, &library);
        address += record->vn_aux;
        for (unsigned i = 0; i < record->vn_cnt && r >= 0; i++) {
                Elf64_Vernaux aux = {};

                r = read_address(elf, address, &aux, sizeof(aux));
                if (r >= 0)
                        r = add_version(elf, library, &aux);
                if (aux.vna_next == 0)
                        break;
                address += aux.vna_next;
        }
        return r;
}

static int read_versions(const Elf *elf) {
        uint64_t address = elf->verneed;

        for (uint64_t i = 0; i < elf->n_verneed; i++) {
                Elf64_Verneed record;
                int r;

                if (i == VERSIONS_MAX)
                        return -EBADMSG;
                r = read_address(elf, address, &record, sizeof(record));
                if (r >= 0)
                        r = read_library_versions(elf, address, &record);
                if (r < 0)
                        return r;
                if (record.vn_next == 0)
                        break;
                address += record.vn_next;
        }
        return 0;
}

/* Its first name is the version's own, others are those that it follows. */
static int read_definition(const Elf *elf, uint64_t address, const Elf64_Verdef *record) {
        ElfNeeds *needs = elf->needs;
        Elf64_Verdaux aux;
        int r;

        /* This one names the library. */
        if (record->vd_flags & VER_FLG_BASE)
                return 0;
        r = read_address(elf, address + record->vd_aux, &aux, sizeof(aux));
        return r < 0 ? r : add_string(elf, aux.vda_name, &needs->defined, &needs->n_defined);
}

static int read_definitions(const Elf *elf) {
        uint64_t address = elf->verdef;

        for (uint64_t i = 0; i < elf->n_verdef; i++) {
                Elf64_Verdef record;
                int r;

                if (i == VERSIONS_MAX)
                        return -EBADMSG;
                r = read_address(elf, address, &record, sizeof(record));
                if (r >= 0)
                        r = read_definition(elf, address, &record);
                if (r < 0)
                        return r;
                if (record.vd_next == 0)
                        break;
                address += record.vd_next;
        }
        return 0;
}

/* --- the whole -------------------------------------------------------------------------------- */

static int read_needs(Elf *elf) {
        int r;

        r = read_dynamic(elf);
        /* A program without one is linked statically; a library always has one. */
        if (r <= 0)
                return r == 0 && elf->needs->type == ET_DYN ? -EBADMSG : r;
        r = read_tables(elf);
        if (r >= 0)
                r = read_libraries(elf);
        if (r >= 0)
                r = read_versions(elf);
        if (r >= 0)
                r = read_definitions(elf);
        return r;
}

static int read_file(Elf *elf) {
        ElfNeeds *needs = elf->needs;
        Elf64_Ehdr header = {};
        int r;

        r = read_header(elf, &header);
        if (r < 0)
                return r;
        elf->is_64 = r > 0;
        needs->elf_class = header.e_ident[EI_CLASS];
        needs->is_foreign = header.e_ident[EI_DATA] != ELFDATA2LSB;
        needs->machine = needs->is_foreign ? __builtin_bswap16(header.e_machine) : header.e_machine;
        needs->type = needs->is_foreign ? __builtin_bswap16(header.e_type) : header.e_type;
        if (needs->type != ET_EXEC && needs->type != ET_DYN)
                return -ENOEXEC;
        if (needs->is_foreign)
                return 0;

        r = read_segments(elf, &header);
        return r < 0 ? r : read_needs(elf);
}

int elf_needs_read(const ByteSource *source, ElfNeeds **ret) {
        _cleanup_(elf_needs_freep) ElfNeeds *needs = calloc(1, sizeof(ElfNeeds));
        _cleanup_free_ Elf *elf = calloc(1, sizeof(Elf));
        int r;

        if (!needs || !elf)
                return -ENOMEM;
        r = arena_new(&needs->arena);
        if (r < 0)
                return r;
        elf->source = source;
        elf->needs = needs;
        r = read_file(elf);
        free(elf->dynamic);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(needs);
        return 0;
}

ElfNeeds *elf_needs_free(ElfNeeds *needs) {
        if (!needs)
                return NULL;
        free(needs->libraries);
        free(needs->versions);
        free(needs->defined);
        arena_free(needs->arena);
        free(needs);
        return NULL;
}

/* --- what was found --------------------------------------------------------------------------- */

/* Whether it is the prefix and a number: GLIBC_PRIVATE is not. */
static bool is_numbered(const char *version, const char *prefix) {
        size_t n = strlen(prefix);

        return strncmp(version, prefix, n) == 0 && isdigit((unsigned char) version[n]);
}

static const char *higher(const char *version, const char *prefix, const char *highest) {
        if (!is_numbered(version, prefix) || (highest && strverscmp(version, highest) <= 0))
                return highest;
        return version;
}

const char *elf_defines_highest(const ElfNeeds *needs, const char *prefix) {
        const char *highest = NULL;

        for (size_t i = 0; i < needs->n_defined; i++)
                highest = higher(needs->defined[i], prefix, highest);
        return highest;
}

bool elf_defines(const ElfNeeds *needs, const char *version) {
        for (size_t i = 0; i < needs->n_defined; i++)
                if (strcmp(needs->defined[i], version) == 0)
                        return true;
        return false;
}
