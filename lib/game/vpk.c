/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "game/vpk.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "base/utf8.h"

enum {
        VPK_MAGIC = 0x55aa1234,
        HEADER_SIZE_1 = 12,
        HEADER_SIZE_2 = 28,
        RECORD_SIZE = 18,
        RECORD_END = 0xffff,
};

/* A directory that is read. */
typedef struct Tree {
        const uint8_t *at, *end;
        uint64_t data; /* offset in the file of the content */
        Vpk *vpk;
} Tree;

static uint16_t number_16(const uint8_t *p) {
        return (uint16_t) (p[0] | p[1] << 8);
}

static uint32_t number_32(const uint8_t *p) {
        return number_16(p) | (uint32_t) number_16(p + 2) << 16;
}

/* --- the directory ---------------------------------------------------------------------------- */

static int read_text(Tree *tree, const char **ret) {
        const uint8_t *end = memchr(tree->at, '\0', (size_t) (tree->end - tree->at));

        if (!end)
                return -EBADMSG;
        *ret = (const char *) tree->at;
        tree->at = end + 1;
        return 0;
}

/* The next text of a list. 0 at the end of the list, which is an empty text. A single blank stands
 * for "". */
static int next_text(Tree *tree, const char **ret) {
        int r = read_text(tree, ret);

        if (r < 0 || (*ret)[0] == '\0')
                return r;
        if (strcmp(*ret, " ") == 0)
                (*ret)++;
        return 1;
}

static void place_content(Tree *tree, const uint8_t *record, VpkEntry *entry) {
        uint64_t length = number_32(record + 12), size = tree->vpk->source->size;

        entry->crc = number_32(record);
        entry->size = length + entry->n_preload;
        entry->part = number_16(record + 6);
        entry->offset = number_32(record + 8);
        if (entry->part == VPK_NO_PART) {
                entry->offset += tree->data; /* after the directory */
                entry->is_inside = entry->offset <= size && length <= size - entry->offset;
                tree->vpk->is_cut_off |= !entry->is_inside;
        } else
                entry->is_inside = length == 0;
}

static int read_record(Tree *tree, VpkEntry *entry) {
        const uint8_t *record = tree->at;

        if (tree->end - tree->at < RECORD_SIZE || number_16(record + 16) != RECORD_END)
                return -EBADMSG;
        tree->at += RECORD_SIZE;
        entry->n_preload = number_16(record + 4);
        if (tree->end - tree->at < entry->n_preload)
                return -EBADMSG;
        entry->preload = tree->at;
        tree->at += entry->n_preload;
        place_content(tree, record, entry);
        return 0;
}

static int add_entry(Tree *tree, const VpkEntry *names) {
        Vpk *vpk = tree->vpk;
        VpkEntry *grown;
        int r;

        if (strlen(names->directory) + strlen(names->name) + strlen(names->extension) + 3 >
            VPK_PATH_MAX)
                return -EBADMSG;
        if (vpk->n_entries == VPK_ENTRIES_MAX)
                return -E2BIG;
        grown = array_for_one_more(vpk->entries, vpk->n_entries, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        vpk->entries = grown;
        grown[vpk->n_entries] = *names;
        r = read_record(tree, &grown[vpk->n_entries]);
        if (r >= 0)
                vpk->n_entries++;
        return r;
}

/* All names of one directory with one extension. */
static int read_names(Tree *tree, VpkEntry *names) {
        int r;

        while ((r = next_text(tree, &names->name)) > 0) {
                r = add_entry(tree, names);
                if (r < 0)
                        return r;
        }
        return r;
}

static int read_directories(Tree *tree, VpkEntry *names) {
        int r;

        while ((r = next_text(tree, &names->directory)) > 0) {
                r = read_names(tree, names);
                if (r < 0)
                        return r;
        }
        return r;
}

static int read_tree(Tree *tree) {
        VpkEntry names = {};
        int r;

        while ((r = next_text(tree, &names.extension)) > 0) {
                r = read_directories(tree, &names);
                if (r < 0)
                        return r;
        }
        return r;
}

/* --- the file --------------------------------------------------------------------------------- */

/* Returns the size of the header. */
static int read_header(const ByteSource *source, unsigned *ret_version, uint32_t *ret_tree_size) {
        uint8_t header[HEADER_SIZE_2] = {};
        ssize_t n = byte_source_read_some(source, 0, header, sizeof(header));

        if (n < 0)
                return (int) n;
        if (n < HEADER_SIZE_1 || number_32(header) != VPK_MAGIC)
                return -ENOEXEC;
        *ret_version = number_32(header + 4);
        *ret_tree_size = number_32(header + 8);
        if (*ret_version != 1 && *ret_version != 2)
                return -ENOEXEC;
        if (*ret_version == 2 && n < HEADER_SIZE_2)
                return -EBADMSG;
        return *ret_version == 1 ? HEADER_SIZE_1 : HEADER_SIZE_2;
}

int vpk_read(const ByteSource *source, Vpk **ret) {
        _cleanup_(vpk_freep) Vpk *vpk = calloc(1, sizeof(Vpk));
        uint32_t tree_size = 0;
        Tree tree;
        int header, r;

        if (!vpk)
                return -ENOMEM;
        vpk->source = source;
        header = read_header(source, &vpk->version, &tree_size);
        if (header < 0)
                return header;
        /* Before memory is asked for. */
        if (tree_size > source->size - (unsigned) header)
                return -EBADMSG;
        if (tree_size > VPK_TREE_MAX)
                return -E2BIG;
        vpk->tree = malloc(tree_size + 1);
        if (!vpk->tree)
                return -ENOMEM;
        r = byte_source_read(source, (unsigned) header, vpk->tree, tree_size);
        if (r < 0)
                return r;
        tree = (Tree) {
                .at = vpk->tree,
                .end = vpk->tree + tree_size,
                .data = (unsigned) header + (uint64_t) tree_size,
                .vpk = vpk,
        };
        r = read_tree(&tree);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(vpk);
        return 0;
}

Vpk *vpk_free(Vpk *vpk) {
        if (!vpk)
                return NULL;
        free(vpk->entries);
        free(vpk->tree);
        free(vpk);
        return NULL;
}

int vpk_open(int dir_fd, const char *name, VpkFile *ret) {
        int r;

        *ret = (VpkFile) { .fd = open_beneath(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY) };
        r = ret->fd < 0 ? ret->fd : byte_source_of_file(ret->fd, &ret->source);
        return r < 0 ? r : vpk_read(&ret->source, &ret->vpk);
}

int vpk_open_parts(int dir_fd, const char *parts, VpkFile *ret) {
        char name[NAME_MAX + 1];
        int r;

        *ret = (VpkFile) { .fd = -EBADF };
        if (snprintf(name, sizeof(name), "%s_dir.vpk", parts) >= (int) sizeof(name))
                return -ENAMETOOLONG;
        r = vpk_open(dir_fd, name, ret);
        if (r < 0)
                return r;
        ret->vpk->parts = parts;
        ret->vpk->parts_fd = dir_fd;
        return 0;
}

void vpk_close(VpkFile *file) {
        vpk_free(file->vpk);
        safe_close(file->fd);
        *file = (VpkFile) { .fd = -EBADF };
}

/* --- entries ---------------------------------------------------------------------------------- */

void vpk_entry_path(const VpkEntry *entry, char buffer[static VPK_PATH_MAX]) {
        (void) snprintf(
                buffer, VPK_PATH_MAX, "%s%s%s%s%s", entry->directory,
                entry->directory[0] ? "/" : "", entry->name, entry->extension[0] ? "." : "",
                entry->extension);
}

static size_t path_length(const VpkEntry *entry) {
        return strlen(entry->directory) + (entry->directory[0] != '\0') + strlen(entry->name) +
               (entry->extension[0] != '\0') + strlen(entry->extension);
}

const VpkEntry *vpk_find(const Vpk *vpk, const char *path) {
        size_t length = strlen(path);

        for (size_t i = 0; i < vpk->n_entries; i++) {
                char other[VPK_PATH_MAX];

                if (path_length(&vpk->entries[i]) != length)
                        continue;
                vpk_entry_path(&vpk->entries[i], other);
                if (ascii_strcasecmp(other, path) == 0)
                        return &vpk->entries[i];
        }
        return NULL;
}

/* Reads the content less the preloaded bytes. */
static int read_part(const Vpk *vpk, const VpkEntry *entry, char *buffer, size_t size) {
        _cleanup_close_ int fd = -EBADF;
        char name[NAME_MAX + 1];
        ByteSource source;

        if (snprintf(name, sizeof(name), "%s_%03u.vpk", vpk->parts, entry->part) >=
            (int) sizeof(name))
                return -ENOENT;
        fd = open_beneath(vpk->parts_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        if (fd < 0 || byte_source_of_file(fd, &source) < 0)
                return -ENOENT;
        return byte_source_read(&source, entry->offset, buffer, size);
}

int vpk_read_entry(
        const Vpk *vpk, const VpkEntry *entry, size_t size_max, char **ret, size_t *ret_size) {
        _cleanup_free_ char *text = NULL;
        int r;

        if (!entry->is_inside && (!vpk->parts || entry->part == VPK_NO_PART))
                return -ENOENT;
        if (entry->size > size_max)
                return -EFBIG;
        text = malloc(entry->size + 1);
        if (!text)
                return -ENOMEM;
        memcpy(text, entry->preload, entry->n_preload);
        if (entry->is_inside)
                r = byte_source_read(
                        vpk->source, entry->offset, text + entry->n_preload,
                        entry->size - entry->n_preload);
        else
                r = read_part(vpk, entry, text + entry->n_preload, entry->size - entry->n_preload);
        if (r < 0)
                return r;
        text[entry->size] = '\0';

        *ret = TAKE_PTR(text);
        *ret_size = entry->size;
        return 0;
}
