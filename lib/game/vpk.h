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
        VPK_NO_PART = 0x7fff,
};

/* A file in it. The three parts of its path are any bytes but NUL; a part can be "". */
typedef struct VpkEntry {
        const char *directory, *name, *extension;
        uint32_t crc;    /* CRC-32 of the content */
        uint64_t size;   /* bytes of the content */
        bool is_inside;  /* the content is in this file; else it is in another part, which only
                            vpk_open_parts() looks for, or the file was cut off */
        uint16_t part;   /* the number of the file that has it, "NAME_003.vpk"; VPK_NO_PART: this */
        uint64_t offset; /* in that file, of the content less its first n_preload bytes */
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
        const char *parts; /* "pak01" of pak01_dir.vpk; NULL: other parts are not looked for */
        int parts_fd;      /* their directory */
} Vpk;

/*
 * Reads the directory. The source must stay while the archive is used. -ENOEXEC: not a VPK, or of
 * an unknown version; -EBADMSG: damaged; -E2BIG: more than the limits above; -ENOMEM.
 */
int vpk_read(const ByteSource *source, Vpk **ret) _must_check_;

Vpk *vpk_free(Vpk *vpk);
DEFINE_CLEANUP(Vpk *, vpk_free)

/* An archive and its open file. */
typedef struct VpkFile {
        int fd;
        ByteSource source;
        Vpk *vpk;
} VpkFile;

/* Opens dir_fd/name, without following links, and reads its directory; as vpk_read(), or why it
 * can't be opened. To be closed in any case. */
int vpk_open(int dir_fd, const char *name, VpkFile *ret) _must_check_;
void vpk_close(VpkFile *file);

/*
 * The same for an archive of the game, PARTS_dir.vpk, whose content is in PARTS_000.vpk and so on.
 * The directory and the text stay the caller's, and are used until the archive is closed.
 */
int vpk_open_parts(int dir_fd, const char *parts, VpkFile *ret) _must_check_;

/* The entry's path, "missions/x.txt", as the archive has it. Never fails: vpk_read() refuses longer
 * ones. */
void vpk_entry_path(const VpkEntry *entry, char buffer[static VPK_PATH_MAX]);

/* The first entry with this path, in capitals or small letters; NULL: none. */
const VpkEntry *vpk_find(const Vpk *vpk, const char *path);

/* The content of an entry, NUL-terminated (not counted in the size) and from malloc. -EFBIG: more
 * than size_max bytes; -ENOENT: not in this file, nor in a part that can be read. */
int vpk_read_entry(
        const Vpk *vpk, const VpkEntry *entry, size_t size_max, char **ret, size_t *ret_size)
        _must_check_;
