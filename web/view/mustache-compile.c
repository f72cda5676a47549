/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/mustache-node.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "base/arena.h"

/*
 * One pass over the text. Tags that stand alone on their line (sections, comments, partials,
 * delimiters) take the line with them; whether one does is told by the bytes between the tag before
 * and the tag after, so that no byte is looked at more than a few times.
 */

enum { DELIMITER_MAX = 8 };

typedef struct Delimiter {
        char text[DELIMITER_MAX + 1];
        size_t size;
} Delimiter;

typedef struct Compiler {
        Mustache *template;
        size_t n_allocated;
        const char *begin, *end; /* of the text */
        const char *position;    /* what was not looked at yet begins here */
        bool at_line_start;      /* the next node is the first of its line */
        Delimiter open, close;
        struct {
                uint32_t index;
                const char *name;
                size_t size;
        } sections[MUSTACHE_NESTING_MAX]; /* the open ones */
        unsigned n_sections;
        bool is_in_message;
        unsigned n_sections_outside; /* of the message, those that were open before it */
        MustacheError *error;
} Compiler;

/* A tag: {{KIND content}}, without the white space around the content. */
typedef struct Tag {
        const char *begin, *end; /* with delimiters */
        char kind;               /* 0: a plain name */
        const char *content;
        size_t size;
} Tag;

void mustache_locate(const char *text, uint32_t offset, unsigned *ret_line, unsigned *ret_column) {
        unsigned line = 1, column = 1;

        for (uint32_t i = 0; i < offset; i++)
                if (text[i] == '\n') {
                        line++;
                        column = 1;
                } else
                        column++;

        *ret_line = line;
        *ret_column = column;
}

static void _printf_(3, 4) set_error(Compiler *c, const char *at, const char *format, ...) {
        va_list arguments;

        (void) snprintf(c->error->name, sizeof(c->error->name), "%s", c->template->name);
        mustache_locate(c->begin, (uint32_t) (at - c->begin), &c->error->line, &c->error->column);
        va_start(arguments, format);
        (void) vsnprintf(c->error->message, sizeof(c->error->message), format, arguments);
        va_end(arguments);
}

#define fail(c, at, ...) (set_error(c, at, __VA_ARGS__), -EINVAL)

static int add_node(Compiler *c, MustacheType type, const char *at, MustacheNode **ret) {
        Mustache *template = c->template;

        if (template->n_nodes == c->n_allocated) {
                size_t n = c->n_allocated ? 2 * c->n_allocated : 64;
                MustacheNode *nodes = reallocarray(template->nodes, n, sizeof(*nodes));

                if (!nodes)
                        return -ENOMEM;
                template->nodes = nodes;
                c->n_allocated = n;
        }

        MustacheNode *node = &template->nodes[template->n_nodes++];

        *node = (MustacheNode) {
                .type = type,
                .starts_line = c->at_line_start,
                .offset = (uint32_t) (at - c->begin),
        };
        c->at_line_start = false;
        *ret = node;
        return 0;
}

static int add_text(Compiler *c, const char *from, const char *to) {
        MustacheNode *node;
        int r;

        if (from == to)
                return 0;

        r = add_node(c, MUSTACHE_TEXT, from, &node);
        if (r < 0)
                return r;

        node->size = (uint32_t) (to - from);
        c->at_line_start = c->begin[node->offset + node->size - 1] == '\n';
        return 0;
}

/* --- tags ---------------------------------------------------------------------------------------
 */

static bool is_blank(char ch) {
        return ch == ' ' || ch == '\t';
}

static void trim(const char **begin, const char **end) {
        while (*begin < *end && isspace((unsigned char) **begin))
                (*begin)++;
        while (*begin < *end && isspace((unsigned char) (*end)[-1]))
                (*end)--;
}

/* Reads the tag whose opening delimiter stands at the given place. */
static int read_tag(Compiler *c, const char *at, Tag *ret) {
        Tag tag = { .begin = at };
        const char *begin = at + c->open.size, *end;
        char closing[DELIMITER_MAX + 2] = {};

        if (begin < c->end && strchr("#^/!>&={", *begin) && *begin != '\0')
                tag.kind = *begin++;

        /* {{{name}}} and {{=<% %>=}} end with the counterpart of what they begin with. */
        (void) snprintf(
                closing, sizeof(closing), "%s%s",
                tag.kind == '{'   ? "}"
                : tag.kind == '=' ? "="
                                  : "",
                c->close.text);
        end = memmem(begin, (size_t) (c->end - begin), closing, strlen(closing));
        if (!end)
                return fail(c, at, "the tag is not closed: no '%s' follows", closing);

        tag.end = end + strlen(closing);
        trim(&begin, &end);
        tag.content = begin;
        tag.size = (size_t) (end - begin);
        *ret = tag;
        return 0;
}

/*
 * Whether nothing but blanks stands before and after the tag on its line. before is where the text
 * since the last tag begins; ret_line and ret_next get the beginning of the line and of the next.
 */
static bool stands_alone(
        const Compiler *c, const Tag *tag, const char *before, const char **ret_line,
        const char **ret_next) {
        const char *line = tag->begin, *next = tag->end;

        while (line > before && is_blank(line[-1]))
                line--;
        if (line > before ? line[-1] != '\n' : before > c->begin && before[-1] != '\n')
                return false;

        while (next < c->end && is_blank(*next))
                next++;
        if (next < c->end && *next == '\r')
                next++;
        if (next < c->end && *next != '\n')
                return false;
        if (next < c->end)
                next++;

        *ret_line = line;
        *ret_next = next;
        return true;
}

static bool is_word(char ch) {
        return isalnum((unsigned char) ch) || ch == '_' || ch == '-';
}

/* Puts the parts of a dotted name, each with its NUL, into the node. */
static int set_name(Compiler *c, const Tag *tag, MustacheNode *node) {
        char *name;

        if (tag->size > MUSTACHE_NAME_MAX)
                return fail(c, tag->begin, "a name of more than %d bytes", MUSTACHE_NAME_MAX);

        name = arena_copy(c->template->names, tag->content, tag->size);
        if (!name)
                return -ENOMEM;

        node->name = name;
        if (tag->size == 1 && *name == '.')
                return 0;

        for (size_t i = 0; i <= tag->size; i++) {
                bool is_end = i == tag->size || name[i] == '.';

                if (is_end ? i == 0 || name[i - 1] == '\0' : !is_word(name[i]))
                        return fail(
                                c, tag->begin, "'%.*s' is not a name", (int) tag->size,
                                tag->content);
                if (is_end) {
                        name[i] = '\0';
                        node->n_parts++;
                }
        }
        return 0;
}

static int open_section(Compiler *c, const Tag *tag) {
        MustacheNode *node;
        int r;

        if (c->n_sections == MUSTACHE_NESTING_MAX)
                return fail(
                        c, tag->begin, "more than %d sections within each other",
                        MUSTACHE_NESTING_MAX);

        r = add_node(c, tag->kind == '#' ? MUSTACHE_SECTION : MUSTACHE_INVERTED, tag->begin, &node);
        if (r < 0)
                return r;

        c->sections[c->n_sections].index = c->template->n_nodes - 1;
        c->sections[c->n_sections].name = tag->content;
        c->sections[c->n_sections++].size = tag->size;
        return set_name(c, tag, node);
}

static int close_section(Compiler *c, const Tag *tag) {
        MustacheNode *node;
        int r;

        if (c->n_sections == 0)
                return fail(c, tag->begin, "no section is open here");
        if (c->is_in_message && c->n_sections == c->n_sections_outside)
                return fail(c, tag->begin, "this section was opened before the message");

        c->n_sections--;

        size_t size = c->sections[c->n_sections].size;
        const char *name = c->sections[c->n_sections].name;

        if (size != tag->size || memcmp(name, tag->content, size) != 0)
                return fail(
                        c, tag->begin, "the section that is open here is '%.*s'", (int) size, name);

        /* A line that begins with this tag begins in the section. */
        if (c->at_line_start) {
                r = add_node(c, MUSTACHE_TEXT, tag->begin, &node);
                if (r < 0)
                        return r;
        }

        c->template->nodes[c->sections[c->n_sections].index].end = c->template->n_nodes;
        return 0;
}

/* line is where the line of a tag begins that stands alone on it, else NULL. */
static int add_partial(Compiler *c, const Tag *tag, const char *line) {
        MustacheNode *node;
        char *name;
        int r;

        for (size_t i = 0; i < tag->size; i++)
                if (!is_word(tag->content[i]))
                        return fail(c, tag->begin, "this is not the name of a partial");
        if (tag->size == 0)
                return fail(c, tag->begin, "the partial has no name");

        name = arena_copy(c->template->names, tag->content, tag->size);
        if (!name)
                return -ENOMEM;

        r = add_node(c, MUSTACHE_PARTIAL, tag->begin, &node);
        if (r < 0)
                return r;

        node->name = name;
        node->is_alone = line;
        if (line)
                node->size = (uint32_t) (tag->begin - line);
        return 0;
}

static int read_delimiter(Compiler *c, const Tag *tag, const char **p, Delimiter *ret) {
        const char *begin = *p, *end = tag->content + tag->size;

        while (*p < end && !isspace((unsigned char) **p))
                if (*(*p)++ == '=')
                        return fail(c, tag->begin, "a delimiter has no '='");

        size_t size = (size_t) (*p - begin);

        if (size == 0 || size > DELIMITER_MAX || memchr(begin, '\0', size))
                return fail(
                        c, tag->begin, "two delimiters of 1 to %d bytes are wanted", DELIMITER_MAX);

        *ret = (Delimiter) { .size = size };
        memcpy(ret->text, begin, size);
        return 0;
}

static int set_delimiters(Compiler *c, const Tag *tag) {
        const char *p = tag->content, *end = tag->content + tag->size;
        Delimiter open, close;
        int r;

        r = read_delimiter(c, tag, &p, &open);
        if (r < 0)
                return r;

        while (p < end && isspace((unsigned char) *p))
                p++;
        r = read_delimiter(c, tag, &p, &close);
        if (r < 0)
                return r;
        if (p < end)
                return fail(c, tag->begin, "more than two delimiters");

        c->open = open;
        c->close = close;
        return 0;
}

static int add_value(Compiler *c, const Tag *tag) {
        MustacheNode *node;
        int r;

        r = add_node(c, tag->kind == 0 ? MUSTACHE_VALUE : MUSTACHE_RAW, tag->begin, &node);
        return r < 0 ? r : set_name(c, tag, node);
}

/* {{#_}} and {{/_}}: what stands between them was put there by messages_replace(). */
static bool is_mark(const Tag *tag) {
        return (tag->kind == '#' || tag->kind == '/') && tag->size == 1 && *tag->content == '_';
}

static int add_mark(Compiler *c, const Tag *tag) {
        if (c->is_in_message == (tag->kind == '#'))
                return fail(
                        c, tag->begin,
                        c->is_in_message ? "a message within a message"
                                         : "no message is open here");
        if (c->is_in_message && c->n_sections > c->n_sections_outside)
                return fail(
                        c, tag->begin, "the section '%.*s' is not closed in this message",
                        (int) c->sections[c->n_sections - 1].size,
                        c->sections[c->n_sections - 1].name);

        c->is_in_message = !c->is_in_message;
        c->n_sections_outside = c->n_sections;
        return 0;
}

static int add_tag(Compiler *c, const Tag *tag, const char *line) {
        if (is_mark(tag))
                return add_mark(c, tag);

        switch (tag->kind) {
        case '#':
        case '^':
                return open_section(c, tag);
        case '/':
                return close_section(c, tag);
        case '>':
                return add_partial(c, tag, line);
        case '=':
                return set_delimiters(c, tag);
        case '!':
                return 0;
        default:
                return add_value(c, tag);
        }
}

/* The text up to the tag, and the tag. */
static int compile_tag(Compiler *c, const char *at) {
        const char *before = c->position, *line, *next;
        bool alone;
        Tag tag = {};
        int r;

        r = read_tag(c, at, &tag);
        if (r < 0)
                return r;

        line = tag.begin;
        next = tag.end;
        alone = tag.kind != 0 && strchr("#^/!>=", tag.kind) && !is_mark(&tag) &&
                stands_alone(c, &tag, before, &line, &next);
        r = add_text(c, before, line);
        if (r < 0)
                return r;

        /* A tag alone on its line adds no line to the output. */
        if (alone)
                c->at_line_start = false;
        r = add_tag(c, &tag, alone ? line : NULL);
        if (r < 0)
                return r;

        if (alone)
                c->at_line_start = true;
        c->position = next;
        return 0;
}

static int compile(Compiler *c) {
        int r = 0;

        while (r >= 0) {
                const char *at = memmem(
                        c->position, (size_t) (c->end - c->position), c->open.text, c->open.size);

                if (!at)
                        break;
                r = compile_tag(c, at);
        }
        if (r >= 0)
                r = add_text(c, c->position, c->end);
        if (r >= 0 && c->n_sections > 0) {
                unsigned last = c->n_sections - 1;

                r =
                        fail(c, c->sections[last].name, "the section '%.*s' is not closed",
                             (int) c->sections[last].size, c->sections[last].name);
        }
        if (r >= 0 && c->is_in_message)
                r = fail(c, c->end, "a message is not closed");
        return r;
}

int mustache_compile(
        const char *name, const char *text, size_t size, MustacheError *reterr, Mustache **ret) {
        _cleanup_(mustache_freep) Mustache *template = NULL;
        Compiler compiler = {
                .at_line_start = true,
                .open = { "{{", 2 },
                .close = { "}}", 2 },
                .error = reterr,
        };
        int r;

        template = calloc(1, sizeof(*template));
        if (!template)
                return -ENOMEM;

        (void) snprintf(template->name, sizeof(template->name), "%s", name);
        template->text = malloc(size + 1);
        if (!template->text)
                return -ENOMEM;

        memcpy(template->text, text, size);
        template->text[size] = '\0';
        r = arena_new(&template->names);
        if (r < 0)
                return r;

        compiler.template = template;
        compiler.begin = compiler.position = template->text;
        compiler.end = template->text + size;
        if (size > MUSTACHE_SIZE_MAX)
                return fail(&compiler, compiler.begin, "larger than %d bytes", MUSTACHE_SIZE_MAX);

        r = compile(&compiler);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(template);
        return 0;
}

Mustache *mustache_free(Mustache *template) {
        if (!template)
                return NULL;

        free(template->text);
        free(template->nodes);
        arena_free(template->names);
        free(template);
        return NULL;
}
