/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Finds the elements of an edited list in the old one, by their texts, so that a comment beside an
 * element stays with it. Independent of YAML.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

typedef enum ListMatchKind {
        LIST_INSERTED, /* the old list lacks it */
        LIST_KEPT,     /* the same text, and in the same order as the other kept and changed ones */
        LIST_CHANGED,  /* takes the place of an old element, in that order too */
        LIST_MOVED,    /* the same text at another place */
} ListMatchKind;

typedef struct ListMatch {
        ListMatchKind kind;
        size_t old; /* index of the old element; 0 with LIST_INSERTED */
} ListMatch;

/*
 * One ListMatch for each element of new, each old element at most once; an old element that no
 * match names is removed. As many as possible are kept. Another element is moved when an old one
 * has the same text. It is changed when it replaces one that begins with the same word, or is at a
 * place where as many were removed as are inserted; with `in_place`, at a place where any was
 * removed. old may have NULL for what is not a text, which equals nothing. -ENOMEM.
 */
int list_match(
        const char *const *old, size_t n_old, const char *const *new, size_t n_new, bool in_place,
        ListMatch *ret) _must_check_;
