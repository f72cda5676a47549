/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Accept-Language (RFC 9110, 12.5.4): which of our languages a client prefers. */

#include <stddef.h>

enum { ACCEPT_LANGUAGE_RANGES_MAX = 32 }; /* what follows them in the header is ignored */

/*
 * Returns the index of the best of n tags ("en", "de", "pt-BR"). A client that wants none of them
 * gets the first. "de-AT" also finds "de", and "pt" finds "pt-BR" if "pt" is missing. The function
 * skips malformed parts of the header, which may be NULL.
 */
size_t accept_language_choose(const char *header, const char *const *tags, size_t n);
