/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

/*
 * The stand-in's "engine": a shared library that is there to be loaded. The game's own libraries
 * are i386 code with text relocations: the dynamic loader must make their code writable, patch it
 * and make it executable again, which MemoryDenyWriteExecute= and the like forbid. This one is
 * built the same way, so that a sandbox the real libraries could not live in stops the stand-in.
 */

#define ENGINE_LIBRARY "engine_srv.so"
#define ENGINE_SYMBOL  "engine_interface"

typedef struct Engine {
        const char *(*version)(void);
        unsigned (*build)(void);
        /* Runs one frame, returns how many ran so far. */
        unsigned (*frame)(void);
} Engine;
