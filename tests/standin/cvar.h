/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Console variables: a fixed table of some that the game has, values as strings. */

typedef struct Cvar {
        const char *name;
        const char *initial;
        const char *help;
        /* Listed in the answer to A2S_RULES. */
        bool notify;
        /* Heap, NULL while it has its initial value. */
        char *value;
} Cvar;

extern Cvar cvar_table[];
extern const size_t n_cvars;

Cvar *cvar_find(const char *name);
const char *cvar_value(const Cvar *c);
void cvar_set(Cvar *c, const char *value);

/* For names that are in the table. */
const char *cvar_string(const char *name);
uint32_t cvar_number(const char *name);
