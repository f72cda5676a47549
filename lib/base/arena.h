/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Memory for many small things that die together: a parsed file and all its strings. One malloc
 * serves many allocations, and freeing is one call.
 */

#include <stddef.h>

#include "base/cleanup.h"

typedef struct Arena Arena;

/* -ENOMEM. */
int arena_new(Arena **ret) _must_check_;

/* Zeroed memory, aligned for any type, that lives as long as the arena; NULL without memory. */
void *arena_allocate(Arena *arena, size_t size) _must_check_;

/* A NUL-terminated copy of size bytes; NULL without memory. */
char *arena_copy(Arena *arena, const char *data, size_t size) _must_check_;

Arena *arena_free(Arena *arena);
DEFINE_CLEANUP(Arena *, arena_free)
