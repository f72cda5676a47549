/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

Test(arena, memory_is_zeroed_aligned_and_apart) {
        _cleanup_(arena_freep) Arena *arena = NULL;
        char *last = NULL;

        cr_assert_eq(arena_new(&arena), 0);
        for (size_t size = 1; size < 3000; size += 7) {
                char *memory = arena_allocate(arena, size);

                cr_assert_not_null(memory);
                cr_assert_eq((uintptr_t) memory % alignof(max_align_t), 0);
                for (size_t i = 0; i < size; i++)
                        cr_assert_eq(memory[i], 0);
                memset(memory, 'x', size);
                cr_assert(!last || *last == 'x');
                last = memory;
        }
}

Test(arena, larger_than_a_chunk) {
        _cleanup_(arena_freep) Arena *arena = NULL;
        char *large, *small;

        cr_assert_eq(arena_new(&arena), 0);
        small = arena_copy(arena, "small", 5);
        large = arena_allocate(arena, 1000000);
        cr_assert_not_null(large);
        memset(large, 'x', 1000000);
        cr_assert_str_eq(small, "small");
}

Test(arena, impossible_sizes_are_refused) {
        _cleanup_(arena_freep) Arena *arena = NULL;

        cr_assert_eq(arena_new(&arena), 0);
        cr_assert_null(arena_allocate(arena, SIZE_MAX));
        cr_assert_null(arena_allocate(arena, SIZE_MAX - 8));
}

Test(arena, copies_end_with_nul) {
        _cleanup_(arena_freep) Arena *arena = NULL;

        cr_assert_eq(arena_new(&arena), 0);
        cr_assert_str_eq(arena_copy(arena, "abcdef", 3), "abc");
        cr_assert_str_eq(arena_copy(arena, "", 0), "");
        cr_assert_null(arena_free(NULL));
}
