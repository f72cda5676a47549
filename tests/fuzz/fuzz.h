/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Shared by the fuzzers. A property that doesn't hold ends the process, as a sanitizer's finding
 * does.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(condition)                                                           \
        do {                                                                            \
                if (!(condition)) {                                                     \
                        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
                        abort();                                                        \
                }                                                                       \
        } while (0)

/* The input with a NUL behind it, from malloc. */
static inline char *fuzz_text(const uint8_t *data, size_t size) {
        char *text = malloc(size + 1);

        FUZZ_CHECK(text);
        if (size > 0)
                memcpy(text, data, size);
        text[size] = '\0';
        return text;
}

/* Prints all errors to nowhere, checks that no control byte would reach a terminal, frees them. */
static inline void fuzz_errors(SpecErrors *errors) {
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        FUZZ_CHECK(f);
        spec_errors_print(errors, f);
        FUZZ_CHECK(fclose(f) == 0);
        for (size_t i = 0; i < size; i++)
                FUZZ_CHECK(text[i] == '\n' || (unsigned char) text[i] >= ' ');
        free(text);
        spec_errors_clear(errors);
}
