/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console/complete.h"

#include <string.h>

#include "base/array.h"
#include "base/utf8.h"

static bool same_word(const char *text, size_t size, const char *word) {
        return strlen(word) == size && ascii_strncasecmp(text, word, size) == 0;
}

static bool takes_a_map(const char *word, size_t size) {
        static const char *const commands[] = { "changelevel", "map" };

        for (size_t i = 0; i < ELEMENTSOF(commands); i++)
                if (same_word(word, size, commands[i]))
                        return true;
        return false;
}

CompletionKind completion_kind(const char *line, const char **ret_word) {
        const char *semicolon = strrchr(line, ';'), *word = semicolon ? semicolon + 1 : line;
        size_t size;

        word += strspn(word, " \t");
        size = strcspn(word, " \t");
        *ret_word = word;
        if (word[size] == '\0')
                return COMPLETE_COMMAND;
        if (!takes_a_map(word, size))
                return COMPLETE_NOTHING;
        word += size;
        word += strspn(word, " \t");
        *ret_word = word;
        return word[strcspn(word, " \t")] == '\0' ? COMPLETE_MAP : COMPLETE_NOTHING;
}

/* --- candidates ------------------------------------------------------------------------------- */

/* A word, and what is found for it. */
typedef struct Search {
        const char *word;
        Completion *completion;
} Search;

static int set_insert(Search *search, const char *rest) {
        Completion *completion = search->completion;
        size_t n = 0;

        if (!completion->insert) {
                completion->insert = strdup(rest);
                return completion->insert ? 0 : -ENOMEM;
        }
        while (completion->insert[n] != '\0' &&
               ascii_lower(completion->insert[n]) == ascii_lower(rest[n]))
                n++;
        completion->insert[n] = '\0';
        return 0;
}

static int offer(Search *search, const char *name) {
        Completion *completion = search->completion;
        const char **grown;
        int r;

        if (ascii_strncasecmp(name, search->word, strlen(search->word)) != 0)
                return 0;
        r = set_insert(search, name + strlen(search->word));
        if (r < 0 || completion->n_all++ >= COMPLETION_SHOWN_MAX)
                return r;
        grown = array_for_one_more((void *) completion->names, completion->n_names, sizeof(char *));
        if (!grown)
                return -ENOMEM;
        completion->names = grown;
        grown[completion->n_names++] = name;
        return 0;
}

static int offer_cvars(Search *search, const CvarList *cvars) {
        size_t n, first = cvar_list_find_prefix(cvars, search->word, &n);
        int r = 0;

        for (size_t i = first; i < first + n && r >= 0; i++)
                r = offer(search, cvars->items[i].name);
        return r;
}

static int offer_maps(Search *search, const ServerMaps *maps) {
        int r = 0;

        for (size_t i = 0; i < maps->n_campaigns; i++)
                for (size_t j = 0; j < maps->campaigns[i].n_maps && r >= 0; j++)
                        r = offer(search, maps->campaigns[i].maps[j].name);
        for (size_t i = 0; i < maps->n_others && r >= 0; i++)
                r = offer(search, maps->others[i].name);
        return r;
}

/* A single candidate is a whole word. */
static int end_word(Completion *completion) {
        char *ended;

        if (completion->n_all != 1 || asprintf(&ended, "%s ", completion->insert) < 0)
                return completion->n_all == 1 ? -ENOMEM : 0;
        free(completion->insert);
        completion->insert = ended;
        return 0;
}

int completion_find(
        CompletionKind kind, const char *word, const CvarList *cvars, const ServerMaps *maps,
        Completion *ret) {
        Search search = { .word = word, .completion = ret };
        int r;

        *ret = (Completion) {};
        r = kind == COMPLETE_MAP ? offer_maps(&search, maps) : offer_cvars(&search, cvars);
        return r < 0 ? r : end_word(ret);
}

void completion_clear(Completion *completion) {
        free(completion->insert);
        free((void *) completion->names);
        *completion = (Completion) {};
}
