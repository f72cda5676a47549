/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The header Content-Range of an answer with a part of a file. */

#include <stdint.h>

#include "base/cleanup.h"

#define HTTP_SIZE_UNKNOWN UINT64_MAX

typedef struct HttpRange {
        uint64_t first, last; /* bytes; of "bytes *" + "/SIZE" both are HTTP_SIZE_UNKNOWN */
        uint64_t size;        /* of the whole file, or HTTP_SIZE_UNKNOWN */
} HttpRange;

/*
 * Reads "bytes FIRST-LAST/SIZE", "bytes FIRST-LAST/" with an asterisk, and the same for a range
 * that the server can't satisfy. 0, or -EINVAL for anything else.
 */
int http_range_parse(const char *text, HttpRange *ret) _must_check_;
