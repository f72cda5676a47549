/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Whether two secrets are the same, in a time that doesn't tell where they differ. */
static inline bool text_equal(const char *a, const char *b) {
        size_t length = strlen(a);
        unsigned char difference = 0;

        if (strlen(b) != length)
                return false;
        for (size_t i = 0; i < length; i++)
                difference |= (unsigned char) (a[i] ^ b[i]);
        return difference == 0;
}
