/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Makes a clean copy of a JPEG picture from the network: its tables, its frame and its scans, with
 * sizes that are checked, and nothing else. Comments, metadata, colour profiles, thumbnails and
 * what follows the picture are left out, so no other format hides in the copy, and a browser gets
 * only what it needs to draw. Nothing is decoded here.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

/*
 * Accepts baseline and progressive pictures with 8 bits, grey or with three colours, up to side_max
 * pixels wide and high. The copy is from malloc and not longer than the original; cleaning it again
 * gives the same bytes. -EBADMSG: not such a picture, -ENOMEM.
 */
int jpeg_clean(const uint8_t *data, size_t size, unsigned side_max, uint8_t **ret, size_t *ret_size)
        _must_check_;
