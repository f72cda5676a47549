/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * NULL-terminated arrays of strings, each string and the array itself from malloc; strv_free() of
 * base/cleanup.h frees them.
 */

#include <stddef.h>

#include "base/cleanup.h"

/* Adds a copy of the text behind the n strings, which were all added this way; the array may be
 * NULL while n is 0. -ENOMEM: it holds what it held. */
int strv_add(char ***strv, size_t *n, const char *text) _must_check_;

/* The number of strings before the NULL, from malloc or not; 0 for no array. */
size_t strv_length(char *const *strv);

/* Sorts by bytes. The array may be NULL while n is 0. */
void strv_sort(char **strv, size_t n);

/* The order of strv_sort(), for bsearch() and for arrays of borrowed strings. */
int strv_compare(const void *a, const void *b);
