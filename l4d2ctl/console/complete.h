/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The tab key completes words of the console: commands and variables of the server, and maps after
 * a command that takes one. */

#include <stddef.h>

#include "base/cleanup.h"
#include "layer/maps.h"
#include "query/cvar-list.h"

enum { COMPLETION_SHOWN_MAX = 100 };

typedef struct Completion {
        char *insert;       /* what all candidates go on with; "" for nothing. NULL: no candidate */
        const char **names; /* the candidates, borrowed; at most COMPLETION_SHOWN_MAX */
        size_t n_names, n_all;
} Completion;

/* The word that the cursor is in or behind, as far as it is typed. */
typedef enum CompletionKind { COMPLETE_NOTHING, COMPLETE_COMMAND, COMPLETE_MAP } CompletionKind;

/* Which kind of word the line, cut at the cursor, ends with; ret_word points into it. */
CompletionKind completion_kind(const char *line, const char **ret_word);

/* The list that the kind asks for may be empty. -ENOMEM. Clear in any case. */
int completion_find(
        CompletionKind kind, const char *word, const CvarList *cvars, const ServerMaps *maps,
        Completion *ret) _must_check_;
void completion_clear(Completion *completion);
