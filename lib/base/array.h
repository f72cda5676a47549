/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Arrays from malloc that grow by one item at a time. */

#include <stdlib.h>

#include "base/cleanup.h"

/*
 * The array with room for one more than its n items: the same memory, or new one with the items in
 * it, which doubles at each power of two. NULL without memory; the old array is then untouched.
 * Every item must have been added this way.
 */
_must_check_ static inline void *array_for_one_more(void *items, size_t n, size_t item_size) {
        if ((n & (n - 1)) != 0)
                return items;
        return reallocarray(items, n > 0 ? 2 * n : 1, item_size);
}
