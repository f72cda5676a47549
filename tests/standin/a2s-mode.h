/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * How queries are answered wrongly on request (`standin_a2s MODE [COUNT]`). UDP packets are lost,
 * doubled and reordered on their way, and any address can send any bytes.
 */

typedef enum A2sMode {
        A2S_NORMAL,
        A2S_SPLIT,       /* in several packets, however short it is */
        A2S_REVERSED,    /* so, the last one first */
        A2S_DUPLICATE,   /* so, each twice */
        A2S_MISSING,     /* so, without the second */
        A2S_BZIP2,       /* so, compressed, as servers of older games do it: a fixed A2S_INFO */
        A2S_SHORT_SPLIT, /* the header of a split packet without its end */
        A2S_GARBAGE,     /* bytes that are not an answer */
        A2S_SHORT,       /* the first half of the answer */
        A2S_CHALLENGES,  /* a new challenge each time, never an answer */
        A2S_OTHER_PORT,  /* the answer from another port */
        A2S_SILENT,      /* nothing */
        A2S_MODES_MAX,
} A2sMode;

/* A2S_MODES_MAX for a name that is none. "off" is A2S_NORMAL. */
A2sMode a2s_mode_from_name(const char *name);

/* The answer to A2S_INFO that A2S_BZIP2 sends, compressed, and the size and CRC-32 of the original.
 */
extern const uint8_t a2s_compressed[];
extern const size_t a2s_compressed_size;
extern const uint32_t a2s_original_size;
extern const uint32_t a2s_original_crc;
