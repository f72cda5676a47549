/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The directory of a VPK archive, version 1 or 2, and single small files of it. Add-ons are such
 * archives, made by strangers: every number in them is checked, and a damaged one gives an error.
 */

#include <stdbool.h>

#include "game/byte-source.h"

enum {
        VPK_TREE_MAX =
                64 * 1024 * 1024, /* bytes of the directory; real ones have some hundred KiB */
        VPK_ENTRIES_MAX = 262144,
        VPK_PATH_MAX = 512, /* bytes of an entry's path, with the NUL */
};

/* A file in it. The three parts of its path are any bytes but NUL; a part can be "". */
typedef struct VpkEntry {
        const char *directory, *name, *extension;
        uint32_t crc;    /* CRC-32 of the content */
        uint64_t size;   /* bytes of the content */
        bool is_inside;  /* the content is in this file, else it can't be read: it is in another
                            file of the same add-on, or the file was cut off */
        uint64_t offset; /* in the file, of the content less its first n_preload bytes */
        uint16_t n_preload;
        const uint8_t *preload;
} VpkEntry;

typedef struct Vpk {
        unsigned version;
        VpkEntry *entries;
        size_t n_entries;
        bool is_cut_off; /* content that should be in this file is missing */

        const ByteSource *source;
        uint8_t *tree;
} Vpk;

/*
 * Reads the directory. The source must stay while the archive is used. -ENOEXEC: not a VPK, or of
 * an unknown version; -EBADMSG: damaged; -E2BIG: more than the limits above; -ENOMEM.
 */
int vpk_read(const ByteSource *source, Vpk **ret) _must_check_;

Vpk *vpk_free(Vpk *vpk);
DEFINE_CLEANUP(Vpk *, vpk_free)

/* The entry's path, "missions/x.txt", as the archive has it. Never fails: vpk_read() refuses longer
 * ones. */
void vpk_entry_path(const VpkEntry *entry, char buffer[static VPK_PATH_MAX]);

/* The first entry with this path, in capitals or small letters; NULL: none. */
const VpkEntry *vpk_find(const Vpk *vpk, const char *path);

/* The content of an entry, NUL-terminated (not counted in the size) and from malloc. -EFBIG: more
 * than size_max bytes; -ENOENT: not in this file. */
int vpk_read_entry(
        const Vpk *vpk, const VpkEntry *entry, size_t size_max, char **ret, size_t *ret_size)
        _must_check_;
