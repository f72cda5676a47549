/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/messages.h"

#include <ctype.h>
#include <string.h>

#include "view/mustache.h"

#define BEGIN "{{#_}}"
#define END   "{{/_}}"

enum { TOKENS_MAX = 64, ELEMENTS_MAX = 16 };

/* --- the blocks of a template ------------------------------------------------------------------
 */

static bool is_space(char ch) {
        return isspace((unsigned char) ch);
}

static size_t collapse(const char *begin, const char *end, char ret[static MESSAGE_SIZE_MAX]) {
        size_t n = 0;

        for (const char *p = begin; p < end; p++)
                if (!is_space(*p))
                        ret[n++] = *p;
                else if (!is_space(p[-1]))
                        ret[n++] = ' ';
        ret[n] = '\0';
        return n;
}

static int put(FILE *f, const char *begin, const char *end) {
        size_t size = (size_t) (end - begin);

        return !f || fwrite(begin, 1, size, f) == size ? 0 : -ENOMEM;
}

/* The block whose content is from begin to end. */
static int replace_block(
        const char *begin, const char *end, MessageFunction function, void *userdata, unsigned line,
        FILE *f) {
        char message[MESSAGE_SIZE_MAX];
        const char *from = begin, *to = end, *translation;
        int r;

        while (from < to && is_space(*from))
                from++;
        while (to > from && is_space(to[-1]))
                to--;
        if (from == to || to - from >= MESSAGE_SIZE_MAX || memchr(from, '\0', (size_t) (to - from)))
                return -EINVAL;

        (void) collapse(from, to, message);
        translation = function(message, line, userdata);
        r = put(f, begin, from);
        if (r >= 0)
                r = translation ? put(f, translation, translation + strlen(translation))
                                : put(f, from, to);
        return r < 0 ? r : put(f, to, end);
}

int messages_replace(
        const char *text, size_t size, MessageFunction function, void *userdata, FILE *f,
        unsigned *ret_line) {
        const char *end = text + size, *position = text, *counted = text;
        unsigned line = 1;
        int r = 0;

        while (r >= 0) {
                const char *begin =
                        memmem(position, (size_t) (end - position), BEGIN, strlen(BEGIN));
                const char *content, *close, *next;

                if (!begin)
                        break;
                content = begin + strlen(BEGIN);
                for (; counted < begin; counted++)
                        line += *counted == '\n';
                *ret_line = line;
                close = memmem(content, (size_t) (end - content), END, strlen(END));
                next = memmem(content, (size_t) (end - content), BEGIN, strlen(BEGIN));
                if (!close || (next && next < close))
                        return -EINVAL;

                /* The marks stay: the compiler skips them. */
                r = put(f, position, content);
                if (r >= 0)
                        r = replace_block(content, close, function, userdata, line, f);
                position = close;
        }
        return r < 0 ? r : put(f, position, end);
}

/* --- what a translation may be -----------------------------------------------------------------
 */

typedef struct Token {
        const char *begin;
        size_t size;
} Token;

typedef struct Tokens {
        Token items[TOKENS_MAX];
        size_t n;
        bool has_quote;
} Tokens;

/* Behind the Mustache tag that begins at p, NULL: it is not closed. */
static const char *mustache_end(const char *p) {
        bool is_triple = p[2] == '{';
        const char *end = strstr(p, is_triple ? "}}}" : "}}");

        return end ? end + (is_triple ? 3 : 2) : NULL;
}

/* Behind the HTML tag that begins at p, NULL: it is not closed. */
static const char *html_end(const char *p) {
        char quote = 0;

        if (!isalpha((unsigned char) p[1]) && !(p[1] == '/' && isalpha((unsigned char) p[2])))
                return NULL;
        for (p++; *p; p++)
                if (p[0] == '{' && p[1] == '{') {
                        p = mustache_end(p);
                        if (!p)
                                return NULL;
                        p--;
                } else if (quote) {
                        if (*p == quote)
                                quote = '\0';
                } else if (*p == '"' || *p == '\'')
                        quote = *p;
                else if (*p == '<')
                        return NULL;
                else if (*p == '>')
                        return p + 1;
        return NULL;
}

/* Behind a place {name}, which scripts fill in. */
static const char *place_end(const char *p) {
        const char *end = p + 1;

        while (isalnum((unsigned char) *end) || *end == '_')
                end++;
        return end > p + 1 && *end == '}' ? end + 1 : NULL;
}

static bool read_tokens(const char *text, Tokens *ret) {
        *ret = (Tokens) {};
        for (const char *p = text; *p;) {
                const char *end;

                if (p[0] == '{' && p[1] == '{')
                        end = mustache_end(p);
                else if (*p == '{')
                        end = place_end(p);
                else if (*p == '<')
                        end = html_end(p);
                else {
                        if (*p == '>' || *p == '}' || iscntrl((unsigned char) *p))
                                return false;
                        ret->has_quote |= *p == '"';
                        p++;
                        continue;
                }
                if (!end || ret->n == TOKENS_MAX)
                        return false;
                ret->items[ret->n++] = (Token) { p, (size_t) (end - p) };
                p = end;
        }
        return true;
}

static int compare_tokens(const void *a, const void *b) {
        const Token *x = a, *y = b;
        int k = memcmp(x->begin, y->begin, x->size < y->size ? x->size : y->size);

        return k != 0 ? k : (x->size > y->size) - (x->size < y->size);
}

static bool are_same(Tokens *a, Tokens *b) {
        if (a->n != b->n)
                return false;
        qsort(a->items, a->n, sizeof(Token), compare_tokens);
        qsort(b->items, b->n, sizeof(Token), compare_tokens);
        for (size_t i = 0; i < a->n; i++)
                if (compare_tokens(&a->items[i], &b->items[i]) != 0)
                        return false;
        return true;
}

static size_t name_size(const char *name) {
        size_t n = 0;

        while (isalnum((unsigned char) name[n]))
                n++;
        return n;
}

static bool is_void(const char *name, size_t size) {
        return (size == 2 && memcmp(name, "br", 2) == 0) ||
               (size == 5 && memcmp(name, "input", 5) == 0);
}

/* Each element that begins in it ends in it, the last one first. */
static bool elements_nest(const Tokens *tokens) {
        const char *open[ELEMENTS_MAX];
        size_t n = 0;

        for (size_t i = 0; i < tokens->n; i++) {
                const char *token = tokens->items[i].begin;
                bool is_end = token[1] == '/';
                const char *name = token + 1 + is_end;
                size_t size = name_size(name);

                if (token[0] != '<' || is_void(name, size))
                        continue;
                if (!is_end && n == ELEMENTS_MAX)
                        return false;
                if (!is_end)
                        open[n++] = name;
                else if (
                        n == 0 || name_size(open[n - 1]) != size ||
                        memcmp(open[n - 1], name, size) != 0)
                        return false;
                else
                        n--;
        }
        return n == 0;
}

static bool sections_nest(const char *text) {
        MustacheError error;
        Mustache *template = NULL;
        int r = mustache_compile("message", text, strlen(text), &error, &template);

        mustache_free(template);
        return r >= 0;
}

const char *translation_fault(const char *message, const char *translation) {
        Tokens original, translated;

        if (translation[0] == '\0' || strlen(translation) >= MESSAGE_SIZE_MAX)
                return "it is empty or too long";
        if (!read_tokens(message, &original) || !elements_nest(&original) ||
            !sections_nest(message))
                return "the text has a tag that is not closed";
        if (!read_tokens(translation, &translated))
                return "a tag is not closed";
        if (!elements_nest(&translated) || !sections_nest(translation))
                return "its tags don't nest";
        if (translated.has_quote && !original.has_quote)
                return "it has a quotation mark";
        if (!are_same(&original, &translated))
                return "its tags or places are not those of the text";
        return NULL;
}
