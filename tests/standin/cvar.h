/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Console variables: a fixed table of some that the game has, values as strings. */

/* Flags as `cvarlist` names them. */
enum {
        CVAR_ARCHIVE = 1 << 0,
        CVAR_SV = 1 << 1,
        CVAR_CHEAT = 1 << 2,  /* can't be set without sv_cheats 1 */
        CVAR_NOTIFY = 1 << 3, /* in the answer to A2S_RULES, and changes are logged */
        CVAR_PROTECTED = 1 << 4,
        CVAR_REPLICATED = 1 << 5,
        CVAR_NORECORD = 1 << 6,
        CVAR_HIDDEN = 1 << 7, /* the stand-in's own: in no list */
};

typedef struct Cvar {
        const char *name;
        const char *initial;
        const char *help;
        unsigned flags;
        /* Heap, NULL while it has its initial value. */
        char *value;
} Cvar;

extern Cvar cvar_table[];
extern const size_t n_cvars;

Cvar *cvar_find(const char *name);
const char *cvar_value(const Cvar *c);
/* The value, or that it is a protected one, for the log. */
const char *cvar_shown(const Cvar *c);
void cvar_set(Cvar *c, const char *value);

/* The value as A2S_RULES tells it: of a password only whether there is one. */
const char *cvar_rule(const Cvar *c);

/* `, "sv", "cheat"` */
void cvar_print_flags(unsigned flags, char *ret, size_t size);

/* For names that are in the table. */
const char *cvar_string(const char *name);
uint32_t cvar_number(const char *name);
