/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by the Workshop page and its forms. */

#include <stdint.h>
#include <sys/types.h>

/* The index of the text in list that is the id, or the same text; -1: none is. */
ssize_t workshop_find(char *const *list, uint64_t id, const char *text);
