/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "archive/rar.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

static const char is_volume[] =
        N_("it is one of several volumes; pack the files again as one archive without volumes");
static const char is_encrypted[] = N_("it is encrypted; pack the files again without a password");

/* Bytes that are read from their beginning; is_short: there were too few. */
typedef struct Bytes {
        const uint8_t *data;
        uint64_t size;
        bool is_short;
} Bytes;

static Bytes take(Bytes *bytes, uint64_t n) {
        Bytes taken = { .data = bytes->data, .size = n };

        if (n > bytes->size) {
                bytes->is_short = true;
                taken.size = n = bytes->size;
        }
        bytes->data += n;
        bytes->size -= n;
        return taken;
}

/* A number of rar 5: seven bits a byte, the lowest first. */
static uint64_t take_number(Bytes *bytes) {
        uint64_t number = 0;

        for (unsigned shift = 0; shift < 63; shift += 7) {
                Bytes byte = take(bytes, 1);

                if (byte.size == 0)
                        return 0;
                number |= (uint64_t) (byte.data[0] & 0x7f) << shift;
                if (byte.data[0] < 0x80)
                        return number;
        }
        bytes->is_short = true;
        return 0;
}

/* --- rar 5 --------------------------------------------------------------------------------------
 */

enum { RAR5_MAIN = 1, RAR5_FILE = 2, RAR5_ENCRYPTION = 4, RAR5_END = 5 };
enum { RAR5_HAS_EXTRA = 1, RAR5_HAS_DATA = 2 };    /* flags of every header */
enum { RAR5_IS_VOLUME = 1, RAR5_EXTRA_CRYPT = 1 }; /* a flag of the main one; a record of a file */

/* The records at the end of a file's header: size, type and more. */
static bool has_encryption(Bytes extra) {
        while (extra.size > 0) {
                Bytes record = take(&extra, take_number(&extra));

                if (extra.is_short)
                        return false;
                if (take_number(&record) == RAR5_EXTRA_CRYPT && !record.is_short)
                        return true;
        }
        return false;
}

static const char *find_rar5_problem(Bytes bytes) {
        for (;;) {
                uint64_t type, flags, n_extra, n_data;
                Bytes header;

                (void) take(&bytes, 4); /* a checksum, which libarchive looks at */
                header = take(&bytes, take_number(&bytes));
                type = take_number(&header);
                flags = take_number(&header);
                n_extra = flags & RAR5_HAS_EXTRA ? take_number(&header) : 0;
                n_data = flags & RAR5_HAS_DATA ? take_number(&header) : 0;
                if (bytes.is_short || header.is_short || n_extra > header.size || type == RAR5_END)
                        return NULL;
                if (type == RAR5_ENCRYPTION)
                        return is_encrypted;
                if (type == RAR5_MAIN && take_number(&header) & RAR5_IS_VOLUME)
                        return is_volume;
                if (type == RAR5_FILE) {
                        (void) take(&header, header.size - n_extra);
                        return has_encryption(header) ? is_encrypted : NULL;
                }
                (void) take(&bytes, n_data);
        }
}

/* --- rar 4 --------------------------------------------------------------------------------------
 */

enum { RAR4_MAIN = 0x73, RAR4_IS_VOLUME = 1 };

/* The main header comes first: a checksum of two bytes, the type and the flags. */
static const char *find_rar4_problem(Bytes bytes) {
        return bytes.size >= 5 && bytes.data[2] == RAR4_MAIN && bytes.data[3] & RAR4_IS_VOLUME
                       ? is_volume
                       : NULL;
}

const char *rar_find_problem(const uint8_t *data, size_t size) {
        static const struct {
                const char *signature;
                size_t size;
                const char *(*find)(Bytes bytes);
        } formats[] = {
                { "Rar!\x1a\x07\x01\x00", 8, find_rar5_problem },
                { "Rar!\x1a\x07\x00", 7, find_rar4_problem },
        };

        for (size_t i = 0; i < ELEMENTSOF(formats); i++) {
                size_t n = formats[i].size;

                if (size >= n && memcmp(data, formats[i].signature, n) == 0)
                        return formats[i].find((Bytes) { .data = data + n, .size = size - n });
        }
        return NULL;
}
