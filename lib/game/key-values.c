/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "game/key-values.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"

typedef enum TokenKind { TOKEN_END, TOKEN_WORD, TOKEN_QUOTED, TOKEN_CONDITION } TokenKind;

typedef struct Token {
        TokenKind kind;
        char text[KEY_VALUES_WORD_MAX + 1];
        size_t size;
} Token;

typedef struct Parser {
        const char *at, *end;
        KeyValuesFlags flags;
        KeyValues *values;
        size_t n_items;
        Token token;
} Parser;

static bool is_space(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
}

/* --- words ------------------------------------------------------------------------------------ */

static void skip_space(Parser *p) {
        for (;;) {
                while (p->at < p->end && is_space(*p->at))
                        p->at++;
                if (p->end - p->at < 2 || p->at[0] != '/' || p->at[1] != '/')
                        return;
                while (p->at < p->end && *p->at != '\n')
                        p->at++;
        }
}

static void add_character(Token *token, char c) {
        if (token->size < KEY_VALUES_WORD_MAX)
                token->text[token->size++] = c;
}

/* Whether a backslash and this character stand for another one, else both stand for themselves. */
static bool unescape(char c, char *ret) {
        static const char names[] = "nt\\\"", characters[] = "\n\t\\\"";
        const char *found = c != '\0' ? strchr(names, c) : NULL;

        if (found)
                *ret = characters[found - names];
        return found;
}

/* Without its closing quote a word ends with the file. */
static void read_quoted(Parser *p) {
        bool escapes = p->flags & KEY_VALUES_ESCAPES;

        p->token.kind = TOKEN_QUOTED;
        for (p->at++; p->at < p->end && *p->at != '"'; p->at++) {
                char c = *p->at;

                if (escapes && c == '\\' && p->end - p->at > 1 && unescape(p->at[1], &c))
                        p->at++;
                add_character(&p->token, c);
        }
        if (p->at < p->end)
                p->at++;
}

static void read_plain(Parser *p) {
        Token *token = &p->token;
        bool in_condition = false;

        token->kind = TOKEN_WORD;
        if (*p->at == '{' || *p->at == '}') {
                add_character(token, *p->at++);
                return;
        }
        for (; p->at < p->end && !is_space(*p->at) && !strchr("\"{}", *p->at); p->at++) {
                in_condition |= *p->at == '[';
                if (*p->at == ']' && in_condition)
                        token->kind = TOKEN_CONDITION;
                add_character(token, *p->at);
        }
}

/* As for the engine, a NUL outside of quotes ends the file. */
static void read_token(Parser *p) {
        p->token.size = 0;
        p->token.kind = TOKEN_END;
        skip_space(p);
        if (p->at < p->end && *p->at == '"')
                read_quoted(p);
        else if (p->at < p->end && *p->at != '\0')
                read_plain(p);
        p->token.text[p->token.size] = '\0';
}

static bool token_is(const Token *token, char c) {
        return token->kind == TOKEN_WORD && token->size == 1 && token->text[0] == c;
}

/* --- conditions ------------------------------------------------------------------------------- */

static bool has_name(const char *text, const char *name) {
        size_t n = strlen(name);

        for (; *text != '\0'; text++)
                if (ascii_strncasecmp(text, name, n) == 0)
                        return true;
        return false;
}

/* The engine looks for these names in this order, and takes one '!' at the start for a negation.
 * $WIN32 means a PC of any kind. */
static bool is_true(const char *condition) {
        static const struct {
                const char *name;
                bool value;
        } names[] = {
                { "$x360", false }, { "$win32", true }, { "$windows", false },
                { "$osx", false },  { "$linux", true }, { "$posix", true },
        };
        bool negated = strncmp(condition, "[!", 2) == 0;

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (has_name(condition, names[i].name))
                        return names[i].value != negated;
        return false;
}

/* --- items ------------------------------------------------------------------------------------ */

/* A block that is open, and where its next item goes. */
typedef struct Open {
        KeyValue **last;
        KeyValue **dropped; /* the block itself, to be taken out at its end; NULL: it stays */
} Open;

static int new_item(Parser *p, KeyValue **ret) {
        if (p->n_items++ == KEY_VALUES_ITEMS_MAX)
                return -E2BIG;
        *ret = arena_allocate(p->values->arena, sizeof(KeyValue));
        if (!*ret)
                return -ENOMEM;
        (*ret)->key = arena_copy(p->values->arena, p->token.text, strlen(p->token.text));
        return (*ret)->key ? 0 : -ENOMEM;
}

/* A condition after a value decides about it. */
static bool value_is_wanted(Parser *p) {
        const char *start = p->at;

        read_token(p);
        if (p->token.kind == TOKEN_CONDITION)
                return is_true(p->token.text);
        p->at = start;
        return true;
}

static int set_value(Parser *p, KeyValue *item, Open *open) {
        item->value = arena_copy(p->values->arena, p->token.text, strlen(p->token.text));
        if (!item->value)
                return -ENOMEM;
        if (!value_is_wanted(p))
                return 0;
        *open->last = item;
        open->last = &item->next;
        return 0;
}

static int open_block(KeyValue *item, bool is_wanted, Open *open, size_t *depth) {
        Open *parent = &open[*depth];

        if (*depth + 1 == KEY_VALUES_DEPTH_MAX)
                return -ELOOP;
        (*depth)++;
        open[*depth] = (Open) { .last = &item->first, .dropped = is_wanted ? NULL : parent->last };
        *parent->last = item;
        if (is_wanted)
                parent->last = &item->next;
        return 0;
}

static void close_block(Open *open, size_t *depth) {
        if (open[*depth].dropped)
                *open[*depth].dropped = NULL;
        (*depth)--;
}

/* The token is a key. At the top only blocks can stand. */
static int read_item(Parser *p, Open *open, size_t *depth) {
        bool is_wanted = true;
        KeyValue *item;
        int r;

        if (p->token.kind == TOKEN_CONDITION || p->token.size == 0)
                return -EBADMSG;
        r = new_item(p, &item);
        if (r < 0)
                return r;
        read_token(p);
        if (p->token.kind == TOKEN_CONDITION) {
                is_wanted = is_true(p->token.text);
                read_token(p);
        }
        if (token_is(&p->token, '{'))
                return open_block(item, is_wanted, open, depth);
        if (p->token.kind == TOKEN_END || p->token.kind == TOKEN_CONDITION ||
            token_is(&p->token, '}') || *depth == 0)
                return -EBADMSG;
        return is_wanted ? set_value(p, item, &open[*depth]) : 0;
}

/* The name of the other file follows. */
static bool skip_directive(Parser *p) {
        if (ascii_strcasecmp(p->token.text, "#include") != 0 &&
            ascii_strcasecmp(p->token.text, "#base") != 0)
                return false;
        read_token(p);
        return true;
}

/* 0 at the end of the file. */
static int read_items(Parser *p) {
        Open open[KEY_VALUES_DEPTH_MAX] = { { .last = &p->values->root.first } };
        size_t depth = 0;
        int r = 0;

        while (r >= 0) {
                read_token(p);
                if (p->token.kind == TOKEN_END) {
                        r = depth > 0 ? -EBADMSG : 0;
                        break;
                }
                if (token_is(&p->token, '}')) {
                        if (depth == 0)
                                return -EBADMSG;
                        close_block(open, &depth);
                } else if (token_is(&p->token, '{'))
                        r = -EBADMSG;
                else if (depth > 0 || !skip_directive(p))
                        r = read_item(p, open, &depth);
        }
        while (depth > 0)
                close_block(open, &depth);
        return r;
}

/* --- the file --------------------------------------------------------------------------------- */

static size_t encode(uint32_t c, char *out) {
        if (c < 0x80) {
                out[0] = (char) c;
                return 1;
        }
        if (c < 0x800) {
                out[0] = (char) (0xc0 | c >> 6);
                out[1] = (char) (0x80 | (c & 0x3f));
                return 2;
        }
        if (c < 0x10000) {
                out[0] = (char) (0xe0 | c >> 12);
                out[1] = (char) (0x80 | (c >> 6 & 0x3f));
                out[2] = (char) (0x80 | (c & 0x3f));
                return 3;
        }
        out[0] = (char) (0xf0 | c >> 18);
        out[1] = (char) (0x80 | (c >> 12 & 0x3f));
        out[2] = (char) (0x80 | (c >> 6 & 0x3f));
        out[3] = (char) (0x80 | (c & 0x3f));
        return 4;
}

static uint32_t unit_at(const char *text, size_t i) {
        return (uint32_t) (unsigned char) text[i] | (uint32_t) (unsigned char) text[i + 1] << 8;
}

/* From UTF-16 with the least byte first; half a pair becomes U+FFFD. */
static size_t convert(const char *text, size_t size, char *out) {
        size_t n = 0;

        for (size_t i = 0; i + 1 < size; i += 2) {
                uint32_t c = unit_at(text, i);

                if (c >= 0xd800 && c < 0xdc00 && i + 3 < size &&
                    (unit_at(text, i + 2) & 0xfc00) == 0xdc00) {
                        c = 0x10000 + ((c & 0x3ff) << 10) + (unit_at(text, i + 2) & 0x3ff);
                        i += 2;
                } else if (c >= 0xd800 && c < 0xe000)
                        c = 0xfffd;
                n += encode(c, out + n);
        }
        return n;
}

static int parse(const char *text, size_t size, KeyValuesFlags flags, KeyValues *values) {
        _cleanup_free_ Parser *p = calloc(1, sizeof(Parser));

        if (!p)
                return -ENOMEM;
        p->at = text;
        p->end = text + size;
        p->flags = flags;
        p->values = values;
        values->error = read_items(p);
        return values->error == -ENOMEM ? -ENOMEM : 0;
}

int key_values_parse(const char *text, size_t size, KeyValuesFlags flags, KeyValues **ret) {
        _cleanup_(key_values_freep) KeyValues *values = calloc(1, sizeof(KeyValues));
        _cleanup_free_ char *converted = NULL;
        int r;

        if (size > KEY_VALUES_SIZE_MAX)
                return -EFBIG;
        if (!values)
                return -ENOMEM;
        r = arena_new(&values->arena);
        if (r < 0)
                return r;
        if (size >= 2 && memcmp(text, "\xff\xfe", 2) == 0) {
                converted = malloc(2 * size);
                if (!converted)
                        return -ENOMEM;
                size = convert(text + 2, size - 2, converted);
                text = converted;
        } else if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
                text += 3;
                size -= 3;
        }
        r = parse(text, size, flags, values);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(values);
        return 0;
}

KeyValues *key_values_free(KeyValues *values) {
        if (values)
                arena_free(values->arena);
        free(values);
        return NULL;
}

/* --- looking things up ------------------------------------------------------------------------ */

static const KeyValue *find_from(const KeyValue *item, const char *key) {
        while (item && ascii_strcasecmp(item->key, key) != 0)
                item = item->next;
        return item;
}

const KeyValue *key_value_find(const KeyValue *block, const char *key) {
        return block ? find_from(block->first, key) : NULL;
}

const KeyValue *key_value_next(const KeyValue *item) {
        return find_from(item->next, item->key);
}

const char *key_value_text(const KeyValue *block, const char *key) {
        const KeyValue *item = key_value_find(block, key);

        return item ? item->value : NULL;
}
