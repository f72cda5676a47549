/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The beginning of a rar archive. libarchive reads the first volume of an archive in several as if
 * it were all of it, and leaves files of the rest half empty without an error; of rar 5 it does not
 * notice encryption either.
 */

#include <stddef.h>
#include <stdint.h>

/* Its first so many bytes have all that counts, unless it has a comment or the names are long. */
enum { RAR_HEAD_SIZE = 8192 };

/* Why an archive that begins so can't be unpacked, a text to be translated. NULL: no reason. */
const char *rar_find_problem(const uint8_t *data, size_t size);
