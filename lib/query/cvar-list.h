/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The answer of a server to `cvarlist`: its variables and commands, with those of plugins. Values
 * are not kept: some are passwords. Names and help come from the server and its plugins; names are
 * printable ASCII, help is as the server sent it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

enum {
        CVAR_LIST_MAX = 16384, /* the game has about 2,000 */
        CVAR_NAME_MAX = 127,   /* bytes */
        CVAR_HELP_MAX = 255,
};

typedef enum CvarFlags {
        CVAR_COMMAND = 1 << 0,    /* a command, not a variable */
        CVAR_CHEAT = 1 << 1,      /* has its value only with sv_cheats 1 */
        CVAR_NOTIFY = 1 << 2,     /* players are told of changes */
        CVAR_REPLICATED = 1 << 3, /* players get the server's value */
        CVAR_ARCHIVED = 1 << 4,   /* saved to config.cfg */
} CvarFlags;

typedef struct Cvar {
        const char *name;
        const char *help; /* "" for none */
        unsigned flags;
} Cvar;

typedef struct CvarList {
        Cvar *items; /* by name, each once, in the order of ascii_strcasecmp(), as for the game */
        size_t n_items;
        struct Arena *arena;
} CvarList;

/* -EBADMSG: not such an answer; -ENOMEM. Clear in any case. */
int cvar_list_parse(const char *text, size_t size, CvarList *ret) _must_check_;
void cvar_list_clear(CvarList *list);

/* NULL: none. */
const Cvar *cvar_list_find(const CvarList *list, const char *name);

/* The number of the first one that begins with this, and how many do. */
size_t cvar_list_find_prefix(const CvarList *list, const char *prefix, size_t *ret_n);
