/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "query/cvar-list.h"

#include <string.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/utf8.h"
#include "query/piece.h"

/* --- one line --------------------------------------------------------------------------------- */

/* It becomes a word that a user completes, and of JSON. */
static bool is_name(Piece word) {
        if (word.size == 0 || word.size > CVAR_NAME_MAX)
                return false;
        for (size_t i = 0; i < word.size; i++)
                if (word.text[i] <= ' ' || word.text[i] > '~' || strchr("\"';", word.text[i]))
                        return false;
        return true;
}

static unsigned flag_of(Piece word) {
        static const struct {
                const char *word;
                unsigned flag;
        } flags[] = {
                { "cheat", CVAR_CHEAT },
                { "nf", CVAR_NOTIFY },
                { "rep", CVAR_REPLICATED },
                { "a", CVAR_ARCHIVED },
        };

        for (size_t i = 0; i < ELEMENTSOF(flags); i++)
                if (piece_equals(word, flags[i].word))
                        return flags[i].flag;
        return 0;
}

/* `, "sv", "cheat" : `, or blanks and the colon; false: the line has something else here. */
static bool take_flags(Piece *line, unsigned *ret) {
        Piece rest = *line;
        unsigned flags = 0;

        piece_skip_blanks(&rest);
        while (piece_skip_prefix(&rest, ", \"")) {
                const char *end = memchr(rest.text, '"', rest.size);
                size_t n = end ? (size_t) (end - rest.text) : 0;

                if (!end)
                        return false;
                flags |= flag_of((Piece) { rest.text, n });
                piece_skip(&rest, n + 1);
        }
        piece_skip_blanks(&rest);
        if (!piece_skip_prefix(&rest, ":"))
                return false;
        *line = rest;
        *ret |= flags;
        return true;
}

/* Leaves out the next colon that stands alone, and all before it. */
static bool skip_colon(Piece *line) {
        for (size_t i = 1; i < line->size; i++)
                if (line->text[i] == ':' && line->text[i - 1] == ' ' &&
                    (i + 1 == line->size || line->text[i + 1] == ' ')) {
                        piece_skip(line, i + 1);
                        return true;
                }
        return false;
}

/*
 * "sv_cheats : 0 : , "nf" : Allow cheats", in columns that long texts widen. The value may be any
 * text, also one with colons, so it ends where flags follow.
 */
static bool parse_line(Piece line, Piece *ret_name, Piece *ret_help, unsigned *ret_flags) {
        Piece value;

        *ret_name = piece_take_word(&line);
        if (!is_name(*ret_name))
                return false;
        piece_skip_blanks(&line);
        if (!piece_skip_prefix(&line, ":"))
                return false;
        value = line;
        *ret_flags = piece_equals(piece_take_word(&value), "cmd") ? CVAR_COMMAND : 0;
        while (skip_colon(&line))
                if (take_flags(&line, ret_flags)) {
                        piece_skip_blanks(&line);
                        *ret_help = line;
                        return true;
                }
        return false;
}

/* --- the list --------------------------------------------------------------------------------- */

static int add(CvarList *list, Piece name, Piece help, unsigned flags) {
        char text[CVAR_HELP_MAX + 1];
        Cvar *grown, *cvar;

        grown = array_for_one_more(list->items, list->n_items, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        list->items = grown;
        cvar = &grown[list->n_items];
        piece_copy(help, text, CVAR_HELP_MAX);
        *cvar = (Cvar) {
                .name = arena_copy(list->arena, name.text, name.size),
                .help = arena_copy(list->arena, text, strlen(text)),
                .flags = flags,
        };
        if (!cvar->name || !cvar->help)
                return -ENOMEM;
        list->n_items++;
        return 0;
}

static int compare(const void *a, const void *b) {
        return ascii_strcasecmp(((const Cvar *) a)->name, ((const Cvar *) b)->name);
}

static void sort(CvarList *list) {
        size_t n = 1;

        qsort(list->items, list->n_items, sizeof(Cvar), compare);
        for (size_t i = 1; i < list->n_items; i++)
                if (compare(&list->items[n - 1], &list->items[i]) != 0)
                        list->items[n++] = list->items[i];
        list->n_items = n;
}

int cvar_list_parse(const char *text, size_t size, CvarList *ret) {
        Piece rest = { text, size };
        int r;

        *ret = (CvarList) {};
        r = arena_new(&ret->arena);
        while (rest.size > 0 && ret->n_items < CVAR_LIST_MAX && r >= 0) {
                Piece name, help;
                unsigned flags;

                if (parse_line(piece_take_line(&rest), &name, &help, &flags))
                        r = add(ret, name, help, flags);
        }
        if (r < 0)
                return r;
        if (ret->n_items == 0)
                return -EBADMSG;
        sort(ret);
        return 0;
}

void cvar_list_clear(CvarList *list) {
        free(list->items);
        arena_free(list->arena);
        *list = (CvarList) {};
}

/* The number of the first one that is not before the text. */
static size_t lower_bound(const CvarList *list, const char *text) {
        size_t low = 0, high = list->n_items;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (ascii_strcasecmp(list->items[middle].name, text) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

const Cvar *cvar_list_find(const CvarList *list, const char *name) {
        size_t i = lower_bound(list, name);

        return i < list->n_items && ascii_strcasecmp(list->items[i].name, name) == 0
                       ? &list->items[i]
                       : NULL;
}

size_t cvar_list_find_prefix(const CvarList *list, const char *prefix, size_t *ret_n) {
        size_t first = lower_bound(list, prefix), length = strlen(prefix), n = 0;

        while (first + n < list->n_items &&
               ascii_strncasecmp(list->items[first + n].name, prefix, length) == 0)
                n++;
        *ret_n = n;
        return first;
}
