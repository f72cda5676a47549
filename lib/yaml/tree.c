/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "yaml/tree.h"

#include <stdbool.h>
#include <string.h>

#include <yaml.h>

#include "base/text.h"
#include "base/utf8.h"
#include "yaml/hint.h"

/* A collection that is still open, and where its next child goes. */
typedef struct Level {
        YamlNode *node;
        YamlNode **tail;
        YamlNode *key; /* of a mapping, waiting for its value */
} Level;

typedef struct Builder {
        const YamlSource *source;
        Arena *arena;
        Level levels[YAML_DEPTH_MAX];
        size_t depth, n_nodes;
        YamlNode *root;
        YamlNode *last; /* the last scalar */
        bool has_document;
        /* Where the last mark was: going on from there instead of from the start of the text. */
        size_t known_index, known_offset;
} Builder;

static YamlMark mark_from(yaml_mark_t mark) {
        return (YamlMark) {
                .index = mark.index,
                .line = (unsigned) mark.line + 1,
                .column = (unsigned) mark.column + 1,
        };
}

/* --- text ---------------------------------------------------------------------------------- */

/* The message about a character that the file must not contain; NULL: it is allowed. */
static const char *refused_character(uint32_t c) {
        if (c == '\r')
                return N_(
                        "carriage return: the file has Windows line ends, remove them (sed -i 's/\\r$//')");
        if (c == '\0')
                return N_("NUL byte: this is not a text file");
        if (c == 0xfeff)
                return N_("byte order mark: save the file as UTF-8 without one");
        if (c == 0x2028 || c == 0x2029)
                return N_("Unicode line separator: use a plain line feed");
        if (utf8_is_control(c) && c != '\n' && c != '\t')
                return N_("control character");
        if (c >= 0xfffe && (c & 0xfffe) == 0xfffe)
                return N_("not a character");
        return NULL;
}

/* Characters that the message names; 0: bytes that are not a character. */
static bool has_name(uint32_t c) {
        return c == 0 || c == '\r' || c == 0xfeff || c == 0x2028 || c == 0x2029;
}

static int text_error(
        const YamlSource *source, size_t offset, uint32_t character, const char *message) {
        YamlMark mark = { .index = offset };

        utf8_position(source->text, offset, &mark.line, &mark.column);
        if (!has_name(character))
                yaml_error(source, mark, "U+%04X: %s", character, _(message));
        else
                yaml_error_text(source, mark, message);
        return -EINVAL;
}

/* Printable ASCII, tab and line feed: all there is in most files, so it goes fast. */
static size_t skip_plain(const YamlSource *source, size_t i) {
        static const bool plain[256] = { ['\t'] = true, ['\n'] = true, [' ' ... '~'] = true };

        while (i < source->size && plain[(unsigned char) source->text[i]])
                i++;
        return i;
}

/* libyaml guesses encodings, and its own complaint about a character has no line. */
static int check_text(const YamlSource *source) {
        size_t line = 0, looked = 0;

        for (size_t i = skip_plain(source, 0); i < source->size; i = skip_plain(source, i)) {
                uint32_t character = 0;
                size_t n = utf8_decode(source->text + i, source->size - i, &character);
                const char *message = n == 0 ? N_("not valid UTF-8") : refused_character(character);
                const char *newline = memrchr(source->text + looked, '\n', i - looked);

                if (newline)
                        line = (size_t) (newline - source->text) + 1;
                if (!message && yaml_is_odd_blank(character) &&
                    yaml_stands_for_space(source->text, line, i))
                        message =
                                N_("this is not a space, though it may look like one: use a space");
                if (message)
                        return text_error(source, i, character, message);
                i += n;
                looked = i;
        }
        return 0;
}

/* --- tree ---------------------------------------------------------------------------------- */

static YamlStyle scalar_style(yaml_scalar_style_t style) {
        switch (style) {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE:
                return YAML_STYLE_SINGLE_QUOTED;
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
                return YAML_STYLE_DOUBLE_QUOTED;
        case YAML_LITERAL_SCALAR_STYLE:
                return YAML_STYLE_LITERAL;
        case YAML_FOLDED_SCALAR_STYLE:
                return YAML_STYLE_FOLDED;
        default:
                return YAML_STYLE_PLAIN;
        }
}

/* A key is checked when it arrives, so that its error stands before those of its value. */
static void check_key(Builder *b, const Level *level, YamlNode *key) {
        if (key->kind == YAML_KIND_REFUSED)
                return;

        if (key->kind != YAML_KIND_SCALAR)
                yaml_error(b->source, key->start, "a key must be a word, not a list or mapping");
        else if (key->style == YAML_STYLE_PLAIN && yaml_text_equals(key->text, "<<"))
                yaml_error(b->source, key->start, "merge keys (<<) are not supported");
        else {
                const YamlNode *other = level->node->children;

                while (other != key && !(other->kind == YAML_KIND_SCALAR &&
                                         yaml_text_equals(other->text, key->text)))
                        other = other->next->next;
                if (other == key)
                        return;

                yaml_error(
                        b->source, key->start, "duplicate key '%s', first set in line %u",
                        key->text, other->start.line);
        }

        key->kind = YAML_KIND_REFUSED;
}

/* Hangs a node into the open collection, or makes it the root. */
static int add_node(Builder *b, YamlNode *node) {
        if (b->depth == 0) {
                b->root = node;
                return 0;
        }

        Level *level = &b->levels[b->depth - 1];

        *level->tail = node;
        level->tail = &node->next;
        level->node->n_children++;

        if (level->node->kind != YAML_KIND_MAPPING)
                return 0;
        if (level->key) {
                level->key = NULL;
                return 0;
        }
        if (level->node->n_children > (size_t) 2 * YAML_KEYS_MAX) {
                yaml_error(b->source, node->start, "more than %d keys", YAML_KEYS_MAX);
                return -EINVAL;
        }

        level->key = node;
        if (node->kind == YAML_KIND_SCALAR)
                check_key(b, level, node);
        return 0;
}

static int new_node(Builder *b, YamlKind kind, const yaml_event_t *event, YamlNode **ret) {
        YamlMark start = mark_from(event->start_mark);

        if (++b->n_nodes > YAML_NODES_MAX) {
                yaml_error(b->source, start, "more than %d values", YAML_NODES_MAX);
                return -EINVAL;
        }

        YamlNode *node = arena_allocate(b->arena, sizeof(*node));

        if (!node)
                return -ENOMEM;
        node->kind = kind;
        node->start = start;
        node->end = mark_from(event->end_mark);
        *ret = node;
        return 0;
}

/* Anchors and tags change what a value means; such a value is not looked at further. */
static void refuse_properties(
        Builder *b, YamlNode *node, const yaml_char_t *anchor, const yaml_char_t *tag) {
        if (anchor)
                yaml_error(b->source, node->start, "anchors (&) are not supported");
        else if (tag)
                yaml_error(b->source, node->start, "tags (!) are not supported");
        else
                return;
        if (node->kind == YAML_KIND_SCALAR)
                node->kind = YAML_KIND_REFUSED;
}

/* Marks come in the order of the text. */
static size_t offset_of(Builder *b, YamlMark mark) {
        if (mark.index < b->known_index)
                b->known_index = b->known_offset = 0;
        b->known_offset += utf8_offset(
                b->source->text + b->known_offset, b->source->size - b->known_offset,
                mark.index - b->known_index);
        b->known_index = mark.index;
        return b->known_offset;
}

/* `- hostname "Versus #1"` contains a comment, so its value is cut unexpectedly. */
static int refuse_cut(Builder *b, YamlNode *node) {
        bool flow = b->depth > 0 && b->levels[b->depth - 1].node->style == YAML_STYLE_FLOW;
        size_t start, end;
        int r;

        if (node->style != YAML_STYLE_PLAIN || !yaml_has_open_quote(node->text))
                return 0;
        start = offset_of(b, node->start);
        end = offset_of(b, node->end);
        r = yaml_complain_cut(b->source, node, start, end, flow);
        if (r > 0)
                node->kind = YAML_KIND_REFUSED;
        return r < 0 ? r : 0;
}

static int add_scalar(Builder *b, const yaml_event_t *event) {
        const char *value = (const char *) event->data.scalar.value;
        size_t length = event->data.scalar.length;
        YamlNode *node;
        int r;

        r = new_node(b, YAML_KIND_SCALAR, event, &node);
        if (r < 0)
                return r;

        node->style = scalar_style(event->data.scalar.style);
        node->text = arena_copy(b->arena, value, length);
        if (!node->text)
                return -ENOMEM;

        if (memchr(value, '\0', length)) {
                yaml_error(b->source, node->start, "NUL character (\\0) in a value");
                node->kind = YAML_KIND_REFUSED;
        }
        r = refuse_cut(b, node);
        if (r < 0)
                return r;
        refuse_properties(b, node, event->data.scalar.anchor, event->data.scalar.tag);
        b->last = node;
        return add_node(b, node);
}

static int add_alias(Builder *b, const yaml_event_t *event) {
        YamlNode *node;
        int r;

        r = new_node(b, YAML_KIND_REFUSED, event, &node);
        if (r < 0)
                return r;

        yaml_error(b->source, node->start, "aliases (*) are not supported");
        return add_node(b, node);
}

static int open_collection(Builder *b, const yaml_event_t *event) {
        bool sequence = event->type == YAML_SEQUENCE_START_EVENT;
        bool flow = sequence ? event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
                             : event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
        YamlNode *node;
        int r;

        r = new_node(b, sequence ? YAML_KIND_SEQUENCE : YAML_KIND_MAPPING, event, &node);
        if (r < 0)
                return r;

        node->style = flow ? YAML_STYLE_FLOW : YAML_STYLE_BLOCK;
        if (sequence)
                refuse_properties(
                        b, node, event->data.sequence_start.anchor, event->data.sequence_start.tag);
        else
                refuse_properties(
                        b, node, event->data.mapping_start.anchor, event->data.mapping_start.tag);

        if (b->depth == YAML_DEPTH_MAX) {
                yaml_error(b->source, node->start, "nested deeper than %d", YAML_DEPTH_MAX);
                return -EINVAL;
        }

        r = add_node(b, node);
        if (r < 0)
                return r;
        b->levels[b->depth++] = (Level) { .node = node, .tail = &node->children };
        return 0;
}

static void close_collection(Builder *b, const yaml_event_t *event) {
        YamlNode *node = b->levels[--b->depth].node;

        node->end = mark_from(event->end_mark);

        /* Only now is a collection that stands as a key known whole. */
        if (b->depth > 0 && b->levels[b->depth - 1].key == node)
                check_key(b, &b->levels[b->depth - 1], node);
}

static int open_document(Builder *b, const yaml_event_t *event) {
        if (b->has_document) {
                yaml_error(b->source, mark_from(event->start_mark), "only one document is allowed");
                return -EINVAL;
        }

        b->has_document = true;
        if (event->data.document_start.version_directive ||
            event->data.document_start.tag_directives.start !=
                    event->data.document_start.tag_directives.end)
                yaml_error(
                        b->source, mark_from(event->start_mark),
                        "directives (%%) are not supported");
        return 0;
}

/* --- events -------------------------------------------------------------------------------- */

static int handle_event(Builder *b, const yaml_event_t *event) {
        switch (event->type) {
        case YAML_DOCUMENT_START_EVENT:
                return open_document(b, event);
        case YAML_SCALAR_EVENT:
                return add_scalar(b, event);
        case YAML_ALIAS_EVENT:
                return add_alias(b, event);
        case YAML_SEQUENCE_START_EVENT:
        case YAML_MAPPING_START_EVENT:
                return open_collection(b, event);
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_END_EVENT:
                close_collection(b, event);
                return 0;
        default:
                return 0;
        }
}

/* The error begins before the position that libyaml reports. true: it was reported. */
static bool explain_syntax(const Builder *b, const yaml_parser_t *parser, YamlMark mark) {
        const char *context = parser->context ? parser->context : "";
        const char *problem = parser->problem ? parser->problem : "", *key = "";
        const YamlNode *last = b->last;
        YamlMark begin;
        size_t n;

        if (strstr(context, "quoted scalar") && strstr(problem, "end of stream")) {
                yaml_error(
                        b->source, mark_from(parser->context_mark),
                        "not valid YAML: the quote that begins here has no end");
                return true;
        }
        if (last && last->start.line < last->end.line && last->end.line == mark.line &&
            (last->style == YAML_STYLE_SINGLE_QUOTED || last->style == YAML_STYLE_DOUBLE_QUOTED)) {
                yaml_error(
                        b->source, last->start,
                        "not valid YAML: the quote that begins here ends only in line %u",
                        last->end.line);
                return true;
        }
        if (!strstr(problem, "could not find expected ':'") &&
            !strstr(problem, "mapping values are not allowed"))
                return false;
        n = yaml_line_without_space(b->source, mark.line, &begin, &key);
        if (n > 0) {
                yaml_error(
                        b->source, begin, "not valid YAML: a space is missing after '%.*s:'",
                        (int) n, key);
                return true;
        }
        return false;
}

/* libyaml's own words; only for tabs, which everybody trips over once, it says too little. */
static int syntax_error(const Builder *b, const yaml_parser_t *parser) {
        const YamlSource *source = b->source;

        if (parser->error == YAML_MEMORY_ERROR)
                return -ENOMEM;

        YamlMark mark = mark_from(parser->problem_mark);

        if (explain_syntax(b, parser, mark))
                return -EINVAL;
        size_t offset = utf8_offset(source->text, source->size, mark.index);
        const char *problem = parser->problem ? parser->problem : _("unknown problem");

        if (offset < source->size && source->text[offset] == '\t')
                problem = _("a tab can't indent or separate here, use spaces");

        if (parser->context)
                yaml_error(source, mark, "not valid YAML %s: %s", parser->context, problem);
        else
                yaml_error(source, mark, "not valid YAML: %s", problem);
        return -EINVAL;
}

static int parse_events(Builder *b, yaml_parser_t *parser) {
        for (;;) {
                yaml_event_t event;
                int r;

                if (!yaml_parser_parse(parser, &event))
                        return syntax_error(b, parser);

                yaml_event_type_t type = event.type;

                r = handle_event(b, &event);
                yaml_event_delete(&event);
                if (r < 0)
                        return r;
                if (type == YAML_STREAM_END_EVENT)
                        return 0;
        }
}

int yaml_parse(const YamlSource *source, Arena *arena, YamlNode **ret_root) {
        Builder b = { .source = source, .arena = arena };
        yaml_parser_t parser;
        int r;

        r = check_text(source);
        if (r < 0)
                return r;

        if (!yaml_parser_initialize(&parser))
                return -ENOMEM;
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&parser, (const unsigned char *) source->text, source->size);

        r = parse_events(&b, &parser);
        yaml_parser_delete(&parser);
        if (r < 0)
                return r;

        *ret_root = b.root;
        return 0;
}

const char *yaml_element_text(const YamlNode *node) {
        if (node->kind == YAML_KIND_SCALAR)
                return yaml_is_null(node) ? NULL : node->text;
        return node->kind == YAML_KIND_MAPPING ? node->text : NULL;
}

bool yaml_is_null(const YamlNode *node) {
        static const char *const words[] = { "", "~", "null", "Null", "NULL" };

        if (node->kind != YAML_KIND_SCALAR || node->style != YAML_STYLE_PLAIN)
                return false;
        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (yaml_text_equals(node->text, words[i]))
                        return true;
        return false;
}

YamlNode *yaml_get(const YamlNode *mapping, const char *key) {
        if (!mapping || mapping->kind != YAML_KIND_MAPPING)
                return NULL;
        for (YamlNode *n = mapping->children; n; n = n->next->next)
                if (n->kind == YAML_KIND_SCALAR && yaml_text_equals(n->text, key))
                        return n->next;
        return NULL;
}
