/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

/* Holds the tree of an everyday spec, so that such a file costs one malloc. */
enum { CHUNK_SIZE = 16 * 1024 };

typedef struct Chunk {
        struct Chunk *next;
        size_t used, size;
        alignas(max_align_t) char data[];
} Chunk;

struct Arena {
        Chunk *chunks; /* the one in use first; the last one holds the arena itself */
};

static Chunk *chunk_new(size_t size, Chunk *next) {
        Chunk *chunk = malloc(sizeof(Chunk) + size);

        if (chunk)
                *chunk = (Chunk) { .next = next, .size = size };
        return chunk;
}

static void *chunk_allocate(Chunk *chunk, size_t size) {
        if (size > chunk->size - chunk->used)
                return NULL;

        void *memory = chunk->data + chunk->used;

        chunk->used += size;
        return memory;
}

int arena_new(Arena **ret) {
        Chunk *chunk = chunk_new(CHUNK_SIZE - sizeof(Chunk), NULL);

        if (!chunk)
                return -ENOMEM;

        chunk->used = sizeof(max_align_t);
        static_assert(sizeof(Arena) <= sizeof(max_align_t), "the arena lies in its first chunk");

        Arena *arena = (Arena *) chunk->data;

        arena->chunks = chunk;
        *ret = arena;
        return 0;
}

/* The next chunk, large enough for size. The rest of the current one stays unused. */
static Chunk *arena_grow(Arena *arena, size_t size) {
        size_t usual = CHUNK_SIZE - sizeof(Chunk);
        Chunk *chunk = chunk_new(size > usual ? size : usual, arena->chunks);

        if (chunk)
                arena->chunks = chunk;
        return chunk;
}

static void *allocate(Arena *arena, size_t size) {
        const size_t align = alignof(max_align_t);

        if (size > SIZE_MAX / 2)
                return NULL;
        size = (size + align - 1) / align * align;

        void *memory = chunk_allocate(arena->chunks, size);

        if (memory)
                return memory;

        Chunk *chunk = arena_grow(arena, size);

        return chunk ? chunk_allocate(chunk, size) : NULL;
}

void *arena_allocate(Arena *arena, size_t size) {
        void *memory = allocate(arena, size);

        return memory ? memset(memory, 0, size) : NULL;
}

char *arena_copy(Arena *arena, const char *data, size_t size) {
        char *copy = allocate(arena, size + 1);

        if (!copy)
                return NULL;
        memcpy(copy, data, size);
        copy[size] = '\0';
        return copy;
}

Arena *arena_free(Arena *arena) {
        Chunk *next = arena ? arena->chunks : NULL;

        while (next) {
                Chunk *chunk = next;

                next = chunk->next;
                free(chunk);
        }
        return NULL;
}
